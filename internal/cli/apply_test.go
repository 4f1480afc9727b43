package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// gateHouse is a server with one account and a configuration whose environment has nothing there yet.
type gateHouse struct {
	t       *testing.T
	server  *server.Server
	account string
	dir     string
	env     map[string]string
	// fault is asked before a request is answered, and after; it may panic with http.ErrAbortHandler, which cuts the
	// connection. nil: nothing happens.
	fault atomic.Pointer[func(n int, w http.ResponseWriter, r *http.Request, serve http.Handler)]
	count atomic.Int64
}

func newGateHouse(t *testing.T) *gateHouse {
	h := &gateHouse{t: t, dir: t.TempDir()}
	var err error
	h.server, err = server.Open(server.Options{Around: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := int(h.count.Add(1))
			if f := h.fault.Load(); f != nil {
				(*f)(n, w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.server.Close() })
	if err := h.server.Listen(); err != nil {
		t.Fatal(err)
	}
	account, err := h.server.Platform().EnsureAccount(t.Context(), "production", "3541a8b5f1d18989d24ea2b978f1a1fc")
	if err != nil {
		t.Fatal(err)
	}
	h.account = account.ID
	token, _, err := h.server.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "ci", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	h.env = map[string]string{"CLOUDFLARE_API_BASE_URL": h.server.BaseURL(), "CLOUDFLARE_API_TOKEN": token}
	h.write("name = \"api\"\naccount_id = \"" + h.account + "\"\n[[kv_namespaces]]\nbinding = \"CACHE\"\n[[kv_namespaces]]\nbinding = \"SESSIONS\"\n" +
		"[[r2_buckets]]\nbinding = \"MODELS\"\nbucket_name = \"models\"\n[[d1_databases]]\nbinding = \"DB\"\ndatabase_name = \"main\"\n")
	if code, out := h.run("lock"); code != exitOK {
		t.Fatalf("lock: exit code %d\n%s", code, out)
	}
	return h
}

func (h *gateHouse) write(configuration string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, "wrangler.toml"), []byte(configuration), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

func (h *gateHouse) read(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, name))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

func (h *gateHouse) run(command string, args ...string) (int, string) {
	var out bytes.Buffer
	code := Main(append([]string{command, h.dir}, args...), strings.NewReader(""), &out, &out, func(name string) string { return h.env[name] })
	return code, out.String()
}

// whole says whether configuration and lock can be read, and name nothing that the account does not hold.
func (h *gateHouse) whole(when string) {
	h.t.Helper()
	config := wrangler.Parse("wrangler.toml", []byte(h.read("wrangler.toml")))
	locked, problems := lock.Parse("bindery.lock", []byte(h.read("bindery.lock")))
	if len(config.File.Errors) > 0 || len(problems) > 0 {
		h.t.Fatalf("%s: %v %v\n%s\n%s", when, config.File.Errors, problems, h.read("wrangler.toml"), h.read("bindery.lock"))
	}
	held := map[string]bool{}
	list, err := h.server.Platform().Namespaces(context.Background(), h.account)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, n := range list {
		held[n.ID] = true
	}
	for _, b := range config.Top.Of(wrangler.KVNamespace) {
		if id := b.Resource().Str(); id != "" && !held[id] {
			h.t.Errorf("%s: the configuration names %s, which the account does not hold", when, id)
		}
	}
	for _, b := range locked.Environment("").Bindings {
		if b.Type == "kv_namespace" && !held[b.ID] {
			h.t.Errorf("%s: the lock names %s, which the account does not hold", when, b.ID)
		}
	}
}

// finished wants all to be there, once.
func (h *gateHouse) finished(when string) {
	h.t.Helper()
	h.whole(when)
	list, err := h.server.Platform().Namespaces(context.Background(), h.account)
	if err != nil {
		h.t.Fatal(err)
	}
	var titles []string
	for _, n := range list {
		titles = append(titles, n.Title)
	}
	if got := strings.Join(titles, " "); len(list) != 2 || !strings.Contains(got, "api-cache") || !strings.Contains(got, "api-sessions") {
		h.t.Errorf("%s: the account holds %s, want one namespace for each binding", when, got)
	}
	if code, out := h.run("lock", "--check"); code != exitOK {
		h.t.Errorf("%s: the lock does not say what the account says:\n%s", when, out)
	}
	if code, out := h.run("apply"); code != exitOK || !strings.Contains(out, "all is there already") {
		h.t.Errorf("%s: something is left to be done:\n%s", when, out)
	}
}

// A cut connection, before a request or after it was done, an answer that is refused or garbage: whichever call of an
// apply it hits, both files stay whole and true, and the next run ends with what a single one would have made.
func TestApplyIsCut(t *testing.T) {
	faults := map[string]func(w http.ResponseWriter, r *http.Request, serve http.Handler){
		"cut before": func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) },
		"cut after": func(_ http.ResponseWriter, r *http.Request, serve http.Handler) {
			serve.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		},
		"throttled": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"result":null,"success":false,"errors":[{"code":971,"message":"Please wait"}],"messages":[]}`)
		},
		"garbage": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { fmt.Fprint(w, "<html>login</html>") },
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stopped := 0
			step := 1
			if name == "throttled" || name == "garbage" { // answers, of which no call makes more than another
				step = 3
			}
			for at := 1; ; at += step {
				h := newGateHouse(t)
				h.count.Store(0)
				hit := false
				var once sync.Mutex
				strike := func(n int, w http.ResponseWriter, r *http.Request, serve http.Handler) {
					once.Lock()
					first := n >= at && (name != "cut before" && name != "cut after" || n < at+3) // a GET is tried three times
					hit = hit || first
					once.Unlock()
					if first {
						fault(w, r, serve)
						return
					}
					serve.ServeHTTP(w, r)
				}
				h.fault.Store(&strike)
				code, out := h.run("apply")
				when := fmt.Sprintf("%s at request %d", name, at)
				h.fault.Store(nil)
				once.Lock()
				struck := hit
				once.Unlock()
				if !struck {
					if code != exitOK {
						t.Errorf("%s: nothing happened, and exit code %d\n%s", when, code, out)
					}
					break
				}
				h.whole(when)
				if code != exitOK {
					stopped++
					if !strings.Contains(out, "bindery: ") {
						t.Errorf("%s: exit code %d without a word of why:\n%s", when, code, out)
					}
				}
				if code, out := h.run("apply"); code != exitOK {
					t.Errorf("%s: the next run does not go on: exit code %d\n%s", when, code, out)
				}
				h.finished(when)
			}
			if stopped == 0 {
				t.Error("no fault stopped an apply: the test proves nothing")
			}
		})
	}
}

// Two people who apply at once end with one namespace for each binding.
func TestTwoApplyAtOnce(t *testing.T) {
	for range 5 {
		h := newGateHouse(t)
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { h.run("apply") })
		}
		both.Wait()
		h.whole("two at once")
		if code, out := h.run("apply"); code != exitOK {
			t.Errorf("afterwards: exit code %d\n%s", code, out)
		}
		h.finished("two at once")
	}
}
