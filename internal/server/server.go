// Package server composes platform, api and a store into one process: start,
// drain, stop. It is what bindery serve runs and what a rehearsal throws away.
//
// Start with [Open], then [Server.Listen] and [Server.Wait]. Whoever wants to make
// accounts, tokens or API keys in a data folder, whether a server runs on it or
// not, calls [Operate].
package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/metrics"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/tails"
	"github.com/bindery-dev/bindery/internal/workers"
)

// Options say what to serve. The zero value is a server in memory on a free port of 127.0.0.1.
type Options struct {
	Data   string // folder; "" keeps everything in memory
	Listen string // host:port; "" means 127.0.0.1:0
	TLS    TLS
	// AllowRemote permits an address that is no loopback without TLS. With or without it, such an address
	// needs a data folder: tokens that others are given have to outlive the process.
	AllowRemote bool
	Limits      Limits
	Log         *slog.Logger
	Now         func() time.Time
	Version     string
	Throttle    Throttle // how much a token may ask for; the zero value limits nothing
	// Runtime runs the Workers that are deployed; with none they are kept and judged, and answer nothing.
	Runtime workers.Runtime
	// Workerd makes Workers run, on it and in place of Runtime; nil for none.
	Workerd  *Workerd
	NoEgress bool // Workers make no outbound requests
	// Refused is told of each upload whose code does not start, and why; nil: nobody is.
	Refused func(account, worker string, err error)
	// AI is the endpoint of OpenAI's API that AI bindings lead to, as http://127.0.0.1:11434/v1, and AIKey its
	// bearer token, "" for none. Without an endpoint a call of such a binding is an error.
	AI    *url.URL
	AIKey string
	// WorkerPorts are ports of Workers beside that of Listen, where Workers answer too.
	WorkerPorts []WorkerPort
	// Around wraps everything that is served; nil for nothing. Tests hold all answers against the OpenAPI document by it.
	Around func(http.Handler) http.Handler

	// onDisk has the last word on a store on disk; nil for nothing. Tests break disks by it.
	onDisk func(*pebblekv.Options)
}

// Throttle is what the v4 API allows a token, and API and Workers together allow a key.
type Throttle struct {
	// Requests that a token may send within Window; 0 for as many as it likes.
	Requests int
	Window   time.Duration
	// KeyInterval is how long a key that was put refuses the next put; 0 for not at all.
	KeyInterval time.Duration
}

// OpenAPI is the document of what the v4 API takes and answers, as GET /openapi.json
// serves it.
func OpenAPI() []byte { return api.Document }

// CloudflareThrottle is what Cloudflare's API allows a token: 1,200 requests in 5 minutes.
var CloudflareThrottle = api.CloudflareThrottle

// Server is a running server.
type Server struct {
	o        Options // defaults filled in
	store    store
	platform *platform.Platform
	workers  *workers.Workers
	held     *resources.Resources
	messages *queues.Queues
	fleet    *fleet.Fleet // nil: no Worker runs
	tails    *tails.Hub   // nil with it
	api      http.Handler
	mux      *http.ServeMux // what is served beside the API
	metrics  *metrics.Metrics
	http     *http.Server
	inFlight atomic.Int64 // requests
	draining atomic.Bool

	listeners []net.Listener // the API's, then those of Options.WorkerPorts; none before Listen
	served    chan error     // what http.Server.Serve returned, for each of them
	running   *running       // nil without a data folder

	stop    sync.Once
	stopped error // of the once
}

// store is what a platform stands on.
type store interface {
	platform.Records
	platform.Data
	io.Closer
}

