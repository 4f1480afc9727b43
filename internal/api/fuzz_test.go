package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/kv"
)

// FuzzRequest sends requests over a connection. Whatever they are,
//
//   - no answer is a 5xx, and each is a value, or an envelope that is as the OpenAPI
//     document says;
//   - after a 4xx everything is as it was, after any request of a token that may only
//     read too;
//   - nothing of an account changes that is not the token's.
func FuzzRequest(f *testing.F) {
	const json, form = "Content-Type: application/json", "Content-Type: multipart/form-data; boundary=b"
	const part = "--b\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
	for _, seed := range []struct{ method, path, headers, body string }{
		{"GET", "/user", "", ""},
		{"GET", "/accounts?page=1&per_page=5", "", ""},
		{"GET", "/memberships", "", ""},
		{"GET", "/accounts/{a}/storage/kv/namespaces?order=title&direction=desc", "", ""},
		{"POST", "/accounts/{a}/storage/kv/namespaces", json, `{"title":"new"}`},
		{"PUT", "/accounts/{a}/storage/kv/namespaces/{n}", json, `{"title":"renamed"}`},
		{"DELETE", "/accounts/{a}/storage/kv/namespaces/{n}", "", ""},
		{"DELETE", "/accounts/{b}/storage/kv/namespaces/{m}/", "", ""},
		{"GET", "/accounts/{a}/storage/kv/namespaces/{n}/keys?limit=10&prefix=k", "", ""},
		{"GET", "/accounts/{a}/storage/kv/namespaces/{n}/values/kept", "", ""},
		{"HEAD", "/accounts/{a}/storage/kv/namespaces/{n}/values/kept", "", ""},
		{"PUT", "/accounts/{a}/storage/kv/namespaces/{n}/values/a%2Fb?expiration_ttl=60", "", "v"},
		{"PUT", "/accounts/{a}/storage/kv/namespaces/{n}/values/..", "Expect: 100-continue", "v"},
		{"PUT", "/accounts/{a}/storage/kv/namespaces/{n}/values/k", form, fmt.Sprintf(part, "metadata", `{"a":1}`) + fmt.Sprintf(part, "value", "v") + "--b--"},
		{"PUT", "/accounts/{a}/storage/kv/namespaces/{n}/values/k", "Transfer-Encoding: chunked", "1\r\nv\r\n0\r\n\r\n"},
		{"DELETE", "/accounts/{a}/storage/kv/namespaces/{n}/values/kept", "", ""},
		{"GET", "/accounts/{b}/storage/kv/namespaces/{m}/metadata/kept", "", ""},
		{"PUT", "/accounts/{a}/storage/kv/namespaces/{n}/bulk", json, `[{"key":"k","value":"dg==","base64":true,"metadata":[1],"expiration":253402300799}]`},
		{"DELETE", "/accounts/{a}/storage/kv/namespaces/{n}/bulk", json, `["kept","%"]`},
		{"POST", "/accounts/{a}/storage/kv/namespaces/{n}/bulk/delete", json, `["kept"]`},
		{"POST", "/accounts/{a}/storage/kv/namespaces/{n}/bulk/get", json, `{"keys":["kept"],"type":"json","withMetadata":true}`},
		{"OPTIONS", "/accounts/{a}/storage/kv/namespaces", "X-Auth-Key: x\r\nX-Auth-Email: y", ""},
	} {
		for as := range len(holders) {
			f.Add(uint8(as), seed.method, seed.path, seed.headers, seed.body)
		}
	}
	h := newFuzzed(f)
	f.Fuzz(func(t *testing.T, as uint8, method, path, headers, body string) {
		h.t = t
		h.fill()
		before := h.contents()
		holder := holders[int(as)%len(holders)]
		got, ok := h.send(holder, method, path, headers, body)
		if !ok {
			return // no request at all, which net/http answers as it likes
		}
		after := h.contents()
		if holder != "a" || got.status >= 400 {
			if diff := cmp.Diff(before[accountA], after[accountA]); diff != "" {
				t.Errorf("the account changed (-before +after), answered %d to %q:\n%s", got.status, holder, diff)
			}
		}
		if diff := cmp.Diff(before[accountB], after[accountB]); diff != "" {
			t.Errorf("the account of somebody else changed (-before +after), answered %d to %q:\n%s", got.status, holder, diff)
		}
		if got.status >= 500 {
			t.Errorf("answered %d %s", got.status, got.body)
		}
		if got.status >= 400 && method != "HEAD" && (len(got.Errors) == 0 || got.Errors[0].Code < 1000) {
			t.Errorf("answered %d %q, want an envelope with a code", got.status, got.body)
		}
	})
}

