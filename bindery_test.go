package bindery_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

const (
	account    = "3541a8b5f1d18989d24ea2b978f1a1fc"
	cacheID    = "e40586387b6a6c2f972c364430e213b6"
	absentID   = "70d3ace4278b4690e1ad21b90d6a343e"
	production = `name = "shop"
kv_namespaces = [{ binding = "TOP", id = "89aeb402fd0cd3648405894097b0057f" }]
[env.production]
account_id = "` + account + `"
vars = { LEVEL = "info" }
kv_namespaces = [{ binding = "CACHE", id = "` + cacheID + `" }, { binding = "UNMADE" }]
r2_buckets = [{ binding = "FILES", bucket_name = "files" }]
`
)

// write writes a file of a project and returns its path.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts a server in memory that holds the namespace of CACHE, and returns the options that lead to it.
func serve(t testing.TB) bindery.Options {
	t.Helper()
	s, err := server.Open(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	p := s.Platform()
	if _, err := p.EnsureAccount(t.Context(), "production", account); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CreateNamespace(t.Context(), account, cacheID, "shop-cache"); err != nil {
		t.Fatal(err)
	}
	token, _, err := p.CreateToken(t.Context(), platform.TokenInfo{Name: "service", Accounts: []string{account}, Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	return bindery.Options{Environment: "production", URL: s.URL() + "/client/v4", Token: token}
}

// places are the options for each place, all for the same configuration.
func places(t testing.TB) map[string]bindery.Options {
	return map[string]bindery.Options{
		"memory": {Environment: "production", Memory: true},
		"folder": {Environment: "production", Folder: filepath.Join(t.TempDir(), "data")},
		"server": serve(t),
	}
}

func open(t testing.TB, path string, o bindery.Options) *bindery.Environment {
	t.Helper()
	env, err := bindery.Open(t.Context(), path, o)
	if err != nil {
		t.Fatalf("%v (%s)", err, bindery.Hint(err))
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	return env
}

func cache(t testing.TB, env *bindery.Environment) *bindery.Namespace {
	t.Helper()
	ns, err := env.KV("CACHE")
	if err != nil {
		t.Fatal(err)
	}
	return ns
}

// TestEveryPlace: a namespace does the same wherever it is.
func TestEveryPlace(t *testing.T) {
	path := write(t, t.TempDir(), "wrangler.toml", production)
	soon := time.Now().Add(time.Hour)
	for name, o := range places(t) {
		t.Run(name, func(t *testing.T) {
			ns, ctx := cache(t, open(t, path, o)), t.Context()
			if ns.ID() != cacheID || ns.Binding() != "CACHE" {
				t.Errorf("opened %s %s", ns.Binding(), ns.ID())
			}
			if _, err := ns.Get(ctx, "k"); !errors.Is(err, bindery.ErrKeyNotFound) {
				t.Errorf("get what is not there: %v", err)
			}
			want := bindery.Item{Value: []byte("v\x00\xff"), Metadata: json.RawMessage(`{"a":1}`), Expiration: soon}
			if err := ns.Put(ctx, "k", want); err != nil {
				t.Fatal(err)
			}
			got, err := ns.Get(ctx, "k")
			ahead := got.Expiration.Sub(soon)
			if err != nil || !bytes.Equal(got.Value, want.Value) || !bytes.Equal(got.Metadata, want.Metadata) || ahead < 0 || ahead >= time.Second {
				t.Errorf("got %+v (%v ahead), %v, want %+v", got, ahead, err, want)
			}
			// What is to live for the least time must not be refused for a part of a second.
			if err := ns.Put(ctx, "k2", bindery.Item{Expiration: time.Now().Add(bindery.MinTTL + 50*time.Millisecond)}); err != nil {
				t.Error(err)
			}
			if err := ns.Delete(ctx, "k"); err != nil {
				t.Error(err)
			}
			if _, err := ns.Get(ctx, "k"); !errors.Is(err, bindery.ErrKeyNotFound) {
				t.Errorf("get what was deleted: %v", err)
			}
		})
	}
}

// TestErrors: every place refuses with the same errors.
func TestErrors(t *testing.T) {
	path := write(t, t.TempDir(), "wrangler.toml", production)
	for name, o := range places(t) {
		t.Run(name, func(t *testing.T) {
			ns, ctx := cache(t, open(t, path, o)), t.Context()
			put := func(key string, item bindery.Item) error { return ns.Put(ctx, key, item) }
			_, badCursor := ns.List(ctx, bindery.ListOptions{Cursor: "not ours"})
			_, badLimit := ns.List(ctx, bindery.ListOptions{Limit: 1})
			for what, c := range map[string]struct{ got, want error }{
				"an empty key":        {put("", bindery.Item{}), bindery.ErrKeyInvalid},
				"a long key":          {put(strings.Repeat("k", bindery.MaxKeyBytes+1), bindery.Item{}), bindery.ErrKeyTooLong},
				"a large value":       {put("k", bindery.Item{Value: make([]byte, bindery.MaxValueBytes+1)}), bindery.ErrValueTooLarge},
				"metadata, no JSON":   {put("k", bindery.Item{Metadata: json.RawMessage("{")}), bindery.ErrMetadataInvalid},
				"large metadata":      {put("k", bindery.Item{Metadata: json.RawMessage(`"` + strings.Repeat("m", bindery.MaxMetadataBytes) + `"`)}), bindery.ErrMetadataTooLarge},
				"past":                {put("k", bindery.Item{Expiration: time.Now().Add(-time.Hour)}), bindery.ErrExpirationInvalid},
				"when time began":     {put("k", bindery.Item{Expiration: time.Unix(0, 0)}), bindery.ErrExpirationInvalid},
				"too soon":            {put("k", bindery.Item{Expiration: time.Now().Add(bindery.MinTTL - 5*time.Second)}), bindery.ErrExpirationInvalid},
				"one bad pair of two": {ns.PutMany(ctx, []bindery.Pair{{Key: "good"}, {Key: ".."}}), bindery.ErrKeyInvalid},
				"a cursor":            {badCursor, bindery.ErrCursorInvalid},
				"a limit":             {badLimit, bindery.ErrLimitInvalid},
			} {
				if !errors.Is(c.got, c.want) {
					t.Errorf("%s: got %v, want %v", what, c.got, c.want)
				}
				if c.got != nil && len(c.got.Error()) > 400 {
					t.Errorf("%s: a message of %d bytes", what, len(c.got.Error()))
				}
			}
			if _, err := ns.Get(ctx, "good"); !errors.Is(err, bindery.ErrKeyNotFound) {
				t.Errorf("a bad pair left the good one: %v", err)
			}
		})
	}
}

// TestMany goes beyond what one request may hold, and through all pages.
func TestMany(t *testing.T) {
	path := write(t, t.TempDir(), "wrangler.toml", production)
	for name, o := range places(t) {
		t.Run(name, func(t *testing.T) {
			ns, ctx := cache(t, open(t, path, o)), t.Context()
			var pairs []bindery.Pair
			var keys []string
			for i := range 10_001 {
				keys = append(keys, fmt.Sprintf("many/%05d", i))
				pairs = append(pairs, bindery.Pair{Key: keys[i], Item: bindery.Item{Value: []byte(keys[i])}})
			}
			// The fingerprint of the namespace is no key of the service's.
			pairs = append(pairs, bindery.Pair{Key: "__bindery__/fingerprint", Item: bindery.Item{Value: []byte("{}")}})
			if err := ns.PutMany(ctx, pairs); err != nil {
				t.Fatal(err)
			}
			var listed []string
			for key, err := range ns.Keys(ctx, "") {
				if err != nil {
					t.Fatal(err)
				}
				listed = append(listed, key.Name)
			}
			if !slices.Equal(listed, keys) {
				t.Errorf("listed %d keys, want %d", len(listed), len(keys))
			}
			items, err := ns.GetMany(ctx, append(slices.Clone(keys[9_800:]), "absent"))
			if err != nil || len(items) != 201 || string(items["many/10000"].Value) != "many/10000" {
				t.Errorf("got %d items, %v, want 201", len(items), err)
			}
			if err := ns.DeleteMany(ctx, keys); err != nil {
				t.Fatal(err)
			}
			for key, err := range ns.Keys(ctx, "many/") {
				t.Fatalf("there still: %v, %v", key, err)
			}
		})
	}
}

// TestLargeValuesInBulk: values that would not fit in one body as JSON go all the same.
func TestLargeValuesInBulk(t *testing.T) {
	ns, ctx := cache(t, open(t, write(t, t.TempDir(), "wrangler.toml", production), serve(t))), t.Context()
	large := bytes.Repeat([]byte{1}, 18<<20) // six bytes each as JSON
	if err := ns.PutMany(ctx, []bindery.Pair{{Key: "a", Item: bindery.Item{Value: large}}, {Key: "b", Item: bindery.Item{Value: []byte("b")}}}); err != nil {
		t.Fatal(err)
	}
	var stored []string
	for key, err := range ns.Keys(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, key.Name)
	}
	if !slices.Equal(stored, []string{"a", "b"}) {
		t.Errorf("stored %q, want a and b", stored)
	}
}

func TestKeysStopsWhereItIsTold(t *testing.T) {
	ns, ctx := cache(t, open(t, write(t, t.TempDir(), "wrangler.toml", production), bindery.Options{Environment: "production", Memory: true})), t.Context()
	for _, key := range []string{"a", "b", "c"} {
		if err := ns.Put(ctx, key, bindery.Item{Metadata: json.RawMessage(`"` + key + `"`)}); err != nil {
			t.Fatal(err)
		}
	}
	for key, err := range ns.Keys(ctx, "") {
		if err != nil || key.Name != "a" || string(key.Metadata) != `"a"` || !key.Expiration.IsZero() {
			t.Errorf("met %+v, %v, want a only", key, err)
		}
		break
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", production)
	plain := write(t, dir, "plain.toml", "name = \"shop\"\nkv_namespaces = [{ binding = \"CACHE\" }]")
	memory := bindery.Options{Environment: "production", Memory: true}
	for _, c := range []struct {
		name, path string
		o          bindery.Options
		err, hint  string
		is         error
	}{
		{"no token", path, bindery.Options{Environment: "production"}, "no API token", "set Options.Token", bindery.ErrUnauthenticated},
		{"two places", path, bindery.Options{Memory: true, Folder: "x"}, "two places", "", nil},
		{"a token in memory", path, bindery.Options{Memory: true, Token: "t"}, "two places", "", nil},
		{"no URL", path, bindery.Options{Token: "t", URL: "127.0.0.1:8787"}, "no URL", "as in http://", nil},
		{"a typo", path, bindery.Options{Environment: "prodution", Memory: true}, `declares no environment "prodution"`, `did you mean "production"?`, bindery.ErrEnvironment},
		{"none declared", plain, memory, `declares no environment "production"`, "leave Options.Environment empty", bindery.ErrEnvironment},
		{"no file", filepath.Join(dir, "absent.toml"), memory, "find the configuration", "", os.ErrNotExist},
		{"no configuration", t.TempDir(), memory, "no wrangler configuration", "", nil},
		{"another file", write(t, dir, "notes.md", "production"), memory, "is no wrangler configuration", "wrangler reads", nil},
		{"syntax", write(t, dir, "broken.toml", "name ="), memory, "broken.toml:1:", "", nil},
		{"refused", write(t, dir, "refused.toml", "[env.production]\nworkers_dev = 1"), memory, "refused.toml:2:15: ", "", nil},
		{"another account", path, bindery.Options{Environment: "production", Token: "t", Account: cacheID}, "Options.Account is " + cacheID, "", nil},
		{"nobody there", plain, bindery.Options{Token: "t", URL: "http://127.0.0.1:1/client/v4"}, "find the account", "nothing listens there", bindery.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := bindery.Open(t.Context(), c.path, c.o)
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(bindery.Hint(err), c.hint) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v (hint %q), want %q (hint %q)", err, bindery.Hint(err), c.err, c.hint)
			}
		})
	}
}

func TestFilesBeside(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", "name = \"shop\"\n[env.production]\nkv_namespaces = [{ binding = \"CACHE\" }]")
	lock := write(t, dir, "bindery.lock", "version = 1\n[env.production]\naccount_id = \""+account+"\"\nworker = \"shop-production\"\n[env.production.bindings.CACHE]\ntype = \"kv_namespace\"\nid = \""+cacheID+"\"\ntitle = \"shop-cache\"\n")
	env := open(t, path, serve(t))
	if ns := cache(t, env); env.Account() != account || ns.ID() != cacheID {
		t.Errorf("account %s and namespace %s, want those of the lock", env.Account(), ns.ID())
	}
	for _, broken := range []string{lock, filepath.Join(dir, "bindery.toml")} {
		write(t, dir, filepath.Base(broken), "version =")
		if _, err := bindery.Open(t.Context(), path, bindery.Options{Environment: "production", Memory: true}); err == nil || !strings.Contains(err.Error(), filepath.Base(broken)+":1:") {
			t.Errorf("with a broken %s: %v", filepath.Base(broken), err)
		}
		if err := os.Remove(broken); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBindings(t *testing.T) {
	path := write(t, t.TempDir(), "wrangler.toml", production)
	env := open(t, path, serve(t))
	for binding, c := range map[string]struct {
		is   error
		hint string
	}{
		"CASHE":  {bindery.ErrBindingNotFound, "did you mean CACHE?"},
		"FILES":  {bindery.ErrBindingNotFound, "it binds CACHE, UNMADE"}, // an R2 bucket
		"TOP":    {bindery.ErrBindingNotFound, ""},                       // not inherited
		"UNMADE": {bindery.ErrNotBound, "bindery apply"},
	} {
		if _, err := env.KV(binding); !errors.Is(err, c.is) || !strings.Contains(bindery.Hint(err), c.hint) {
			t.Errorf("KV(%q): %v (%s), want %v (%s)", binding, err, bindery.Hint(err), c.is, c.hint)
		}
	}
	if env.Name() != "production" || env.Worker() != "shop-production" || env.Account() != account {
		t.Errorf("opened %s %s %s", env.Name(), env.Worker(), env.Account())
	}
	if want := `env "production" of ` + path + ", in account " + account; env.String() != want {
		t.Errorf("String is %q, want %q", env, want)
	}
	// In memory a namespace needs no id, and two names without one are two namespaces.
	local := open(t, path, bindery.Options{Environment: "production", Memory: true})
	unmade, err := local.KV("UNMADE")
	if err != nil || unmade.ID() != "" {
		t.Fatalf("in memory: %v", err)
	}
	if err := unmade.Put(t.Context(), "k", bindery.Item{}); err != nil {
		t.Fatal(err)
	}
	if _, err := cache(t, local).Get(t.Context(), "k"); !errors.Is(err, bindery.ErrKeyNotFound) {
		t.Errorf("what UNMADE holds is in CACHE too: %v", err)
	}
}

// TestFolder: one at a time, durable, and no folder of a server.
func TestFolder(t *testing.T) {
	path := write(t, t.TempDir(), "wrangler.toml", production)
	o := bindery.Options{Environment: "production", Folder: filepath.Join(t.TempDir(), "kv")}
	env, err := bindery.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bindery.Open(t.Context(), path, o); !errors.Is(err, bindery.ErrInUse) || bindery.Hint(err) == "" || !strings.Contains(err.Error(), o.Folder) {
		t.Errorf("opened twice: %v (%s)", err, bindery.Hint(err))
	}
	ns := cache(t, env)
	if err := ns.Put(t.Context(), "k", bindery.Item{Value: []byte("kept")}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := env.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ns.Get(t.Context(), "k"); !errors.Is(err, bindery.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	if item, err := cache(t, open(t, path, o)).Get(t.Context(), "k"); err != nil || string(item.Value) != "kept" {
		t.Errorf("opened again: %q, %v", item.Value, err)
	}

	o.Folder = t.TempDir()
	s, err := server.Open(server.Options{Data: o.Folder})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Platform().EnsureAccount(t.Context(), "production", account); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := bindery.Open(t.Context(), path, o); err == nil || !strings.Contains(err.Error(), "bindery serve") {
		t.Errorf("a server's folder: %v", err)
	}
	if s, err = server.Open(server.Options{Data: o.Folder}); err != nil {
		t.Fatalf("the server cannot open its folder afterwards: %v", err)
	}
	s.Close()
}

func TestDescribe(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", strings.Replace(production, `{ binding = "UNMADE" }`, `{ binding = "GONE", id = "`+absentID+`" }`, 1))
	write(t, dir, "bindery.toml", `critical = ["CACHE", "LOST", "LEVEL"]`)
	lines := func(env *bindery.Environment) string {
		var b strings.Builder
		for _, binding := range env.Describe(t.Context()) {
			fmt.Fprintf(&b, "%s (critical %t)\n", binding, binding.Critical)
		}
		return b.String()
	}
	o := serve(t)
	want := `CACHE KVNamespace ` + cacheID + ` "shop-cache" (critical true)
GONE KVNamespace ` + absentID + ` leads nowhere: account ` + account + `: namespace not found (critical false)
FILES R2Bucket files (declared) (critical false)
LOST leads nowhere: critical in bindery.toml, but not bound to a namespace (critical true)
`
	if got := lines(open(t, path, o)); got != want {
		t.Errorf("described as\n%s\nwant\n%s", got, want)
	}
	o.Token = "wrong-token-wrong-token-wrong-token-0000"
	if got := lines(open(t, path, o)); strings.Count(got, "leads nowhere: list the namespaces of account") != 2 || strings.Contains(got, o.Token) {
		t.Errorf("with a wrong token described as\n%s", got)
	}
}

func TestDataHandler(t *testing.T) {
	const first, second = "first-key", "second-key"
	path := write(t, t.TempDir(), "wrangler.toml", strings.Replace(production, `, { binding = "UNMADE" }`, "", 1))
	for name, o := range places(t) {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			env := open(t, path, o)
			h := env.DataHandler(bindery.DataOptions{APIKeys: []string{"", first, second}, Log: slog.New(slog.NewTextHandler(&log, nil))})
			get := func(path, key string) (int, string) {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				if key != "" {
					r.Header.Set("X-API-KEY", key)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w.Code, w.Body.String()
			}
			for _, key := range []string{first, second} {
				if status, body := get("/api/v1/data/kv-self-test", key); status != http.StatusOK || !strings.Contains(body, `"overall_status":"ALL_TESTS_PASSED"`) {
					t.Errorf("self-test: %d %s", status, body)
				}
				if status, body := get("/api/v1/data/bindings", key); status != http.StatusOK || !strings.Contains(body, `"KVNamespace":[{"name":"CACHE","critical":true,"ok":true`) || !strings.Contains(body, `"vars":["LEVEL"]`) {
					t.Errorf("bindings: %d %s", status, body)
				}
			}
			for _, key := range []string{"", "wrong", first + second} {
				if status, _ := get("/api/v1/data/bindings", key); status != http.StatusUnauthorized {
					t.Errorf("with key %q: %d", key, status)
				}
			}
			for key, err := range cache(t, env).Keys(t.Context(), "") {
				t.Errorf("the self-test left %v, %v", key, err)
			}
			if strings.Contains(log.String(), first) || strings.Contains(log.String(), second) {
				t.Errorf("a key is in the log:\n%s", &log)
			}
		})
	}
	nobody := open(t, path, bindery.Options{Environment: "production", Memory: true}).DataHandler(bindery.DataOptions{})
	w := httptest.NewRecorder()
	nobody.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/data/bindings", nil))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("without any key somebody is let in: %d", w.Code)
	}
}

// TestDataHandlerFindsWhatIsWrong: a binding whose namespace the account does not hold fails its first stage.
func TestDataHandlerFindsWhatIsWrong(t *testing.T) {
	path := write(t, t.TempDir(), "wrangler.toml", strings.Replace(production, cacheID, absentID, 1))
	h := open(t, path, serve(t)).DataHandler(bindery.DataOptions{APIKeys: []string{"key"}})
	r := httptest.NewRequest(http.MethodGet, "/api/v1/data/kv-self-test?binding=CACHE", nil)
	r.Header.Set("X-API-KEY", "key")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"binding_check":{"success":false`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestTokenStaysSecret: options are printed without it.
func TestTokenStaysSecret(t *testing.T) {
	const token = "a-very-secret-token"
	o := bindery.Options{Token: token, Environment: "production"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("opened", "options", o)
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%v %+v %#v %s %s %s", o, o, o, &o, text, &log)
	if strings.Contains(all, token) || !strings.Contains(all, "production") {
		t.Errorf("options print as %s", all)
	}
}
