//go:build npm

package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
)

// TestKV: the real wrangler, as it comes from npm, does everything it can do with KV
// against a Bindery server with two accounts. Each of its starts takes a second, so
// the subtests run side by side, each in a namespace of its own.
func TestKV(t *testing.T) {
	if _, err := os.Stat("node_modules/wrangler"); err != nil {
		t.Fatal("wrangler is not installed; run: make conformance")
	}
	h := newHouse(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, house)
	}{
		{"who am I", testWhoAmI},
		{"an account is found by membership", testMembership},
		{"namespaces", testNamespaces},
		{"many namespaces", testManyNamespaces},
		{"text", testText},
		{"bytes", testBytes},
		{"expirations", testExpirations},
		{"odd keys", testOddKeys},
		{"many keys", testManyKeys},
		{"bulk", testBulk},
		{"bulk get refused", testBulkGetRefused},
		{"walls between accounts", testWalls},
		{"a real token", testRealToken},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, h)
		})
	}
}

type namespace struct {
	ID                  string `json:"id"`
	Title               string `json:"title"`
	SupportsURLEncoding bool   `json:"supports_url_encoding"`
}

func titles(all []namespace) (titles []string) {
	for _, n := range all {
		titles = append(titles, n.Title)
	}
	return titles
}

func names(all []kv.KeyInfo) (names []string) {
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names
}

func testWhoAmI(t *testing.T, h house) {
	said := h.shell(t, "", h.test).run(t, "whoami")
	if !strings.Contains(said, h.test) || strings.Contains(said, h.production) {
		t.Errorf("with a token of one account:\n%s\nwant %s and not %s", said, h.test, h.production)
	}
}

func testMembership(t *testing.T, h house) {
	printed[[]namespace](t, h.shell(t, "", h.production), "kv", "namespace", "list")
	// Of several, none is guessed.
	h.shell(t, "").refused(t, h.production, "kv", "namespace", "list")
}

func testNamespaces(t *testing.T, h house) {
	a, err := h.server.Platform().EnsureAccount(t.Context(), t.Name(), "")
	if err != nil {
		t.Fatal(err)
	}
	s := h.shell(t, a.ID, a.ID)
	said := s.run(t, "kv", "namespace", "create", "CACHE")
	all := printed[[]namespace](t, s, "kv", "namespace", "list")
	if len(all) != 1 || all[0].Title != "CACHE" || !all[0].SupportsURLEncoding || !strings.Contains(said, all[0].ID) {
		t.Fatalf("after create, which said\n%s\nthere is %v", said, all)
	}
	s.refused(t, "already exists", "kv", "namespace", "create", "CACHE")

	s.run(t, "kv", "namespace", "rename", "CACHE", "--new-name", "CACHE_2")
	if now, err := h.server.Platform().NamespaceInfo(t.Context(), a.ID, all[0].ID); err != nil || now.Title != "CACHE_2" {
		t.Errorf("after rename there is %v, %v; want %s as CACHE_2", now, err, all[0].ID)
	}
	s.run(t, "kv", "namespace", "delete", "--namespace-id", all[0].ID)
	s.refused(t, "namespace not found [code: 10013]", "kv", "namespace", "delete", "--namespace-id", all[0].ID)
}

