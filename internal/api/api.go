// Package api speaks Cloudflare's v4 dialect over a platform: who a token is, its
// accounts, their KV namespaces and keys, Workers, buckets, databases and queues, as
// wrangler, the SDKs and Terraform ask for them. It answers everything below /client/v4.
//
// Start with [New]. A request is taken through five gates, in the order in which
// the real API refuses: route, token, rate, account, namespace. What it serves is the
// table in route.go; what it answers to a mistake is the table in problem.go.
//
// It keeps nothing of its own but files of SQL on their way, so that several may stand before one store.
package api

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/bindery-dev/bindery/internal/d1"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/r2"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/tails"
	"github.com/bindery-dev/bindery/internal/workers"
)

// Prefix is where the API lives below the server's root.
const Prefix = "/client/v4"

// Options of New; but for Objects and Messages, the zero value is right outside tests.
type Options struct {
	Log *slog.Logger     // nil: none
	Now func() time.Time // of times to live; nil means time.Now. Should be the store's
	// Objects are what is in R2 buckets; needed.
	Objects *r2.Buckets
	// Messages are what is in queues; needed.
	Messages *queues.Queues
	// Throttle refuses who asks for too much, with 429; the zero value refuses nobody.
	Throttle Throttle
	// Databases runs SQL; nil: nothing does, and asking for it is an error.
	Databases Databases
	// Files are texts of SQL on their way into and out of databases; nil: none but of this handler.
	Files *d1.Files
	Pace  *kv.Pace // of puts, shared with whoever else takes them; nil refuses none
	// Tails are the sessions of live logs; nil where no Worker runs.
	Tails *tails.Hub
}

// New returns the handler of everything below Prefix. It must be asked before any
// http.ServeMux, which redirects paths with "//" and ".." instead of handing them on:
// a client that follows would delete something else than it meant.
func New(p *platform.Platform, w *workers.Workers, held *resources.Resources, o Options) http.Handler {
	h := &handler{
		platform: p, workers: w, resources: held, databases: o.Databases, files: o.Files, objects: o.Objects, messages: o.Messages, log: o.Log, now: o.Now, paths: compile(routes),
		bulkRoom: semaphore.NewWeighted(bulkRoom), throttle: newThrottle(o.Throttle), pace: o.Pace, tails: o.Tails,
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.files == nil {
		h.files = &d1.Files{Now: h.now}
	}
	return h
}

type handler struct {
	platform  *platform.Platform
	workers   *workers.Workers
	resources *resources.Resources
	databases Databases // nil: none run
	files     *d1.Files
	objects   *r2.Buckets
	messages  *queues.Queues
	log       *slog.Logger
	now       func() time.Time
	paths     pathTable
	bulkRoom  *semaphore.Weighted // bytes
	throttle  *throttle
	pace      *kv.Pace
	tails     *tails.Hub // nil: no Worker runs
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, ray: [1]string{newRay()}}
	w.Header()["Cf-Ray"] = c.ray[:]
	if h.log.Enabled(r.Context(), slog.LevelDebug) {
		defer h.logAnswer(c, time.Now())
	}
	defer h.recoverPanic(c)
	if err := h.answer(c); err != nil {
		h.fail(c, err)
	}
}

// newRay makes a request id of the form that CF-RAY has: 16 hex digits and the
// place that answered.
func newRay() string {
	const place = "-BND"
	var id [8]byte
	for i, n := 0, rand.Uint64(); i < len(id); i++ {
		id[i] = byte(n >> (8 * i))
	}
	var text [16 + len(place)]byte
	hex.Encode(text[:], id[:])
	copy(text[16:], place)
	return string(text[:])
}

// answer takes a request through the gates and serves it.
func (h *handler) answer(c *call) error {
	if err := h.paths.match(c); err != nil {
		return err
	}
	if c.account != "" && !platform.ValidID(c.account) {
		return errAccountMalformed
	}
	if c.route.path == assetUpload || c.route.path == databaseFile {
		return c.route.serve(h, c) // who may is in the token of the upload, or in the path
	}
	var err error
	if c.holder, err = h.authenticate(c.r.Header); err != nil {
		return c.refusal(err)
	}
	if err := h.throttle.admit(c.holder.TokenID, h.now(), c.w.Header()); err != nil {
		return err
	}
	if c.route.need != "" {
		if err := c.holder.AllowIn(c.account, c.route.part(), c.route.need); err != nil {
			return err
		}
	}
	if c.route.need != "" && c.namespaceID == "" {
		if _, err := h.platform.Account(c.r.Context(), c.account); err != nil {
			return err
		}
	}
	if c.namespaceID != "" && !platform.ValidID(c.namespaceID) {
		return errNamespaceMalformed
	}
	return c.route.serve(h, c)
}

// refusal is err, except that the route which verifies tokens has a word of its own
// for those that are not known.
func (c *call) refusal(err error) error {
	unknown := errors.Is(err, kv.ErrUnauthenticated) && !errors.Is(err, platform.ErrCloudflareToken)
	if unknown && strings.HasSuffix(c.route.path, "/tokens/verify") {
		return errTokenUnknown
	}
	return err
}

// recoverPanic turns a bug into a 500, once it is logged. If the answer has begun,
// the connection is cut, so that nobody takes half a value for a whole one.
func (h *handler) recoverPanic(c *call) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	h.log.Error("request panicked", keyRay, c.ray[0], keyRoute, c.pattern(), keyPanic, v, keyStack, string(debug.Stack()))
	if c.status != 0 {
		panic(http.ErrAbortHandler)
	}
	h.fail(c, errInternal)
}

// fail answers with the problem that err is.
func (h *handler) fail(c *call, err error) {
	if c.r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		// Nobody is there to read an answer, or a client that closed the half of the
		// connection on which it sends. net/http takes both for gone, and would say 200
		// for us: what was not done must not look done.
		c.status = statusGone
		panic(http.ErrAbortHandler)
	}
	p := problemOf(err)
	c.code = p.code
	if p.status >= 500 {
		h.log.Error("request failed", keyRay, c.ray[0], keyRoute, c.pattern(), keyError, err)
	}
	if p.status == http.StatusMethodNotAllowed {
		c.w.Header().Set("Allow", c.allowed())
	}
	if later := retryAfter(err); later != "" {
		c.w.Header().Set("Retry-After", later)
	}
	c.json(p.status, envelope(c, err))
}
