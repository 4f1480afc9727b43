package bindery

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// DataOptions say who may ask the data endpoints.
type DataOptions struct {
	// APIKeys are the keys that callers show in the header X-API-KEY: one, or two while it is being changed. Empty ones are none;
	// without any, nobody is let in. Keys are to be random and long.
	APIKeys []string
	// Log is told what self-tests found, and of keys that were refused; nil means silence. Neither keys nor values are logged.
	Log *slog.Logger
}

// DataHandler answers, in the JSON of `bindery serve` and of the module that `bindery probe` writes:
//
//	GET /api/v1/data/kv-self-test   proves every KV binding in six stages, or the one of ?binding=NAME; 500 if a critical one fails
//	GET /api/v1/data/bindings       says where each binding leads
//
// Mount it at /api/v1/data/. Whoever shows no good key learns nothing (401). Keys are compared in constant time, and callers
// held to 2 requests a second and key. A self-test writes one key of its own to each namespace, and deletes it; callers at
// the same time share one. Where each binding leads is looked up at most every 10 seconds.
func (e *Environment) DataHandler(o DataOptions) http.Handler {
	view := &view{env: e}
	return probe.New(probe.Options{
		Environment: e.env.Name,
		Worker:      e.env.WorkerName(),
		Bindings:    view.bindings,
		CheckKey:    keyCheck(o.APIKeys),
		Log:         o.Log,
	})
}

// keyCheck compares digests, which are all of one length, with every key, whichever fits.
func keyCheck(keys []string) func(string) bool {
	var digests [][sha256.Size]byte
	for _, key := range keys {
		if key != "" {
			digests = append(digests, sha256.Sum256([]byte(key)))
		}
	}
	return func(shown string) bool {
		digest, found := sha256.Sum256([]byte(shown)), 0
		for _, d := range digests {
			found |= subtle.ConstantTimeCompare(d[:], digest[:])
		}
		return found == 1
	}
}

// viewAge is how old an answer of the account may be.
const viewAge = 10 * time.Second

// view is what Describe said last.
type view struct {
	env *Environment

	mu    sync.Mutex
	last  []probe.Binding
	since time.Time
}

// bindings are those of the environment as the endpoints show them.
func (v *view) bindings() []probe.Binding {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last == nil || time.Since(v.since) > viewAge {
		ctx, cancel := context.WithTimeout(context.Background(), viewAge) // others wait for the same answer, whoever asked
		defer cancel()
		v.last, v.since = v.env.probed(ctx), time.Now()
	}
	return v.last
}

func (e *Environment) probed(ctx context.Context) []probe.Binding {
	var all []probe.Binding
	for _, b := range e.Describe(ctx) {
		one := probe.Binding{Name: b.Name, Kind: b.Kind, Critical: b.Critical, OK: b.Err == nil, Declared: !b.Checked, Detail: b.Resource}
		if b.Err != nil {
			one.Detail = b.Err.Error()
		}
		if b.Kind == probe.KVNamespace {
			one.Target = e.target(b.Name)
		}
		all = append(all, one)
	}
	for _, v := range e.env.Vars {
		all = append(all, probe.Binding{Name: v.Name, Kind: probe.Var, OK: true})
	}
	return all
}

// target is a KV binding to prove. It asks the account, so that a namespace that is not there fails the first stage and no later one.
func (e *Environment) target(binding string) *selftest.Target {
	t := &selftest.Target{Open: func(ctx context.Context) (kv.Namespace, error) {
		n, err := e.KV(binding)
		if err != nil {
			return nil, err
		}
		titles, err := e.place.titles(ctx)
		if err != nil {
			return nil, err
		}
		if _, there := titles[n.id]; titles != nil && !there {
			return nil, ErrNamespaceNotFound
		}
		return n.ns, nil
	}}
	b, err := e.binding(binding)
	if err != nil || e.local() {
		return t
	}
	if id, err := e.namespaceID(b); err == nil {
		t.Expected = e.expected(b, id)
	}
	return t
}

// expected is what a namespace of an account should say of itself.
func (e *Environment) expected(b *wrangler.Binding, id string) *fingerprint.Expected {
	want := &fingerprint.Expected{Record: fingerprint.Record{
		Account: e.place.account(), Namespace: id, Worker: e.env.WorkerName(), Environment: e.env.Name,
	}}
	if agreed := e.locked.Environment(e.env.Name).Binding(b.Text()); agreed != nil {
		want.Digest = agreed.Fingerprint
	}
	return want
}
