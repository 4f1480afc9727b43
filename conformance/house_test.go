//go:build npm

package conformance

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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

func newHouse(t *testing.T, limits server.Throttle, change ...func(*server.Options)) house {
	t.Helper()
	workerd, err := server.FindWorkerd(t.Context(), "", ".")
	if err != nil {
		t.Fatalf("%v; run: make conformance", err)
	}
	o := server.Options{
		Data:     t.TempDir(),
		Workerd:  workerd,
		NoEgress: true,
		Throttle: limits,
		Around:   func(h http.Handler) http.Handler { return apitest.Check(h, t.Errorf) }, // all is held against the OpenAPI document
	}
	for _, c := range change {
		c(&o)
	}
	s, err := server.Open(o)
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

	production, preview, staging, stagingPreview string // namespace ids
	foreign                                      string // an account that the token does not see
	foreignNamespace                             string

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
	f.production, f.preview = f.create(t, f.account, "production"), f.create(t, f.account, "preview")
	f.staging, f.stagingPreview = f.create(t, f.account, "staging"), f.create(t, f.account, "staging, preview")
	f.foreignNamespace = f.create(t, f.foreign, "foreign")
	return f
}

// throttled is a flat in another house, which refuses the token for a while from now on.
func throttled(t *testing.T, limits server.Throttle) *flat {
	t.Helper()
	limits.Requests = 30 // more than our own client needs
	f := newHouse(t, limits).flat(t, "busy")
	for range limits.Requests + 1 {
		if f.status(t, "/user/tokens/verify") == http.StatusTooManyRequests {
			return f
		}
	}
	t.Fatalf("the token is not throttled after %d requests", limits.Requests+1)
	return nil
}

// status asks for a path as the holder of the flat's token.
func (f *flat) status(t *testing.T, path string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.house.server.BaseURL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// refusals counts the requests of an operation that were answered 4xx, as the server's metrics have it.
func (h house) refusals(t *testing.T, operation string) (n int) {
	t.Helper()
	res, err := http.Get(h.server.URL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	series := fmt.Sprintf(`bindery_requests_total{operation=%q,status="4xx"} `, operation)
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), series); ok {
			if n, err = strconv.Atoi(value); err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
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
