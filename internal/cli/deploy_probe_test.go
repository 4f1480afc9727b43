package cli

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/wrangler"
	"github.com/bindery-dev/bindery/internal/wranglerrun"
)

// While a deploy spreads, the version before may answer: one that fails is asked again, and of one that passes the report says that
// nobody can tell. Where no version was before, what answers is the new one.
func TestAnswerOfTheVersionBefore(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  bool // a version served when the deploy began
		failing int32
		state   workerState
		why     string
	}{
		{"the new one answers at once", true, 0, workerPassed, "it may have been the version before that answered"},
		{"the one before fails, then the new one answers", true, 2, workerPassed, "it may have been the version before that answered"},
		{"both fail", true, 1000, workerFailed, "a KV binding does not hold"},
		{"a first deploy", false, 0, workerPassed, ""},
		{"a first deploy that fails is asked once", false, 1, workerFailed, "a KV binding does not hold"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ns := memkv.New(memkv.Options{}).Namespace("n")
			var asked atomic.Int32
			worker := httptest.NewServer(probe.New(probe.Options{
				Worker: "api", CheckKey: func(string) bool { return true },
				Bindings: func() []probe.Binding {
					return []probe.Binding{{Name: "CACHE", Kind: probe.KVNamespace, Critical: true, OK: true, Target: &selftest.Target{
						Open: func(context.Context) (kv.Namespace, error) {
							if asked.Add(1) <= c.failing {
								return nil, selftest.ErrNotBound
							}
							return ns, nil
						},
					}}}
				},
			}))
			t.Cleanup(worker.Close)
			none := func(name string) string { return map[string]string{probeSecret: "key"}[name] }
			a := &app{out: newStream(nil, none), err: newStream(nil, none), getenv: none, now: time.Now}
			d := &delivery{deployOptions: &deployOptions{app: a, url: worker.URL, timeout: 3 * time.Second}, g: &gated{plan: &planReport{}}, env: &environment{Environment: &wrangler.Environment{}}}
			if c.before {
				d.before = serving{cloudflare.WorkerDeployment{ID: "d"}}
			}
			w := d.askWorker(t.Context(), d.address(wranglerrun.Said{}))
			if w.state != c.state || !strings.HasPrefix(w.why, c.why) || c.why == "" && w.why != "" {
				t.Errorf("got %s: %q, want %s: %q", w.state, w.why, c.state, c.why)
			}
		})
	}
}