// wrangler pages in two ways: until an empty page to list, and by hundreds to find a title.
func testManyNamespaces(t *testing.T, h house) {
	a, err := h.server.Platform().EnsureAccount(t.Context(), t.Name(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := numbered(150)
	for _, title := range want {
		h.namespace(t, a.ID, title)
	}
	s := h.shell(t, a.ID, a.ID)
	if diff := cmp.Diff(want, titles(printed[[]namespace](t, s, "kv", "namespace", "list"))); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	s.run(t, "kv", "namespace", "delete", want[140])
	left, err := h.server.Platform().Namespaces(t.Context(), a.ID)
	if err != nil || len(left) != 149 {
		t.Errorf("after the delete of one by title there are %d, %v; want 149", len(left), err)
	}
}

func testText(t *testing.T, h house) {
	id, ns := h.namespace(t, h.test, t.Name())
	s := h.shell(t, h.test, h.test)
	s.run(t, "kv", "key", "put", "greeting", "grüß dich", "--metadata", `{"by":"me","n":[1]}`, "--namespace-id", id, "--remote")
	item, err := ns.Get(t.Context(), "greeting")
	if err != nil || string(item.Value) != "grüß dich" || string(item.Metadata) != `{"by":"me","n":[1]}` || item.Expiration != 0 {
		t.Errorf("after put there is %q with metadata %s, expiration %d, %v", item.Value, item.Metadata, item.Expiration, err)
	}
	if got := s.run(t, "kv", "key", "get", "greeting", "--text", "--namespace-id", id, "--remote"); strings.TrimSuffix(got, "\n") != "grüß dich" {
		t.Errorf("get: got %q", got)
	}
	s.run(t, "kv", "key", "delete", "greeting", "--namespace-id", id, "--remote")
	if _, err := ns.Get(t.Context(), "greeting"); !errors.Is(err, kv.ErrKeyNotFound) {
		t.Errorf("after delete: got %v, want %v", err, kv.ErrKeyNotFound)
	}
	s.refused(t, "404: Not Found", "kv", "key", "get", "greeting", "--namespace-id", id, "--remote")
}

func testBytes(t *testing.T, h house) {
	id, ns := h.namespace(t, h.test, t.Name())
	s := h.shell(t, h.test, h.test)
	want := make([]byte, 300_000)
	for i := range want {
		want[i] = byte(i * i >> 3)
	}
	file := s.file(t, "blob", want)
	for _, metadata := range []string{"", `{"kind":"blob"}`} {
		args := []string{"kv", "key", "put", "blob", "--path", file, "--namespace-id", id, "--remote"}
		if metadata != "" {
			args = append(args, "--metadata", metadata)
		}
		s.run(t, args...)
		if item, err := ns.Get(t.Context(), "blob"); err != nil || !slices.Equal(item.Value, want) || string(item.Metadata) != metadata {
			t.Errorf("after put with metadata %q there are %d bytes with metadata %q, %v; want the file's", metadata, len(item.Value), item.Metadata, err)
		}
	}
	if got := s.run(t, "kv", "key", "get", "blob", "--namespace-id", id, "--remote"); got != string(want) {
		t.Errorf("get: got %d bytes, want the %d of the file", len(got), len(want))
	}
}

func testExpirations(t *testing.T, h house) {
	id, _ := h.namespace(t, h.test, t.Name())
	s := h.shell(t, h.test, h.test)
	before := time.Now().Unix()
	at := before + 86_400
	s.run(t, "kv", "key", "put", "at", "v", "--expiration", strconv.FormatInt(at, 10), "--namespace-id", id, "--remote")
	s.run(t, "kv", "key", "put", "ttl", "v", "--ttl", "3600", "--namespace-id", id, "--remote")
	keys := printed[[]kv.KeyInfo](t, s, "kv", "key", "list", "--namespace-id", id, "--remote")
	if len(keys) != 2 || keys[0].Expiration != at || keys[1].Expiration < before+3600 || keys[1].Expiration > time.Now().Unix()+3601 {
		t.Errorf("list: got %+v, want %d and an hour from now", keys, at)
	}
	s.refused(t, "Expiration TTL must be at least 60.' [code: 10034]", "kv", "key", "put", "soon", "v", "--ttl", "30", "--namespace-id", id, "--remote")
}

func testOddKeys(t *testing.T, h house) {
	id, ns := h.namespace(t, h.test, t.Name())
	s := h.shell(t, h.test, h.test)
	const odd = `a/b c?é%2F#+&^|"..`
	s.run(t, "kv", "key", "put", odd, "v", "--namespace-id", id, "--remote")
	if item, err := ns.Get(t.Context(), odd); err != nil || string(item.Value) != "v" {
		t.Errorf("key %q: there is %q, %v", odd, item.Value, err)
	}
	// What wrangler makes of this key is the path of the namespace, and a slash.
	s.refused(t, "7003", "kv", "key", "delete", "..", "--namespace-id", id, "--remote")
	if got := s.run(t, "kv", "key", "get", odd, "--text", "--namespace-id", id, "--remote"); strings.TrimSuffix(got, "\n") != "v" {
		t.Errorf("get of %q: got %q", odd, got)
	}
}

func testManyKeys(t *testing.T, h house) {
	id, ns := h.namespace(t, h.test, t.Name())
	s := h.shell(t, h.test, h.test)
	want := numbered(2500)
	pairs := []kv.Pair{{Key: "another", Item: kv.Item{Metadata: json.RawMessage(`{"a":1}`)}}}
	for _, key := range want {
		pairs = append(pairs, kv.Pair{Key: key})
	}
	if err := ns.(kv.Bulk).PutMany(t.Context(), pairs); err != nil {
		t.Fatal(err)
	}
	all := printed[[]kv.KeyInfo](t, s, "kv", "key", "list", "--namespace-id", id, "--remote")
	if diff := cmp.Diff(append([]string{"another"}, want...), names(all)); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	var metadata map[string]int
	if err := json.Unmarshal(all[0].Metadata, &metadata); err != nil || metadata["a"] != 1 {
		t.Errorf("list: got metadata %s, want {\"a\":1}", all[0].Metadata)
	}
	some := printed[[]kv.KeyInfo](t, s, "kv", "key", "list", "--prefix", "key 1", "--namespace-id", id, "--remote")
	if diff := cmp.Diff(want[1000:2000], names(some)); diff != "" {
		t.Errorf("list --prefix (-want +got):\n%s", diff)
	}
}

func testBulk(t *testing.T, h house) {
	id, ns := h.namespace(t, h.test, t.Name())
	s := h.shell(t, h.test, h.test)
	type pair struct {
		Key           string         `json:"key"`
		Value         string         `json:"value"`
		Base64        bool           `json:"base64,omitempty"`
		ExpirationTTL int            `json:"expiration_ttl,omitempty"`
		Metadata      map[string]any `json:"metadata,omitempty"`
	}
	keys := numbered(2500)
	var pairs []pair
	for _, key := range keys {
		pairs = append(pairs, pair{Key: key, Value: "value of " + key})
	}
	pairs[7] = pair{Key: keys[7], Value: "AP/+", Base64: true}
	pairs[8] = pair{Key: keys[8], Value: "v", ExpirationTTL: 60, Metadata: map[string]any{"a": "b"}}
	text, err := json.Marshal(pairs)
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, "kv", "bulk", "put", s.file(t, "pairs.json", text), "--namespace-id", id, "--remote")
	var stored []string
	for q := (kv.ListQuery{}); ; {
		page, err := ns.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, names(page.Keys)...)
		if q.Cursor = page.Cursor; q.Cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(keys, stored); diff != "" {
		t.Fatalf("after bulk put (-want +got):\n%s", diff)
	}
	if item, err := ns.Get(t.Context(), keys[7]); err != nil || string(item.Value) != "\x00\xff\xfe" {
		t.Errorf("the pair in base64: got %q, %v", item.Value, err)
	}
	if item, err := ns.Get(t.Context(), keys[8]); err != nil || item.Expiration == 0 || string(item.Metadata) != `{"a":"b"}` {
		t.Errorf("the pair with everything: got metadata %s, expiration %d, %v", item.Metadata, item.Expiration, err)
	}

	said := s.run(t, "kv", "bulk", "get", s.file(t, "get.json", []byte(`["key 0000","nowhere",{"name":"key 2499"}]`)), "--namespace-id", id, "--remote")
	var got map[string]any
	if err := json.NewDecoder(strings.NewReader(said)).Decode(&got); err != nil {
		t.Errorf("bulk get said %q: %v", said, err)
	}
	want := map[string]any{"key 0000": "value of key 0000", "nowhere": nil, "key 2499": "value of key 2499"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bulk get (-want +got):\n%s", diff)
	}

	text, err = json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, "kv", "bulk", "delete", s.file(t, "keys.json", text), "--namespace-id", id, "--remote", "--force")
	if page, err := ns.List(t.Context(), kv.ListQuery{}); err != nil || len(page.Keys) > 0 {
		t.Errorf("after bulk delete there are %d keys, %v; want none", len(page.Keys), err)
	}
}

