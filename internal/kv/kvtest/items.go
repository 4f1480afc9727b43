package kvtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

func (s suite) testValues(t *testing.T) {
	ns := s.open(t)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, value := range map[string][]byte{
		"empty":             {},
		"text":              []byte("a value"),
		"unicode":           []byte("žluťoučký kůň 🐎"),
		"every byte":        every,
		"NUL":               {0},
		"no UTF-8":          {0xff, 0xfe, 0xc0},
		"line ends":         []byte("a\r\nb\n\rc\r\n"),
		"looks like a part": []byte("--boundary\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\nx\r\n--boundary--\r\n"),
		"looks like JSON":   []byte(`{"value":"x","metadata":{"a":1}}`),
		"a mebibyte":        noise(1 << 20),
		"the largest":       noise(kv.MaxValueBytes),
	} {
		t.Run(name, func(t *testing.T) {
			mustPut(t, ns, kv.Pair{Key: name, Item: kv.Item{Value: value}})
			wantItem(t, ns, name, kv.Item{Value: value})
		})
	}
	t.Run("too large", func(t *testing.T) {
		err := ns.Put(t.Context(), kv.Pair{Key: "huge", Item: kv.Item{Value: make([]byte, kv.MaxValueBytes+1)}})
		wantError(t, "Put of one byte too many", err, kv.ErrValueTooLarge)
		wantGone(t, ns, "huge")
	})
	t.Run("large, then small, then large", func(t *testing.T) {
		for _, size := range []int{2 << 20, 10, 600 << 10, 0, 1<<20 + 1, 700 << 10} {
			value := noise(size)
			mustPut(t, ns, kv.Pair{Key: "resized", Item: kv.Item{Value: value}})
			wantItem(t, ns, "resized", kv.Item{Value: value})
		}
	})
}

// noise returns the same n bytes at every call. They repeat after a prime number of
// bytes: a part that a store cut out wrongly does not look like the right one.
func noise(n int) []byte {
	block := make([]byte, 65521)
	rand.NewChaCha8([32]byte{}).Read(block)
	return bytes.Repeat(block, n/len(block)+1)[:n]
}

// oddKeys are keys that something on the way to a store may mangle.
func oddKeys() []string {
	return []string{
		"a", "A", "0", " ", " lead", "trail ", "a b", "a+b", "a%20b", "%2F", "%252F", "%", "%zz", "%00", "a/b", "/a", "a/", "/", "//",
		"a//b", "a/./b", "a/../b", "..x", "x..", "...", "./", "../", "?", "a?b=c", "#", "a#b", "a&b=c", "a;b", "a:b", "a=b", "a@b", "a,b",
		"~", "!", "$", "'", "\"", "\\", "a\\b", "|", "^", "`", "<script>", "{}", "[]", "*", "(", ")",
		"\x00", "a\x00b", "\x01", "\t", "\n", "a\r\nb", "\x7f", "é", "e\u0301", "日本語", "🐎", "\u202e", "\ufeff", "\u2028", "\U0010ffff",
		"null", "undefined", "true", "-1", "--prefix", "index.html", "values", "keys", "bulk", "metadata",
		"i\x01x", "v\x00", strings.Repeat("k", kv.MaxKeyBytes), strings.Repeat("é", kv.MaxKeyBytes/2), strings.Repeat("%", kv.MaxKeyBytes),
	}
}

func (s suite) testKeys(t *testing.T) {
	ns := s.open(t)
	keys := oddKeys()
	for i, key := range keys {
		mustPut(t, ns, pair(key, fmt.Sprint("value ", i)))
	}
	for i, key := range keys {
		wantItem(t, ns, key, kv.Item{Value: fmt.Append(nil, "value ", i)})
	}
	sorted := slices.Sorted(slices.Values(keys))
	wantNames(t, "all", everyKey(t, ns, "", 0), sorted)
	wantNames(t, "ten at a time", everyKey(t, ns, "", kv.MinListLimit), sorted)
	for _, key := range keys {
		if got := everyKey(t, ns, key, 0); len(got) == 0 || got[0].Name != key {
			t.Errorf("List with prefix %q: got %q, want it to begin with that key", key, names(got))
		}
	}
	for i, key := range keys {
		if err := ns.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete(%q): %v", key, err)
		}
		if got := len(everyKey(t, ns, "", 0)); got != len(keys)-i-1 {
			t.Fatalf("after Delete(%q): %d keys are left, want %d", key, got, len(keys)-i-1)
		}
	}
}

