package kvtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

// pair makes a pair without metadata and expiration.
func pair(key, value string) kv.Pair {
	return kv.Pair{Key: key, Item: kv.Item{Value: []byte(value)}}
}

func mustPut(t *testing.T, ns kv.Namespace, pairs ...kv.Pair) {
	t.Helper()
	for _, p := range pairs {
		if err := ns.Put(t.Context(), p); err != nil {
			t.Fatalf("Put(%q, %d bytes): %v", p.Key, len(p.Value), err)
		}
	}
}

func mustList(t *testing.T, ns kv.Namespace, q kv.ListQuery) kv.Page {
	t.Helper()
	page, err := ns.List(t.Context(), q)
	if err != nil {
		t.Fatalf("List(%+v): %v", q, err)
	}
	return page
}

// wantItem checks what is stored under key.
func wantItem(t *testing.T, ns kv.Namespace, key string, want kv.Item) {
	t.Helper()
	got, err := ns.Get(t.Context(), key)
	if err != nil {
		t.Errorf("Get(%q): %v", key, err)
		return
	}
	if diff := diffItem(got, want); diff != "" {
		t.Errorf("Get(%q): %s", key, diff)
	}
}

// diffItem is "" when two items are equal. A large value is not printed.
func diffItem(got, want kv.Item) string {
	switch {
	case !bytes.Equal(got.Value, want.Value):
		if len(got.Value)+len(want.Value) > 200 {
			return fmt.Sprintf("got another value of %d bytes, want one of %d bytes", len(got.Value), len(want.Value))
		}
		return fmt.Sprintf("got value %q, want %q", got.Value, want.Value)
	case canonical(got.Metadata) != canonical(want.Metadata):
		return fmt.Sprintf("got metadata %s, want %s", got.Metadata, want.Metadata)
	case got.Expiration != want.Expiration:
		return fmt.Sprintf("got expiration %d, want %d", got.Expiration, want.Expiration)
	}
	return ""
}

// canonical makes equal JSON equal text: spaces and escapes may change on the way.
func canonical(raw json.RawMessage) string {
	if raw == nil {
		return ""
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return fmt.Sprintf("no JSON: %q", raw)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("no JSON: %q", raw)
	}
	return string(text)
}

// wantGone checks that neither Get nor List knows key.
func wantGone(t *testing.T, ns kv.Namespace, key string) {
	t.Helper()
	if item, err := ns.Get(t.Context(), key); !errors.Is(err, kv.ErrKeyNotFound) {
		t.Errorf("Get(%q) = %d bytes, %v; want %v", key, len(item.Value), err, kv.ErrKeyNotFound)
	}
	for _, k := range everyKey(t, ns, "", 0) {
		if k.Name == key {
			t.Errorf("List shows %q, want it gone", key)
		}
	}
}

// everyKey lists all pages, and checks what holds for each of them.
func everyKey(t *testing.T, ns kv.Namespace, prefix string, limit int) []kv.KeyInfo {
	t.Helper()
	var all []kv.KeyInfo
	q := kv.ListQuery{Prefix: prefix, Limit: limit}
	for {
		page := mustList(t, ns, q)
		if len(page.Keys) > q.PageSize() {
			t.Fatalf("List(%+v): got %d keys, want at most %d", q, len(page.Keys), q.PageSize())
		}
		all = append(all, page.Keys...)
		if page.Cursor == "" {
			return all
		}
		if len(page.Keys) == 0 {
			t.Fatalf("List(%+v): an empty page with a cursor", q)
		}
		if page.Cursor == q.Cursor {
			t.Fatalf("List(%+v): the cursor does not move", q)
		}
		q.Cursor = page.Cursor
	}
}

func names(keys []kv.KeyInfo) []string {
	all := make([]string, 0, len(keys))
	for _, k := range keys {
		all = append(all, k.Name)
	}
	return all
}

func wantNames(t *testing.T, what string, got []kv.KeyInfo, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, names(got)); diff != "" {
		t.Errorf("%s: keys differ (-want +got):\n%s", what, diff)
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}
