//go:build npm

package conformance

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// house is a server for the real clients to talk to.
type house struct {
	server *server.Server
}

func newHouse(t *testing.T) house {
	t.Helper()
	s, err := server.Open(server.Options{
		Data:   t.TempDir(),
		Around: func(h http.Handler) http.Handler { return apitest.Check(h, t.Errorf) }, // all is held against the OpenAPI document
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the server: %v", err)
		}
	})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	return house{server: s}
}

// token makes one that may edit the accounts given, and all without any.
func (h house) token(t *testing.T, accounts ...string) string {
	t.Helper()
	secret, _, err := h.server.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: t.Name(), Accounts: accounts, Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// flat is an account with three namespaces, for one client, and our own client in it:
// what the one says to have done, the other has to find.
type flat struct {
	house          house
	account, token string // the token may edit this account only
	own            *cloudflare.Client

	production, preview, staging string // namespace ids
	foreign                      string // an account that the token does not see
	foreignNamespace             string

	expires int64 // Unix seconds, far away: for whatever expires
}

func (h house) flat(t *testing.T, name string) *flat {
	t.Helper()
	f := &flat{house: h, expires: time.Now().AddDate(1, 0, 0).Unix()}
	for title, id := range map[string]*string{name: &f.account, "not " + name: &f.foreign} {
		a, err := h.server.Platform().EnsureAccount(t.Context(), title, "")
		if err != nil {
			t.Fatal(err)
		}
		*id = a.ID
	}
	f.token = h.token(t, f.account)
	f.own = cloudflare.New(cloudflare.Options{BaseURL: h.server.BaseURL(), Token: cloudflare.Token(h.token(t))})
	t.Cleanup(f.own.Close)
	f.production, f.preview, f.staging = f.create(t, f.account, "production"), f.create(t, f.account, "preview"), f.create(t, f.account, "staging")
	f.foreignNamespace = f.create(t, f.foreign, "foreign")
	return f
}

// create makes a namespace behind the client's back.
func (f *flat) create(t *testing.T, account, title string) (id string) {
	t.Helper()
	n, err := f.own.CreateNamespace(t.Context(), account, title)
	if err != nil {
		t.Fatal(err)
	}
	return n.ID
}

// titles are those of the account's namespaces, by id.
func (f *flat) titles(t *testing.T) map[string]string {
	t.Helper()
	all, err := f.own.Namespaces(t.Context(), f.account)
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{}
	for _, n := range all {
		titles[n.ID] = n.Title
	}
	return titles
}

// id finds a namespace that has to be there once.
func (f *flat) id(t *testing.T, title string) (id string) {
	t.Helper()
	for i, other := range f.titles(t) {
		if other == title {
			return i
		}
	}
	t.Fatalf("the account has no namespace %q, only %v", title, f.titles(t))
	return ""
}

func (f *flat) namespace(id string) kv.Namespace { return f.own.Namespace(f.account, id) }

// put writes behind the client's back.
func (f *flat) put(t *testing.T, id string, pairs ...kv.Pair) {
	t.Helper()
	if err := f.namespace(id).(kv.Bulk).PutMany(t.Context(), pairs); err != nil {
		t.Fatal(err)
	}
}

// keys lists a namespace, all pages.
func (f *flat) keys(t *testing.T, id string) (all []kv.KeyInfo) {
	t.Helper()
	for q := (kv.ListQuery{}); ; {
		page, err := f.namespace(id).List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Keys...)
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return all
		}
	}
}

// holds checks a key: value, metadata ("" is none), and expiration, which may be later
// by the few seconds that a client with a TTL took.
func (f *flat) holds(t *testing.T, id, key, value, metadata string, expiration int64) {
	t.Helper()
	const slow = 60
	item, err := f.namespace(id).Get(t.Context(), key)
	if err != nil || string(item.Value) != value || string(item.Metadata) != metadata || item.Expiration < expiration || item.Expiration > expiration+slow {
		t.Errorf("key %q holds %.80q (%d bytes), metadata %s, expiration %d, %v\nwant %.80q (%d bytes), metadata %s, expiration %d", key,
			item.Value, len(item.Value), item.Metadata, item.Expiration, err, value, len(value), metadata, expiration)
	}
}

// lacks checks that a key is not there.
func (f *flat) lacks(t *testing.T, id, key string) {
	t.Helper()
	if item, err := f.namespace(id).Get(t.Context(), key); !errors.Is(err, kv.ErrKeyNotFound) {
		t.Errorf("key %q holds %q, %v; want it gone", key, item.Value, err)
	}
}
