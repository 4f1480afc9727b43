package transfer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

var (
	now    = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	clock  = func() time.Time { return now }
	header = transfer.Header{Source: "test", Time: now}
)

// hostile are keys and values that something on the way might not take: each rule of files, URLs, shells and JSON is
// broken by one, and n more are put together by chance.
func hostile(n int) map[string]kv.Item {
	items := map[string]kv.Item{}
	for i, key := range []string{
		"a", "A", "aA", "...", ".hidden", "trailing.", "-", "--help", "-rf", "con", "NUL", "com1.txt", "a/b", "a//b", "/", "//", "../up", "a/../b", "./a",
		"line\nend", "\r\n", "tab\t", "quote\"s'", "back\\slash", "\x00", "\x01\x1f", " ", " lead", "trail ", "%2f", "%", "a%00b", "?", "#", "&=+", "*", "a:b", "a~b", "<html>",
		"žluťoučký kůň", "🐎", "\u2028", "\u2029", "\ufeff", "\ufffd", "{\"bindery\":", "{\"manifest\":{}}", "[", "__proto__", "index.ndjson", "1", "01", "1e3",
		strings.Repeat("k", kv.MaxKeyBytes), strings.Repeat("K", kv.MaxKeyBytes), strings.Repeat("/", kv.MaxKeyBytes), strings.Repeat("🐎", kv.MaxKeyBytes/4), strings.Repeat("\x01", kv.MaxKeyBytes),
	} {
		items[key] = item(rand.New(rand.NewPCG(uint64(i), 1)))
	}
	items["empty"] = kv.Item{Value: []byte{}}
	items["large"] = kv.Item{Value: bytes.Repeat([]byte("large\x00"), 1<<16)}
	items["metadata"] = kv.Item{Value: []byte("x"), Metadata: json.RawMessage(`"` + strings.Repeat("m", kv.MaxMetadataBytes-2) + `"`)}
	r := rand.New(rand.NewPCG(7, 7))
	for len(items) < n {
		items[randomKey(r)] = item(r)
	}
	return items
}

func randomKey(r *rand.Rand) string {
	alphabet := []string{"a", "B", "/", ".", "-", "_", "\n", "\"", "\\", "%", "é", "🐎", "\x00", "\u2028", " ", "~", "0"}
	var b strings.Builder
	for range 1 + r.IntN(20) {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	if key := b.String(); kv.CheckKey(key) == nil {
		return key
	}
	return "dot"
}

func item(r *rand.Rand) (i kv.Item) {
	i.Value = make([]byte, r.IntN(64))
	for at := range i.Value {
		i.Value[at] = byte(r.IntN(256))
	}
	if r.IntN(2) == 0 {
		i.Value = []byte(strings.ToValidUTF8(string(i.Value), "\u2028"))
	}
	metadata := []string{"", `{"a":1}`, `{"b":"<&>","a":[1.50,1e400,null]}`, `"text"`, `0`, `false`, `[]`, `{"":"\u0000\u2028"}`, `{"__proto__":{}}`}
	if m := metadata[r.IntN(len(metadata))]; m != "" {
		i.Metadata = json.RawMessage(m)
	}
	if r.IntN(3) == 0 {
		i.Expiration = now.Unix() + 61 + r.Int64N(1<<32)
	}
	return i
}

// namespaceOf is a namespace in memory that holds items.
func namespaceOf(t testing.TB, items map[string]kv.Item) *memkv.Namespace {
	t.Helper()
	ns := memkv.New(memkv.Options{Now: clock}).Namespace("namespace").(*memkv.Namespace)
	for key, i := range items {
		if err := ns.Put(t.Context(), kv.Pair{Key: key, Item: i}); err != nil {
			t.Fatalf("put %q: %v", key, err)
		}
	}
	return ns
}

// held is all that a namespace holds, each item as text.
func held(t testing.TB, ns transfer.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	var q kv.ListQuery
	for {
		page, err := ns.List(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Keys {
			i, err := ns.Get(context.Background(), k.Name)
			if err != nil {
				t.Fatal(err)
			}
			all[k.Name] = text(i)
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return all
		}
	}
}

// texts is what held should be of a namespace with items.
func texts(items map[string]kv.Item) map[string]string {
	all := map[string]string{}
	for key, i := range items {
		all[key] = text(i)
	}
	return all
}

func text(i kv.Item) string {
	value := fmt.Sprintf("%q", i.Value[:min(len(i.Value), 200)])
	if len(i.Value) > 200 {
		value += fmt.Sprintf("… (%d bytes, %x)", len(i.Value), sha256.Sum256(i.Value))
	}
	return fmt.Sprintf("%s metadata %s until %d", value, i.Metadata, i.Expiration)
}
