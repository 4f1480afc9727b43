package kvbinding

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
)

// FuzzCall: no request's line makes the parser panic, and the key that JavaScript encodes
// is the key that is read.
func FuzzCall(f *testing.F) {
	for _, uri := range []string{"/", "/k?urlencoded=true", "/a%2Fb?urlencoded=true&cache_ttl=30", "/bulk/get", "/bulk%2Fget", "//x", "*", "http://fake-host/k", "/%", "/%ED%A0%80", "/?prefix=a+b&cursor=%3D", ""} {
		f.Add("GET", uri)
		f.Add("PUT", uri)
	}
	f.Fuzz(func(t *testing.T, method, uri string) {
		c, err := parse(method, uri)
		if err != nil {
			return
		}
		if options, err := c.options(); err == nil {
			_, _ = expiration(options, time.Unix(1_900_000_000, 0))
			_, _, _ = listQuery(options)
			_ = checkCacheTTL(options.Get("cache_ttl"))
		}
		if c.op == opList || c.op == opBulkGet {
			return
		}
		again, err := parse(method, "/"+url.PathEscape(c.key)+"?urlencoded=true")
		if c.key != "" && (err != nil || again.key != c.key) {
			t.Errorf("%s %q: key %q, read back as %q, %v", method, uri, c.key, again.key, err)
		}
	})
}

// FuzzBulkBody: whatever is asked for in JSON, the answer is JSON.
func FuzzBulkBody(f *testing.F) {
	f.Add([]byte(`{"keys":["k1"],"type":"json","withMetadata":true,"cacheTtl":"61"}`), []byte(`{"v":1}`))
	f.Add([]byte(`{"keys":["a","b","a"]}`), []byte("text \xff\xe2\x82 \"\\\x01\u2028"))
	f.Add([]byte(`{"keys":[]}`), []byte(""))
	f.Add([]byte(`{"keys":["k"],"cacheTtl":12}`), []byte("\ufeffbom"))
	f.Add([]byte(`{"keys":["\ud800","."],"type":5}`), []byte("null"))
	f.Fuzz(func(t *testing.T, body, value []byte) {
		asked, err := readBulk(bytes.NewReader(body))
		if err != nil {
			return
		}
		ns := memkv.New(memkv.Options{}).Namespace("kv")
		for _, key := range asked.Keys {
			if err := ns.Put(t.Context(), kv.Pair{Key: key, Item: kv.Item{Value: value, Metadata: []byte(`{"m":1}`)}}); err != nil {
				t.Fatalf("key %q was let through: %v", key, err)
			}
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "/bulk/get", bytes.NewReader(body))
		var w recorder
		if err := (&handler{}).bulkGet(&w, r, ns.(namespace)); err != nil {
			if asked.Type != "json" {
				t.Fatalf("%s: %v", body, err)
			}
			return
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(w.Bytes(), &got); err != nil {
			t.Fatalf("%s of %q: %v\n%s", body, value, err, w.Bytes())
		}
		for _, key := range asked.Keys {
			if _, ok := got[key]; !ok {
				t.Errorf("%s: no %q in %s", body, key, w.Bytes())
			}
		}
	})
}

// FuzzText: our JSON of a text means what JSON's own means.
func FuzzText(f *testing.F) {
	for _, text := range []string{"", "plain", "\x00\x1f\x7f\"\\/", "é漢🐎\u2028", "a\xffb", "\xe2\x82", "\ufffd", strings.Repeat("é", 40_000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var b bytes.Buffer
		out := bufio.NewWriter(&b)
		writeText(out, text)
		out.Flush()
		var got string
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || got != string([]rune(string(text))) || !utf8.Valid(b.Bytes()) {
			t.Errorf("%q became %s, which is %q, %v", text, b.Bytes(), got, err)
		}
	})
}

type recorder struct{ bytes.Buffer }

func (*recorder) Header() http.Header { return http.Header{} }
func (*recorder) WriteHeader(int)     {}