// wrangler sends all keys of the file at once, whatever their number.
func testBulkGetRefused(t *testing.T, h house) {
	id, _ := h.namespace(t, h.test, t.Name())
	s := h.shell(t, h.test, h.test)
	text, err := json.Marshal(numbered(101))
	if err != nil {
		t.Fatal(err)
	}
	s.refused(t, "You can request a maximum of 100 keys' [code: 10029]", "kv", "bulk", "get", s.file(t, "many.json", text), "--namespace-id", id, "--remote")
}

// An id of one account means nothing in the other, and a token of one opens nothing there.
func testWalls(t *testing.T, h house) {
	id, ns := h.namespace(t, h.test, t.Name())
	if err := ns.Put(t.Context(), kv.Pair{Key: "k", Item: kv.Item{Value: []byte("of test")}}); err != nil {
		t.Fatal(err)
	}
	own := h.shell(t, h.production, h.production)
	own.refused(t, "put: 'namespace not found' [code: 10013]", "kv", "key", "put", "k", "v", "--namespace-id", id, "--remote")
	own.refused(t, "list keys: 'namespace not found' [code: 10013]", "kv", "key", "list", "--namespace-id", id, "--remote")
	own.refused(t, "namespace not found [code: 10013]", "kv", "namespace", "delete", "--namespace-id", id)
	for _, n := range printed[[]namespace](t, own, "kv", "namespace", "list") {
		if n.ID == id {
			t.Errorf("the list of one account shows %v of the other", n)
		}
	}
	foreign := h.shell(t, h.test, h.production) // the wrong token for the account
	foreign.refused(t, "Authentication error [code: 10000]", "kv", "key", "put", "k", "v", "--namespace-id", id, "--remote")
	if item, err := ns.Get(t.Context(), "k"); err != nil || string(item.Value) != "of test" {
		t.Errorf("afterwards the key reads %q, %v; want it untouched", item.Value, err)
	}
}

func testRealToken(t *testing.T, h house) {
	s := h.shell(t, h.test, h.test)
	s.token = "cfut_" + fmt.Sprintf("%040d", 7) + "deadbeef"
	s.refused(t, "this looks like a real Cloudflare token", "kv", "key", "list", "--namespace-id", h.test, "--remote")
}
