//go:build npm

package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

// counted is what a bulk call answers, as far as the library tells.
type counted struct {
	Successful   int      `json:"successful"`
	Unsuccessful []string `json:"unsuccessful"`
}

func (u *user) count(t *testing.T, want int, c call) {
	t.Helper()
	got := counted{Successful: want} // which stays for a library that tells nothing
	if u.run(t, c, &got); got.Successful != want || len(got.Unsuccessful) > 0 {
		t.Errorf("%s counted %+v, want %d", c.Call, got, want)
	}
}

func libraryBulkPut(t *testing.T, u *user) {
	sent, want := u.bulkFile()
	u.count(t, fullBulk, call{Call: "namespaces.bulkUpdate", Namespace: u.staging, Pairs: sent})
	u.stored(t, u.staging, want)
}

func libraryBulkPutLong(t *testing.T, u *user) {
	u.refused(t, 414, 10030, call{Call: "namespaces.bulkUpdate", Namespace: u.preview, Pairs: []bulkPair{{Key: "k", Value: "v"}, {Key: strings.Repeat("k", kv.MaxKeyBytes+1), Value: "v"}}})
	u.lacks(t, u.preview, "k")
}

// keyPage is a list of keys, as far as the library tells.
type keyPage struct {
	Keys   []keyShown `json:"keys"`
	Cursor string     `json:"cursor"`
}

func libraryKeysAll(t *testing.T, u *user) {
	_, want := u.bulkFile()
	var got keyPage
	u.run(t, call{Call: "keys.list all", Namespace: u.staging}, &got)
	if len(got.Keys) != len(want) {
		t.Fatalf("list gave %d keys, want %d", len(got.Keys), len(want))
	}
	for i, p := range want {
		g := got.Keys[i]
		if g.Name != p.Key || g.Expiration != p.Expiration || (p.Metadata != nil && string(g.Metadata) != string(p.Metadata)) {
			t.Fatalf("list gave %+v with metadata %s as number %d, want %q, %d, %s", g, g.Metadata, i, p.Key, p.Expiration, p.Metadata)
		}
	}
}

func libraryKeysPage(t *testing.T, u *user) {
	c := call{Call: "keys.list", Namespace: u.staging, Prefix: "key 001", Limit: 60}
	var first, second keyPage
	u.run(t, c, &first)
	c.Cursor = first.Cursor
	u.run(t, c, &second)
	var got []string
	for _, k := range slices.Concat(first.Keys, second.Keys) {
		got = append(got, k.Name)
	}
	if diff := cmp.Diff(keysOf(pairs(200)[100:]), got); diff != "" || second.Cursor != "" {
		t.Errorf("two pages, the last with the cursor %q (-want +got):\n%s", second.Cursor, diff)
	}
}

func libraryKeysLimit(t *testing.T, u *user) {
	u.refused(t, 400, 10028, call{Call: "keys.list", Namespace: u.staging, Limit: 9})
}

func libraryBulkGet(t *testing.T, u *user) {
	want := map[string]any{}
	for _, p := range pairs(198) {
		want[p.Key] = string(p.Value)
	}
	for i := 1; i < 198; i += 2 { // those in base64 are no text
		delete(want, fmt.Sprintf("key %05d", i))
	}
	got := map[string]any{}
	u.run(t, call{Call: "namespaces.bulkGet", Namespace: u.staging, Keys: slices.Sorted(maps.Keys(want))}, &got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bulk get of %d (-want +got):\n%s", len(want), diff)
	}
}

func libraryBulkGetJSON(t *testing.T, u *user) {
	u.put(t, u.preview, kv.Pair{Key: "j", Item: kv.Item{Value: []byte(`{"n":[1]}`), Metadata: json.RawMessage(`{"m":true}`)}})
	got := map[string]any{}
	u.run(t, call{Call: "namespaces.bulkGet", Namespace: u.preview, Keys: []string{"j"}, Type: "json", WithMetadata: true}, &got)
	want := map[string]any{"j": map[string]any{"value": map[string]any{"n": []any{1.0}}, "metadata": map[string]any{"m": true}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bulk get (-want +got):\n%s", diff)
	}
}

func libraryBulkGetMissing(t *testing.T, u *user) {
	got := map[string]any{}
	u.run(t, call{Call: "namespaces.bulkGet", Namespace: u.staging, Keys: []string{"key 00000", "nowhere"}}, &got)
	if diff := cmp.Diff(map[string]any{"key 00000": "value of key 00000", "nowhere": nil}, got); diff != "" {
		t.Errorf("bulk get (-want +got):\n%s", diff)
	}
}

func libraryBulkGetMany(t *testing.T, u *user) {
	u.refused(t, 400, 10029, call{Call: "namespaces.bulkGet", Namespace: u.staging, Keys: keysOf(pairs(kv.MaxBulkGet + 1))})
}

func libraryBulkGetBinary(t *testing.T, u *user) {
	u.refused(t, 400, 10029, call{Call: "namespaces.bulkGet", Namespace: u.staging, Keys: []string{"key 00001"}})
}

// leaves checks that of a namespace's keys only the one is left that was put before.
func (u *user) leaves(t *testing.T, id string, c call) {
	t.Helper()
	u.put(t, id, kv.Pair{Key: "stays"})
	u.count(t, len(c.Keys), c)
	if diff := cmp.Diff([]string{"stays"}, names(u.keys(t, id))); diff != "" {
		t.Errorf("after %s (-want +got):\n%.2000s", c.Call, diff)
	}
}

func libraryBulkDelete(t *testing.T, u *user) {
	u.leaves(t, u.staging, call{Call: "namespaces.bulkDelete", Namespace: u.staging, Keys: keysOf(pairs(fullBulk))})
}

func libraryKeysBulkPut(t *testing.T, u *user) {
	u.count(t, 1, call{Call: "keys.bulkUpdate", Namespace: u.staging, Pairs: []bulkPair{{Key: "old", Value: "v"}}})
	u.holds(t, u.staging, "old", "v", "", 0)
}

func libraryKeysBulkGet(t *testing.T, u *user) {
	got := map[string]any{}
	u.run(t, call{Call: "keys.bulkGet", Namespace: u.staging, Keys: []string{"old"}}, &got)
	if diff := cmp.Diff(map[string]any{"old": "v"}, got); diff != "" {
		t.Errorf("bulk get (-want +got):\n%s", diff)
	}
}

func libraryKeysBulkDelete(t *testing.T, u *user) {
	u.leaves(t, u.staging, call{Call: "keys.bulkDelete", Namespace: u.staging, Keys: []string{"old"}})
}
