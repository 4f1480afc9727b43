// Package metrics turns what a server does into Prometheus series. It is the only room
// that knows Prometheus.
//
// Start with [New]; [Metrics.Answered] takes in a request, [Metrics.Handler] shows all.
// No series is labelled by anything that a client chooses: not by account, namespace,
// key or token. docs/operations.md lists the names (a test holds it to them).
package metrics

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// Options of New. The functions are called at each scrape.
type Options struct {
	Operations []string // what Answered may be told; everything else is Other
	Version    string
	// Held counts what the platform keeps; on an error its series are left out.
	Held func() (platform.Counts, error)
	// Store is nil when everything is in memory.
	Store func() (pebblekv.Stats, error)
	// InFlight counts the requests that are being answered.
	InFlight func() int64
	// Ready says whether requests are welcome.
	Ready func() bool
}

// Other is the operation of requests that are none of the API's.
const Other = "other"

// buckets of latency: a get from memory takes tens of microseconds, a synced write
// milliseconds, a bulk put or a large value over a slow link seconds.
var buckets = []float64{
	.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60,
}

// Metrics is safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	operations map[string]*operation // never changes, so that a request takes no lock

	requests, received, sent *prometheus.CounterVec
	took                     *prometheus.HistogramVec
}

// operation is the series of one operation, made when it is first answered.
type operation struct {
	make     sync.Once
	classes  [6]prometheus.Counter // by status/100; 0 and 1 are nil
	took     prometheus.Observer
	received prometheus.Counter
	sent     prometheus.Counter
}

// New makes the series. Those of an operation are there once it was asked for: most servers
// never see most of them.
func New(o Options) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), operations: map[string]*operation{}}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bindery_requests_total", Help: "Requests answered, by operation and class of status.",
	}, []string{"operation", "status"})
	m.took = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "bindery_request_duration_seconds", Help: "Time from a request's header to the end of its answer, by operation.", Buckets: buckets,
	}, []string{"operation"})
	m.received = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bindery_received_bytes_total", Help: "Bytes of request bodies that were read, by operation.",
	}, []string{"operation"})
	m.sent = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "bindery_sent_bytes_total", Help: "Bytes of answers' bodies, by operation.",
	}, []string{"operation"})
	for _, name := range append([]string{Other}, o.Operations...) {
		m.operations[name] = &operation{}
	}
	m.registry.MustRegister(m.requests, m.took, m.received, m.sent,
		state{held: o.Held, store: o.Store, ready: o.Ready},
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "bindery_requests_in_flight", Help: "Requests that are being answered.",
		}, func() float64 { return float64(o.InFlight()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "bindery_build_info", Help: "1, with the version as its label.", ConstLabels: prometheus.Labels{"version": o.Version},
		}, func() float64 { return 1 }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Answered takes in a request: its status, how long it took, and the bytes of both bodies.
func (m *Metrics) Answered(name string, status int, took time.Duration, received, sent int64) {
	op := m.operations[name]
	if op == nil {
		name, op = Other, m.operations[Other]
	}
	op.make.Do(func() { m.begin(name, op) })
	if class := status / 100; 2 <= class && class <= 5 {
		op.classes[class].Inc()
	}
	op.took.Observe(took.Seconds())
	op.received.Add(float64(received))
	op.sent.Add(float64(sent))
}

// begin makes the series of an operation, all of them at 0.
func (m *Metrics) begin(name string, op *operation) {
	op.took, op.received, op.sent = m.took.WithLabelValues(name), m.received.WithLabelValues(name), m.sent.WithLabelValues(name)
	for class, text := range map[int]string{2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"} {
		op.classes[class] = m.requests.WithLabelValues(name, text)
	}
}

// Handler shows all series in Prometheus' text format, or OpenMetrics when that is asked for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
	})
}
