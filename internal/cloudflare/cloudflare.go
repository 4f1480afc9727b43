// Package cloudflare is a client of Cloudflare's v4 API, as far as bindings need
// it: who a token is, which accounts it sees, and their KV namespaces. The same
// client talks to api.cloudflare.com and to bindery serve; nothing in it knows which.
//
// Start with [New]. [Client.Namespace] gives a namespace of an account as a
// kv.Namespace (it also implements kv.Bulk).
//
// An answer that says no is an [*APIError], no answer an [*UnreachableError]. Both
// compare with the sentinels of package kv and have a Hint for the user.
package cloudflare

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// DefaultBaseURL is where Cloudflare serves the API.
const DefaultBaseURL = "https://api.cloudflare.com/client/v4"

// Options say where and as whom. BaseURL is taken verbatim, as wrangler takes
// CLOUDFLARE_API_BASE_URL; "" means DefaultBaseURL.
type Options struct {
	BaseURL   string
	Token     Token
	HTTP      *http.Client  // nil: a client of its own, with timeouts
	Timeout   time.Duration // of one request; 0 means 30 s
	Retries   int           // further tries of an idempotent request on 429, 5xx, broken connection; negative means none; 0 means 2
	Log       *slog.Logger
	UserAgent string
	// Limiter is shared by the clients of a process; nil: one of its own.
	Limiter *Limiter
	// Patience is how long a call that is not sent, or refused, for the API's limit waits in all, however often that is;
	// for jobs that move data. 0 means 20 s and no more than Retries.
	Patience time.Duration
	// Waiting is told of waits of a second and more, by several goroutines at once; nil if nobody asks.
	Waiting func(Wait)
}

// Token is an API token. It prints as ***.
type Token string

func (Token) String() string       { return "***" }
func (Token) GoString() string     { return "***" }
func (Token) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText keeps a token out of JSON and of every other text form.
func (Token) MarshalText() ([]byte, error) { return []byte("***"), nil }

// Client is safe for concurrent use.
type Client struct {
	o     Options // defaults filled in
	http  http.Client
	pace  *pace // of the token
	calls atomic.Int64
}

// New returns a client; it does not connect.
func New(o Options) *Client {
	o.BaseURL = strings.TrimSuffix(cmp.Or(o.BaseURL, DefaultBaseURL), "/")
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Retries = max(cmp.Or(o.Retries, 2), 0)
	o.UserAgent = cmp.Or(o.UserAgent, "bindery")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Limiter == nil {
		o.Limiter = &Limiter{}
	}
	c := &Client{o: o, pace: o.Limiter.of(o.BaseURL, o.Token)}
	if o.HTTP != nil {
		c.http = *o.HTTP
	} else {
		c.http.Transport = newTransport()
	}
	// The API redirects nobody. Whoever does is no API, and must not be handed the
	// token on the word of its Location header.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// newTransport is the default one, with room for the parallel requests of one
// process to one host.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	t.TLSHandshakeTimeout = 10 * time.Second
	return t
}

// Calls is how many requests were sent, also those that were refused or not answered.
func (c *Client) Calls() int64 { return c.calls.Load() }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