// Open opens the data folder: *InUseError if another process has it, other errors name the folder. Nothing listens yet.
func Open(o Options) (*Server, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Limits = o.Limits.withDefaults()
	secure, err := o.TLS.config(o.Log)
	if err != nil {
		return nil, err
	}
	st, err := openStore(o)
	if err != nil {
		return nil, err
	}
	p, err := platform.Open(st, st, platform.Options{Now: o.Now})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	held := resources.Open(st, resources.Options{Now: o.Now})
	pace := kv.NewPace(o.Throttle.KeyInterval)
	buckets := openBuckets(o, st, held)
	messages, err := openQueues(o, st, held)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	var runs *fleet.Fleet
	var sql api.Databases
	var watching *tails.Hub
	if o.Workerd != nil {
		if runs, watching, err = openFleet(o, p, held, buckets, messages, pace); err != nil {
			return nil, errors.Join(err, st.Close())
		}
		o.Runtime, sql = runs, runs
	}
	w := workers.Open(st, st, holdings{p, held}, workers.Options{Runtime: o.Runtime, Now: o.Now})
	s := &Server{
		o: o, store: st, platform: p, workers: w, held: held, messages: messages, fleet: runs, tails: watching,
		api: api.New(p, w, held, api.Options{
			Log: o.Log, Now: o.Now, Databases: sql, Objects: buckets, Messages: messages, Tails: watching,
			Pace: pace, Throttle: api.Throttle{Requests: o.Throttle.Requests, Window: o.Throttle.Window},
		}),
		mux: http.NewServeMux(),
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true) // what Limits bound are connections; HTTP/2 has many requests on one
	s.http = &http.Server{
		Protocols:         &protocols,
		Handler:           http.HandlerFunc(s.exchange),
		ReadHeaderTimeout: o.Limits.Header, // what follows the header is exchange's to limit
		IdleTimeout:       o.Limits.Idle,
		MaxHeaderBytes:    o.Limits.HeaderBytes,
		TLSConfig:         secure,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
		BaseContext:       s.portOf,
	}
	s.metrics = s.newMetrics()
	s.mux.Handle("GET /metrics", s.metrics.Handler())
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	if o.Around != nil {
		s.http.Handler = o.Around(s.http.Handler)
	}
	s.mux.HandleFunc("GET /{$}", s.about)
	s.mux.HandleFunc("GET /openapi.json", api.ServeDocument)
	s.mux.HandleFunc("/", nothingHere)
	if s.fleet != nil {
		s.mux.Handle("GET "+tails.Prefix, s.tails)
		if err := s.fleet.Attach(context.Background(), w); err != nil {
			return nil, errors.Join(err, s.fleet.Close(), st.Close())
		}
		if err := s.deliver(context.Background()); err != nil {
			messages.Close()
			return nil, errors.Join(err, s.fleet.Close(), st.Close())
		}
	}
	return s, nil
}

func openStore(o Options) (store, error) {
	if o.Data == "" {
		return memkv.New(memkv.Options{Now: o.Now}), nil
	}
	disk := pebblekv.Options{Dir: o.Data, Log: o.Log, Now: o.Now}
	if o.onDisk != nil {
		o.onDisk(&disk)
	}
	return pebblekv.Open(disk)
}

// InUseError: another process (or this one, a second time) has the data folder open.
type InUseError = pebblekv.InUseError

// holdings is what an account holds beside Workers.
type holdings struct {
	*platform.Platform
	*resources.Resources
}

// Platform is what the server keeps: accounts, tokens, namespaces, API keys.
func (s *Server) Platform() *platform.Platform { return s.platform }

// Workers is what the server keeps of Workers.
func (s *Server) Workers() *workers.Workers { return s.workers }

// Handle serves pattern (net/http's) beside the v4 API; to be called before Listen.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// exchange answers a request within the limits, and counts it.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	e := newExchange(w, r, &s.o.Limits, began)
	s.inFlight.Add(1)
	defer func() {
		s.inFlight.Add(-1)
		s.metrics.Answered(e.operation, e.status, time.Since(began), e.in, e.out)
	}()
	s.route(e, r)
}

// route keeps from the mux what it would clean and redirect: the API's paths, and those
// that would become one of them. "//client/v4/…/values/.." asks for less than the
// namespace that is left of it.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	switch sent := r.URL.EscapedPath(); {
	case s.routeToWorker(w, r):
	case s.fleet != nil && s.fleet.Serves(r.Host):
		s.fleet.ServeHTTP(w, r)
	case strings.HasPrefix(sent, api.Prefix+"/"):
		s.api.ServeHTTP(w, r)
	case !isClean(sent):
		nothingHere(w, r)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// isClean says whether a mux takes an escaped path as it is.
