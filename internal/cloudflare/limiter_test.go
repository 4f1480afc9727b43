package cloudflare_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// near is our server's real handler, reached without a network: so that its clock and the client's can be a bubble's.
type near struct {
	handler http.Handler
	delay   time.Duration // each way
	alter   func(http.Header)
	sent    atomic.Int64
	refused atomic.Int64
}

func (n *near) RoundTrip(r *http.Request) (*http.Response, error) {
	n.sent.Add(1)
	time.Sleep(n.delay)
	rec := httptest.NewRecorder()
	n.handler.ServeHTTP(rec, r)
	time.Sleep(n.delay)
	res := rec.Result()
	if res.StatusCode == http.StatusTooManyRequests {
		n.refused.Add(1)
	}
	if n.alter != nil {
		n.alter(res.Header)
	}
	return res, nil
}

// throttled opens a server with a limit, and makes as many tokens for it.
func throttledServer(t *testing.T, calls int, window time.Duration, tokens int) (*near, []cloudflare.Token) {
	t.Helper()
	n := &near{delay: 3 * time.Millisecond}
	s, err := server.Open(server.Options{
		Throttle: server.Throttle{Requests: calls, Window: window},
		Around:   func(h http.Handler) http.Handler { n.handler = h; return h },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var all []cloudflare.Token
	for i := range tokens {
		secret, _, err := s.Platform().CreateToken(context.Background(), platform.TokenInfo{Name: fmt.Sprint(i), Permission: platform.Read})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cloudflare.Token(secret))
	}
	return n, all
}

func (n *near) client(token cloudflare.Token, l *cloudflare.Limiter, patience time.Duration) *cloudflare.Client {
	return cloudflare.New(cloudflare.Options{
		BaseURL: "http://api.test/client/v4", Token: token, HTTP: &http.Client{Transport: n}, Limiter: l, Patience: patience,
	})
}

// ask sends so many calls, several at once.
func ask(t *testing.T, c *cloudflare.Client, calls, parallel int) {
	t.Helper()
	var left atomic.Int64
	left.Store(int64(calls))
	var all sync.WaitGroup
	for range parallel {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := c.Verify(t.Context()); err != nil {
					t.Errorf("a call failed: %v", err)
				}
			}
		})
	}
	all.Wait()
}

// Against our server's limit, a job sends no call in vain, and uses what it may: it takes hardly longer than the limit.
func TestAJobUsesItsWindowsAndIsNeverRefused(t *testing.T) {
	for _, row := range []struct {
		limit    int
		window   time.Duration
		calls    int
		parallel int
		delay    time.Duration // of an answer
		floor    time.Duration // the first limit at once, then a window for each
	}{
		{1200, 5 * time.Minute, 600, 1, 6 * time.Millisecond, 0},
		{1200, 5 * time.Minute, 1_300, 1, 6 * time.Millisecond, 5 * time.Minute},
		{1200, 5 * time.Minute, 3_700, 8, 6 * time.Millisecond, 15 * time.Minute},
		{60, time.Second, 600, 1, 6 * time.Millisecond, 9 * time.Second},
		{60, time.Second, 600, 4, 6 * time.Millisecond, 9 * time.Second},
		{40, time.Minute, 175, 4, 6 * time.Millisecond, 4 * time.Minute},
		{200, time.Minute, 700, 16, 2 * time.Second, 3 * time.Minute},
	} {
		t.Run(fmt.Sprintf("%d in %s, %d calls by %d", row.limit, row.window, row.calls, row.parallel), func(t *testing.T) {
			n, tokens := throttledServer(t, row.limit, row.window, 1)
			n.delay = row.delay / 2
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				ask(t, n.client(tokens[0], nil, time.Hour), row.calls, row.parallel)
				took := time.Since(started)
				if most := row.floor*115/100 + row.window/2 + 5*time.Second; took < row.floor || took > most {
					t.Errorf("%d calls took %s, want %s to %s", row.calls, took, row.floor, most)
				}
				if sent := n.sent.Load(); sent != int64(row.calls) || n.refused.Load() != 0 {
					t.Errorf("%d calls were sent and %d refused, want %d and 0", sent, n.refused.Load(), row.calls)
				}
			})
		})
	}
}

func TestASmallJobIsNotSlowedDown(t *testing.T) {
	n, tokens := throttledServer(t, 100, 5*time.Minute, 1)
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		ask(t, n.client(tokens[0], nil, time.Hour), 50, 1)
		if took := time.Since(started); took != 50*2*n.delay {
			t.Errorf("50 of 100 calls took %s, want no more than their own %s", took, 50*2*n.delay)
		}
		started = time.Now()
		ask(t, n.client(tokens[0], nil, time.Hour), 10, 1) // another process, which learns with its first answer
		if took := time.Since(started); took < 10*time.Second {
			t.Errorf("10 of the calls that are left took %s, want them spread", took)
		}
	})
}

