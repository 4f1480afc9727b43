// Package probe answers the two data endpoints, GET /api/v1/data/kv-self-test and
// GET /api/v1/data/bindings. It knows neither wrangler files nor servers: whoever
// composes a process hands it the bindings and the key check.
//
// Start with [New]. Every answer is JSON, no answer is to be cached. A caller
// shows an API key in the header X-API-KEY; without a good one it learns nothing,
// not even which paths there are. A refusal has the form
//
//	{"success":false,"error":{"code":"unauthorized","message":"…"}}
//
// with the codes unauthorized (401), not_found and unknown_binding (404),
// method_not_allowed (405), bad_request (400) and rate_limited (429, with Retry-After).
package probe

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/bindery-dev/bindery/internal/selftest"
)

// The paths that New's handler answers, and the header that holds the key.
const (
	SelfTestPath = "/api/v1/data/kv-self-test"
	BindingsPath = "/api/v1/data/bindings"
	KeyHeader    = "X-API-KEY"
)

// Kinds that are more than a word to this package.
const (
	KVNamespace = "KVNamespace" // the self-test proves these
	Var         = "var"         // shown by name only
)

// Binding is one binding of the environment that is served.
type Binding struct {
	Name     string
	Kind     string // as Workers name the type: KVNamespace, R2Bucket, AI, DurableObjectNamespace, D1Database, Queue, Fetcher, …; "var" for vars; "" for a critical name that nothing binds
	Critical bool
	OK       bool             // whether the binding leads somewhere, as far as the server can tell
	Declared bool             // OK only says that it is declared: whoever answers does not serve its kind, and did not look
	Detail   string           // id, title; never a value
	Target   *selftest.Target // for KV namespaces; Binding and Optional are filled in here. nil fails binding_check
}

// Options of New.
type Options struct {
	Environment string                // "" is the top level
	Worker      string                // the script's name
	Bindings    func() []Binding      // asked at every request
	CheckKey    func(key string) bool // constant time; nil lets nobody in
	SelfTest    selftest.Options
	Log         *slog.Logger // nil logs nothing
	Now         func() time.Time
}

// New returns the handler of both endpoints. X-API-KEY is required: 401 for a missing or wrong key, alike in body and time; rate-limited with 429.
func New(o Options) http.Handler {
	if o.Bindings == nil {
		o.Bindings = func() []Binding { return nil }
	}
	if o.CheckKey == nil {
		o.CheckKey = func(string) bool { return false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &handler{
		options:  o,
		requests: newLimiter(requestsPerKey, o.Now),
		failures: newLimiter(failuresPerAddress, o.Now),
		runs:     newLimiter(selfTestRuns, o.Now),
	}
}

type handler struct {
	options Options

	requests *limiter // by key
	failures *limiter // by address
	runs     *limiter // all self-tests together
	flights  singleflight.Group
}

// ServeHTTP refuses first, and only then looks at what is asked for.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.admit(r); err != nil {
		err.write(w)
		return
	}
	var answer func(w http.ResponseWriter, r *http.Request) *refusal
	switch r.URL.Path {
	case SelfTestPath:
		answer = h.selfTest
	case BindingsPath:
		answer = h.bindings
	default:
		refuse(http.StatusNotFound, "not_found", fmt.Sprintf("nothing is here; there are %s and %s", SelfTestPath, BindingsPath)).write(w)
		return
	}
	// No HEAD either: it would cost the writes of a self-test and show nothing.
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(http.StatusMethodNotAllowed, "method_not_allowed", fmt.Sprintf("%s is not possible here, only GET", printable(r.Method))).write(w)
		return
	}
	if err := answer(w, r); err != nil {
		err.write(w)
	}
}
