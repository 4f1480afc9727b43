package api

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Throttle is how much a client may ask for, as Cloudflare limits it. The zero value
// limits nothing.
type Throttle struct {
	// Requests that a token may send within Window; whoever sends more is refused
	// for a Window from then on. Cloudflare: 1,200 in 5 minutes.
	Requests int
	Window   time.Duration
}

// CloudflareThrottle is what Cloudflare's API allows a token.
// developers.cloudflare.com/fundamentals/api/reference/limits
var CloudflareThrottle = Throttle{Requests: 1200, Window: 5 * time.Minute}

// throttle counts for a handler; nil limits nothing.
type throttle struct {
	Throttle
	policy [1]string // of the header Ratelimit-Policy

	mu     sync.Mutex
	tokens map[string]*allowance // by token id, so there are no more than tokens
}

// allowance is what is left to a token.
type allowance struct {
	sent int
	ends time.Time // of the window, or of being refused
}

func newThrottle(t Throttle) *throttle {
	if t.Requests <= 0 {
		return nil
	}
	policy := fmt.Sprintf(`"default";q=%d;w=%d`, t.Requests, wholeSeconds(t.Window))
	return &throttle{Throttle: t, policy: [1]string{policy}, tokens: map[string]*allowance{}}
}

// throttledError: a token asked for too much too soon. It is errThrottled.
type throttledError struct {
	after int // seconds until it is worth to try again
}

func (e *throttledError) Error() string        { return errThrottled.Error() }
func (e *throttledError) Is(target error) bool { return target == errThrottled }

// admit counts a request of a token, and tells the client where it stands in the
// headers that Cloudflare has on every answer.
func (t *throttle) admit(token string, now time.Time, header http.Header) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	a := t.tokens[token]
	if a == nil || !now.Before(a.ends) {
		a = &allowance{ends: now.Add(t.Window)}
		t.tokens[token] = a
	}
	a.sent++
	if a.sent == t.Requests+1 {
		a.ends = now.Add(t.Window)
	}
	left, rest := max(t.Requests-a.sent, 0), wholeSeconds(a.ends.Sub(now))
	refused := a.sent > t.Requests
	t.mu.Unlock()

	header["Ratelimit-Policy"] = t.policy[:]
	header["Ratelimit"] = []string{fmt.Sprintf(`"default";r=%d;t=%d`, left, rest)}
	if refused {
		return &throttledError{after: rest}
	}
	return nil
}

// admitPairs takes out the pairs whose keys may not be put again yet: a bulk put reports
// those keys and stores the rest. A key may be in one call as often as it likes.
func (h *handler) admitPairs(c *call, pairs []kv.Pair) (admitted []kv.Pair, refused []string) {
	refused = []string{} // never null in an answer
	if h.pace == nil {
		return pairs, refused
	}
	now := h.now()
	verdicts := make(map[string]bool, len(pairs))
	for _, p := range pairs {
		ok, judged := verdicts[p.Key]
		if !judged {
			ok = h.pace.Admit(c.account, c.namespaceID, p.Key, now) == nil
			verdicts[p.Key] = ok
		}
		switch {
		case ok:
			admitted = append(admitted, p)
		case !judged:
			refused = append(refused, p.Key)
		}
	}
	return admitted, refused
}

// wholeSeconds rounds up: who comes back after them is not early.
func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// retryAfter is the value of the header of that name; "" for an error that has none.
func retryAfter(err error) string {
	var token *throttledError
	var key *kv.TooSoonError
	switch {
	case errors.As(err, &token):
		return strconv.Itoa(max(token.after, 1))
	case errors.As(err, &key):
		return strconv.Itoa(wholeSeconds(key.After))
	}
	return ""
}