func (s suite) testKeysRefused(t *testing.T) {
	ns := s.open(t)
	for _, row := range []struct {
		key  string
		want error
	}{
		{"", kv.ErrKeyInvalid},
		{".", kv.ErrKeyInvalid},
		{"..", kv.ErrKeyInvalid},
		{"\xff", kv.ErrKeyInvalid},
		{"a\xc3", kv.ErrKeyInvalid},
		{strings.Repeat("k", kv.MaxKeyBytes+1), kv.ErrKeyTooLong},
		{strings.Repeat("é", kv.MaxKeyBytes/2) + "k", kv.ErrKeyTooLong},
	} {
		name := fmt.Sprintf("%.20q", row.key)
		wantError(t, "Put of key "+name, ns.Put(t.Context(), pair(row.key, "v")), row.want)
		_, err := ns.Get(t.Context(), row.key)
		wantError(t, "Get of key "+name, err, row.want)
		wantError(t, "Delete of key "+name, ns.Delete(t.Context(), row.key), row.want)
	}
	wantNames(t, "after refused puts", everyKey(t, ns, "", 0), []string{})
}

func (s suite) testMissing(t *testing.T) {
	ns := s.open(t)
	mustPut(t, ns, pair("key", "v"))
	for _, key := range []string{"ke", "key2", "KEY", "key "} {
		_, err := ns.Get(t.Context(), key)
		wantError(t, fmt.Sprintf("Get(%q)", key), err, kv.ErrKeyNotFound)
	}
}

func (s suite) testMetadata(t *testing.T) {
	ns := s.open(t)
	for i, metadata := range []string{
		`{}`, `{"a":1,"b":[true,null,"x"]}`, `[]`, `"text"`, `""`, `0`, `-1.5e3`, `12345678901234567890`, `true`, `false`,
		`{"unicode":"ž🐎","html":"<a href='x'>&</a>","escape":"\"\\\n\u0000"}`, ` { "spaced" : 1 } `,
		`"` + strings.Repeat("m", kv.MaxMetadataBytes-2) + `"`,
	} {
		key := fmt.Sprint("key ", i)
		want := kv.Item{Value: []byte("v"), Metadata: json.RawMessage(metadata)}
		mustPut(t, ns, kv.Pair{Key: key, Item: want})
		wantItem(t, ns, key, want)
		listed := mustList(t, ns, kv.ListQuery{Prefix: key + ""}).Keys
		if len(listed) == 0 || canonical(listed[0].Metadata) != canonical(want.Metadata) {
			t.Errorf("List after a put with metadata %s: got %+v", metadata, listed)
		}
	}
	for _, none := range []json.RawMessage{nil, {}, json.RawMessage("null"), json.RawMessage(" null\n")} {
		mustPut(t, ns, kv.Pair{Key: "none", Item: kv.Item{Value: []byte("v"), Metadata: none}})
		wantItem(t, ns, "none", kv.Item{Value: []byte("v")})
		if listed := mustList(t, ns, kv.ListQuery{Prefix: "none"}).Keys; len(listed) != 1 || listed[0].Metadata != nil {
			t.Errorf("List after a put with metadata %q: got %+v, want no metadata", none, listed)
		}
	}
}

func (s suite) testMetadataRefused(t *testing.T) {
	ns := s.open(t)
	for metadata, want := range map[string]error{
		`{`:      kv.ErrMetadataInvalid,
		`{a:1}`:  kv.ErrMetadataInvalid,
		`text`:   kv.ErrMetadataInvalid,
		`{} {}`:  kv.ErrMetadataInvalid,
		"\"\xff": kv.ErrMetadataInvalid,
		`"` + strings.Repeat("m", kv.MaxMetadataBytes-1) + `"`: kv.ErrMetadataTooLarge,
	} {
		p := pair("key", "v")
		p.Metadata = json.RawMessage(metadata)
		wantError(t, fmt.Sprintf("Put with metadata %.30q", metadata), ns.Put(t.Context(), p), want)
	}
	wantGone(t, ns, "key")
}

func (s suite) testReplace(t *testing.T) {
	ns := s.open(t)
	full := kv.Item{
		Value:      []byte("first"),
		Metadata:   json.RawMessage(`{"n":1}`),
		Expiration: s.now().Add(time.Hour).Unix(),
	}
	bare := kv.Item{Value: []byte("second")}
	for i, want := range []kv.Item{full, bare, full, {}, full, {Metadata: full.Metadata}, {Expiration: full.Expiration}, bare} {
		mustPut(t, ns, kv.Pair{Key: "key", Item: want})
		wantItem(t, ns, "key", want)
		listed := mustList(t, ns, kv.ListQuery{}).Keys
		if len(listed) != 1 || listed[0].Expiration != want.Expiration || canonical(listed[0].Metadata) != canonical(want.Metadata) {
			t.Errorf("step %d: List shows %+v, want one key with expiration %d and metadata %q", i, listed, want.Expiration, want.Metadata)
		}
	}
}