func isClean(p string) bool { return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/") }

// Listen binds the address and returns once requests are accepted: *AddressError says a port is in use, and what to do.
func (s *Server) Listen() error {
	listeners, err := listenAll(s.o)
	if err != nil {
		return err
	}
	for _, l := range listeners {
		s.listeners = append(s.listeners, netutil.LimitListener(stallListener{l, s.o.Limits.Stall}, s.o.Limits.Connections))
	}
	if s.o.Data != "" {
		if s.running, err = announce(s.o.Data, s.URL()); err != nil {
			s.listeners = nil
			return errors.Join(err, closeAll(listeners))
		}
		s.mux.Handle(operatorPrefix, newOperatorAPI(s.platform, s.store.(checkpointer), s.running.Secret))
	}
	s.served = make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() {
			if s.o.TLS != (TLS{}) {
				s.served <- s.http.ServeTLS(l, "", "")
				return
			}
			s.served <- s.http.Serve(l)
		}()
	}
	s.o.Log.Info("listening", "url", s.URL(), "data", s.o.Data)
	for i, url := range s.WorkerURLs() {
		log := s.o.Log.With("url", url)
		if port := s.o.WorkerPorts[i]; port.Worker != "" {
			log = log.With("worker", port.Worker)
		}
		log.Info("listening for Workers")
	}
	return nil
}

// URL is the server's root, as in http://127.0.0.1:8787, and BaseURL the v4 API's below it.
// A server on all interfaces is named by the loopback. Both are "" before Listen.
func (s *Server) URL() string {
	if s.listeners == nil {
		return ""
	}
	return s.urlOf(s.listeners[0])
}

func (s *Server) urlOf(l net.Listener) string {
	at := l.Addr().(*net.TCPAddr)
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if s.o.TLS != (TLS{}) {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, strconv.Itoa(at.Port))
}

// BaseURL is what CLOUDFLARE_API_BASE_URL should be.
func (s *Server) BaseURL() string {
	if s.listeners == nil {
		return ""
	}
	return s.URL() + api.Prefix
}

// Wait serves until ctx ends, then drains (up to Limits.Drain) and closes everything.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case err := <-s.served:
		s.served <- err // Close looks again
		return errors.Join(err, s.Close())
	case <-ctx.Done():
	}
	s.drain(context.WithoutCancel(ctx))
	return s.Close()
}

// drain refuses connections from now on, and answers what comes over those there are until no request
// is under way. http.Server.Shutdown alone would drop a request of which half had arrived.
func (s *Server) drain(ctx context.Context) {
	s.draining.Store(true)
	s.o.Log.Info("draining", "requests", s.inFlight.Load(), "for", s.o.Limits.Drain)
	ctx, cancel := context.WithTimeout(ctx, s.o.Limits.Drain)
	defer cancel()
	s.http.SetKeepAlivesEnabled(false)
	if s.tails != nil {
		s.tails.Close()
	}
	_ = closeAll(s.listeners)
	for again := time.NewTicker(5 * time.Millisecond); s.inFlight.Load() > 0 && ctx.Err() == nil; {
		select {
		case <-again.C:
		case <-ctx.Done():
		}
	}
	if err := s.http.Shutdown(ctx); err != nil {
		s.o.Log.Warn("requests cut off", "requests", s.inFlight.Load(), "after", s.o.Limits.Drain)
	}
}

// Close stops at once what is running and closes the store.
func (s *Server) Close() error {
	s.stop.Do(func() {
		err := s.http.Close()
		for range s.listeners {
			<-s.served
		}
		s.messages.Close()
		if s.fleet != nil {
			s.tails.Close()
			err = errors.Join(err, s.fleet.Close())
		}
		s.stopped = errors.Join(err, s.running.withdraw(), s.store.Close())
		s.o.Log.Info("stopped", "data", s.o.Data)
	})
	return s.stopped
}