// holders of tokens that see the first account only, or nothing.
var holders = []string{"a", "a-read", "none"}

// fuzzed is a house that listens, and reports to the test that is running.
type fuzzed struct {
	*house
	t       testing.TB
	address string
}

func newFuzzed(f *testing.F) *fuzzed {
	h := &fuzzed{house: newHouse(f), t: f}
	h.handler = apitest.Check(newAPI(h.platform, h.store, h.store, api.Options{Now: h.clock.Now}), func(format string, args ...any) { h.t.Errorf(format, args...) })
	server := httptest.NewServer(h.handler)
	f.Cleanup(server.Close)
	h.address = server.Listener.Addr().String()
	return h
}

// fill makes the two namespaces what they were at first.
func (h *fuzzed) fill() {
	h.t.Helper()
	ctx := h.t.Context()
	for account, namespace := range map[string]string{accountA: namespaceA, accountB: namespaceB} {
		all, err := h.platform.Namespaces(ctx, account)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, n := range all {
			if n.ID != namespace {
				err = h.platform.DeleteNamespace(ctx, account, n.ID)
			}
		}
		if _, missing := h.platform.NamespaceInfo(ctx, account, namespace); missing != nil {
			_, err = h.platform.CreateNamespace(ctx, account, namespace, "kept")
		}
		ns, err2 := h.platform.Namespace(ctx, account, namespace)
		if err != nil || err2 != nil {
			h.t.Fatal(err, err2)
		}
		if item, err := ns.Get(ctx, "kept"); err != nil || string(item.Value) != account {
			if err := ns.Put(ctx, kv.Pair{Key: "kept", Item: kv.Item{Value: []byte(account)}}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// contents is everything that the accounts hold.
func (h *fuzzed) contents() map[string][]string {
	h.t.Helper()
	ctx := h.t.Context()
	all := map[string][]string{}
	for _, account := range []string{accountA, accountB} {
		namespaces, err := h.platform.Namespaces(ctx, account)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, n := range namespaces {
			all[account] = append(all[account], n.ID+" "+n.Title)
			ns, err := h.platform.Namespace(ctx, account, n.ID)
			if err != nil {
				h.t.Fatal(err)
			}
			page, err := ns.List(ctx, kv.ListQuery{})
			if err != nil {
				h.t.Fatal(err)
			}
			for _, k := range page.Keys {
				item, _ := ns.Get(ctx, k.Name)
				all[account] = append(all[account], fmt.Sprintf("%s %q %q %s %d", n.ID, k.Name, item.Value, item.Metadata, item.Expiration))
			}
		}
	}
	return all
}

// received is an answer.
type received struct {
	status int
	body   string
	Errors []struct{ Code int }
}

// send writes a request byte by byte as it is given; not ok if it never came to the handler.
func (h *fuzzed) send(holder, method, path, headers, body string) (got received, ok bool) {
	h.t.Helper()
	for name, value := range h.names {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	head := fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: api\r\n", method, api.Prefix, path)
	if token := h.tokens[holder]; token != "" {
		head += "Authorization: Bearer " + token + "\r\n"
	}
	if !strings.Contains(strings.ToLower(headers), "transfer-encoding") {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	if headers != "" {
		head += headers + "\r\n"
	}
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, head+"\r\n"+body) // fails when the server has enough
	_ = conn.(*net.TCPConn).CloseWrite()
	from := bufio.NewReader(conn)
	res, err := http.ReadResponse(from, &http.Request{Method: method})
	for err == nil && res.StatusCode < 200 {
		res, err = http.ReadResponse(from, &http.Request{Method: method})
	}
	if err != nil {
		return got, false
	}
	defer res.Body.Close()
	ours := res.Header.Get("CF-RAY") != "" // net/http does not wait until its own are read
	text, err := io.ReadAll(res.Body)
	if err != nil && ours {
		h.t.Errorf("the answer breaks off: %v", err)
	}
	_ = json.Unmarshal(text, &got) // a value may be anything
	got.status, got.body = res.StatusCode, string(text)
	return got, ours
}
