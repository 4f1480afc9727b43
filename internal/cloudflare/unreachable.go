package cloudflare

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// UnreachableError is no answer: refused, broken off or too late. errors.Is maps it
// to kv.ErrUnavailable.
type UnreachableError struct {
	URL     string        // the base URL, without user and password
	Timeout bool          // the deadline of the request passed
	After   time.Duration // that deadline
	Err     error
}

func (e *UnreachableError) Error() string {
	if e.Timeout {
		return fmt.Sprintf("no answer from %s within %s", e.URL, e.After)
	}
	return fmt.Sprintf("server at %s does not answer: %v", e.URL, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, kv.ErrUnavailable) hold.
func (e *UnreachableError) Is(target error) bool { return target == kv.ErrUnavailable }

// Hint says what to check.
func (e *UnreachableError) Hint() string {
	var dns *net.DNSError
	switch {
	case e.Timeout:
		return "the server is reached but slow, or a firewall swallows the request: try again, or check " + e.URL
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nothing listens there: is the server running (`bindery serve`), and is CLOUDFLARE_API_BASE_URL right?"
	case errors.As(e.Err, &dns):
		return "the host name is not known: check CLOUDFLARE_API_BASE_URL and the network"
	}
	return "check the network, a proxy (HTTPS_PROXY) and CLOUDFLARE_API_BASE_URL"
}

// unreachable words a failure of the transport. It is the caller's own ctx that
// tells a cancelled call, which keeps its error, from one whose time was up.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var op *url.Error // names the whole URL again, with the key in it
	if errors.As(err, &op) {
		err = op.Err
	}
	lost := &UnreachableError{URL: displayURL(c.o.BaseURL), After: c.o.Timeout, Err: err}
	var slow net.Error
	lost.Timeout = errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &slow) && slow.Timeout())
	return lost
}

// BaseURL says where the client sends its requests, fit for a message.
func (c *Client) BaseURL() string { return displayURL(c.o.BaseURL) }

// displayURL is a URL fit for a message: a password in it stays out, also of one that
// is no URL.
func displayURL(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Opaque == "" {
		return u.Redacted()
	}
	if at := strings.LastIndexByte(raw, '@'); at >= 0 {
		return "…" + raw[at:]
	}
	return raw
}

// BaseURLError is a base URL that is no URL of an API.
type BaseURLError struct {
	URL string // without password
	Err error
}

func (e *BaseURLError) Error() string { return fmt.Sprintf("base URL %q: %v", e.URL, e.Err) }
func (e *BaseURLError) Unwrap() error { return e.Err }

// Hint shows what one looks like.
func (*BaseURLError) Hint() string {
	return "CLOUDFLARE_API_BASE_URL looks like " + DefaultBaseURL + " or http://127.0.0.1:8787/client/v4"
}

// tokenError is a token that cannot even be sent.
type tokenError struct{}

var errTokenMalformed error = tokenError{}

func (tokenError) Error() string {
	return "the API token has a blank or another character that no token has"
}

// Hint says where to look.
func (tokenError) Hint() string { return "check CLOUDFLARE_API_TOKEN for quotes, blanks and line ends" }

// Is makes errors.Is(err, kv.ErrUnauthenticated) hold.
func (tokenError) Is(target error) bool { return target == kv.ErrUnauthenticated }
