// Package kvbinding speaks the protocol of a Workers KV binding: what the runtime,
// workerd, sends when a Worker calls get, getWithMetadata, put, delete or list.
//
// [Handler] serves it over HTTP/1.1, for any number of namespaces: whoever composes it
// says which one a request means, usually by a header that workerd's configuration
// injects and that no Worker can set. The protocol is not the REST API: values travel
// bare, metadata in a header, and a refusal in the reason phrase of the status line,
// which the Worker sees as "Error: KV PUT failed: 413 Value length of …".
//
// What is refused, and in which words, is what Cloudflare's own simulator refuses;
// the tests of conformance/kv_binding_test.go run one Worker on both.
package kvbinding

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Opener says which namespace a request means. Its errors reach the Worker by their
// kind: kv.ErrNamespaceNotFound as 400, kv.ErrUnauthenticated as 401, kv.ErrPermission
// as 403, kv.ErrUnavailable as 503, any other as 500. The namespace has to be a
// kv.Streamer too, as every store of this module is.
type Opener func(*http.Request) (kv.Namespace, error)

// Options of a handler. The zero value is ready to use.
type Options struct {
	Log *slog.Logger     // is told of failures that are ours; nil: nobody is
	Now func() time.Time // nil: time.Now
	// AdmitPut may refuse a put that has nothing else against it, as too soon (kv.ErrTooSoon,
	// which reaches the Worker as 429); nil takes all.
	AdmitPut func(r *http.Request, key string) error
}

// Handler serves the bindings of the namespaces that open finds. Give it a server of its
// own, without http.ServeMux, which would rewrite the paths of odd keys, and with an
// IdleTimeout well above the 5 s after which workerd itself lets go of a connection (0
// is fine): a put on a connection that closes is lost.
func Handler(open Opener, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AdmitPut == nil {
		o.AdmitPut = func(*http.Request, string) error { return nil }
	}
	return &handler{open: open, log: o.Log, now: o.Now, admitPut: o.AdmitPut}
}

type handler struct {
	open     Opener
	log      *slog.Logger
	now      func() time.Time
	admitPut func(*http.Request, string) error
}

// namespace is what the calls are served from.
type namespace interface {
	kv.Namespace
	kv.Streamer
}

var errNoStreams = errors.New("the namespace cannot stream values")

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.serve(w, r); err != nil {
		h.refuse(w, r, err)
	}
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	opened, err := h.open(r)
	if err != nil {
		return err
	}
	ns, ok := opened.(namespace)
	if !ok {
		return errNoStreams
	}
	c, err := parse(r.Method, r.RequestURI)
	if err != nil {
		return err
	}
	switch c.op {
	case opGet:
		return h.get(w, r, ns, c)
	case opPut:
		return h.put(w, r, ns, c)
	case opDelete:
		return h.delete(w, r, ns, c)
	case opList:
		return h.list(w, r, ns, c)
	default:
		return h.bulkGet(w, r, ns)
	}
}

func (h *handler) delete(w http.ResponseWriter, r *http.Request, ns namespace, c call) error {
	if err := checkKey(c.key); err != nil {
		return err
	}
	if err := ns.Delete(r.Context(), c.key); err != nil {
		return err
	}
	done(w)
	return nil
}

// done answers a write.
func done(w http.ResponseWriter) {
	w.Header()["Content-Length"] = []string{"0"}
	w.WriteHeader(http.StatusOK)
}

// cut ends an answer that has begun and cannot be finished: the connection is closed, so
// that no Worker takes half a value for a whole one.
func (h *handler) cut(ctx context.Context, c call, err error) {
	if ctx.Err() == nil {
		h.log.Error("KV answer cut off", keyOperation, c.op, keyError, err)
	}
	panic(http.ErrAbortHandler)
}

// Keys of log lines.
const (
	keyOperation = "operation"
	keyError     = "error"
)