func (s suite) testRefusedPut(t *testing.T) {
	ns := s.open(t)
	want := kv.Item{Value: []byte("kept"), Metadata: json.RawMessage(`1`)}
	mustPut(t, ns, kv.Pair{Key: "key", Item: want})
	for _, refused := range []kv.Item{
		{Value: []byte("x"), Metadata: json.RawMessage(`{`)},
		{Value: []byte("x"), Expiration: s.now().Unix() - 10},
		{Value: bytes.Repeat([]byte("x"), kv.MaxValueBytes+1)},
	} {
		if err := ns.Put(t.Context(), kv.Pair{Key: "key", Item: refused}); err == nil {
			t.Errorf("Put of metadata %q, expiration %d, %d bytes: no error", refused.Metadata, refused.Expiration, len(refused.Value))
		}
		wantItem(t, ns, "key", want)
	}
}

func (s suite) testExpirations(t *testing.T) {
	ns := s.open(t)
	now := s.now()
	for _, ahead := range []time.Duration{kv.MinTTL + 5*time.Second, time.Hour, 100 * 365 * 24 * time.Hour} {
		want := kv.Item{Value: []byte("v"), Expiration: now.Add(ahead).Unix()}
		mustPut(t, ns, kv.Pair{Key: "key", Item: want})
		wantItem(t, ns, "key", want)
		if listed := mustList(t, ns, kv.ListQuery{}).Keys; len(listed) != 1 || listed[0].Expiration != want.Expiration {
			t.Errorf("List: got %+v, want expiration %d", listed, want.Expiration)
		}
	}
	for _, ahead := range []time.Duration{-100 * time.Hour, -time.Second, 0, time.Second, kv.MinTTL - time.Second} {
		p := pair("refused", "v")
		p.Expiration = now.Add(ahead).Unix()
		wantError(t, fmt.Sprintf("Put that expires in %s", ahead), ns.Put(t.Context(), p), kv.ErrExpirationInvalid)
	}
	p := pair("refused", "v")
	p.Expiration = -1
	wantError(t, "Put with expiration -1", ns.Put(t.Context(), p), kv.ErrExpirationInvalid)
	wantGone(t, ns, "refused")
}

func (s suite) testExpired(t *testing.T) {
	if s.o.Clock == nil {
		t.Skip("the implementation's clock cannot be moved")
	}
	ns := s.open(t)
	short := s.now().Add(kv.MinTTL).Unix()
	for i := range 25 {
		p := pair(fmt.Sprintf("key %02d", i), "v")
		if i%2 == 0 {
			p.Expiration = short
		}
		mustPut(t, ns, p)
	}
	s.o.Clock.Advance(kv.MinTTL - time.Second)
	if got := len(everyKey(t, ns, "", 0)); got != 25 {
		t.Errorf("a second before the expiry: %d keys, want 25", got)
	}
	s.o.Clock.Advance(time.Second)
	wantGone(t, ns, "key 00")
	wantItem(t, ns, "key 01", kv.Item{Value: []byte("v")})
	if got := len(everyKey(t, ns, "", kv.MinListLimit)); got != 12 {
		t.Errorf("at the expiry: %d keys, want 12", got)
	}
	if err := ns.Delete(t.Context(), "key 02"); err != nil {
		t.Errorf("Delete of an expired key: %v", err)
	}
	mustPut(t, ns, pair("key 00", "again"))
	s.o.Clock.Advance(1000 * time.Hour)
	wantItem(t, ns, "key 00", kv.Item{Value: []byte("again")})
}

func (s suite) testDelete(t *testing.T) {
	ns := s.open(t)
	if err := ns.Delete(t.Context(), "never there"); err != nil {
		t.Errorf("Delete of a key that is not there: %v", err)
	}
	mustPut(t, ns, pair("key", "v"), pair("key2", "v2"))
	for range 2 {
		if err := ns.Delete(t.Context(), "key"); err != nil {
			t.Errorf("Delete: %v", err)
		}
		wantGone(t, ns, "key")
	}
	wantItem(t, ns, "key2", kv.Item{Value: []byte("v2")})
	mustPut(t, ns, pair("key", "back"))
	wantItem(t, ns, "key", kv.Item{Value: []byte("back")})
}

func (s suite) testOwnership(t *testing.T) {
	ns := s.open(t)
	value, metadata := []byte("value"), json.RawMessage(`{"a":1}`)
	want := kv.Item{Value: bytes.Clone(value), Metadata: bytes.Clone(metadata)}
	mustPut(t, ns, kv.Pair{Key: "key", Item: kv.Item{Value: value, Metadata: metadata}})
	copy(value, "XXXXX")
	copy(metadata, "XXXXXXX")
	wantItem(t, ns, "key", want)

	got, err := ns.Get(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	listed := mustList(t, ns, kv.ListQuery{}).Keys[0].Metadata
	for _, b := range [][]byte{got.Value, got.Metadata, listed} {
		copy(b, "YYYYYYYY")
		_ = append(b, "ZZZZ"...)
	}
	wantItem(t, ns, "key", want)
}