// An API that rounds down is asked a moment too early, once; the next windows are given a second more.
func TestAnAPIThatRoundsDown(t *testing.T) {
	n, tokens := throttledServer(t, 20, 10*time.Second, 1)
	n.alter = func(h http.Header) {
		var r, s int
		if _, err := fmt.Sscanf(h.Get("Ratelimit"), `"default";r=%d;t=%d`, &r, &s); err != nil {
			t.Error(err)
		}
		h.Set("Ratelimit", fmt.Sprintf(`"default";r=%d;t=%d`, r, s-1))
	}
	synctest.Test(t, func(t *testing.T) {
		ask(t, n.client(tokens[0], nil, time.Hour), 400, 1)
		if n.refused.Load() > 1 {
			t.Errorf("%d calls were refused, want at most 1", n.refused.Load())
		}
	})
}

// Clients of one token count together, those of another do not; what somebody else uses up is seen.
func TestTheLimitIsTheTokens(t *testing.T) {
	n, tokens := throttledServer(t, 20, time.Minute, 2)
	synctest.Test(t, func(t *testing.T) {
		var ours cloudflare.Limiter
		started := time.Now()
		ask(t, n.client(tokens[0], &ours, time.Hour), 15, 1)
		ask(t, n.client(tokens[0], &ours, time.Hour), 15, 1)
		if took := time.Since(started); took < time.Minute || n.refused.Load() != 0 {
			t.Errorf("30 calls by two clients of a token that has 20 a minute took %s with %d refused, want more than a minute and 0", took, n.refused.Load())
		}
		started = time.Now()
		ask(t, n.client(tokens[1], &ours, time.Hour), 10, 1)
		if took := time.Since(started); took > time.Second {
			t.Errorf("10 calls with another token took %s, want them at once", took)
		}
		// Another process, whose limiter is its own, uses up what is left; ours gives way, and comes back.
		ask(t, n.client(tokens[1], nil, time.Hour), 5, 1)
		ask(t, n.client(tokens[1], &ours, time.Hour), 25, 1)
		if n.refused.Load() > 1 {
			t.Errorf("%d calls were refused, want at most the one that no header foretold", n.refused.Load())
		}
	})
}

// An API that only refuses is obeyed, then asked at the pace that Cloudflare publishes, and after a window in which
// nothing was refused as fast as before.
func TestAnAPIThatOnlyRefuses(t *testing.T) {
	quiet := throttled
	quiet.status = 200 // Cloudflare was seen to do this
	for name, row := range map[string]struct {
		refusal answer
		blocked time.Duration
	}{
		"429 with Retry-After": {after(throttled, "300"), 5 * time.Minute},
		"971 inside a 200":     {after(quiet, "300"), 5 * time.Minute},
		"without Retry-After":  {throttled, 400 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &answers{list: []answer{fine, row.refusal, fine}}
				var waits []string
				c := cloudflare.New(cloudflare.Options{
					HTTP: &http.Client{Transport: a}, Patience: 10 * time.Minute, Waiting: func(w cloudflare.Wait) { waits = append(waits, w.String()) },
				})
				verify := func(n int) {
					for range n {
						if err := c.Verify(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
				}
				verify(2)
				if waited := a.sent[2].Sub(a.sent[1]); waited < row.blocked || waited > row.blocked+time.Second {
					t.Errorf("after the refusal it waited %s, want %s", waited, row.blocked)
				}
				verify(100)
				if took := a.sent[102].Sub(a.sent[2]); took < 24*time.Second || took > 26*time.Second {
					t.Errorf("100 calls after it took %s, want 25s", took)
				}
				time.Sleep(5 * time.Minute)
				started := time.Now()
				verify(1000)
				if took := time.Since(started); took != 0 {
					t.Errorf("1000 calls a window later took %s, want them at once", took)
				}
				if told := len(waits) == 1 && waits[0] == "waiting 5m0s: the account allows 1,200 calls in 5 minutes"; told != (row.blocked > time.Second) {
					t.Errorf("told %q of waiting for %s", waits, row.blocked)
				}
				if c.Calls() != int64(len(a.sent)) {
					t.Errorf("%d calls are counted, want %d", c.Calls(), len(a.sent))
				}
			})
		})
	}
}

// Whoever is not patient hears of it at once, and the API is not asked in vain; an ended context ends any wait.
func TestWaitsEnd(t *testing.T) {
	n, tokens := throttledServer(t, 3, 5*time.Minute, 1)
	synctest.Test(t, func(t *testing.T) {
		var l cloudflare.Limiter
		ask(t, n.client(tokens[0], &l, time.Hour), 3, 1)
		started := time.Now()
		err := n.client(tokens[0], &l, 0).Verify(t.Context())
		var limited *cloudflare.LimitError
		if !errors.As(err, &limited) || !errors.Is(err, kv.ErrUnavailable) || limited.Hint() == "" {
			t.Errorf("got %v, want a LimitError with a hint", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := n.client(tokens[0], &l, time.Hour).Verify(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(started); took != time.Second || n.sent.Load() != 3 {
			t.Errorf("got %d calls, the last two in %s; want 3, and 1s", n.sent.Load(), took)
		}
	})
}
