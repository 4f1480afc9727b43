package probe

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// quota allows burst events at once and then one every interval.
type quota struct {
	every time.Duration
	burst int
}

// How often the endpoints answer. A monitor that asks once a second is well
// within; a self-test costs each binding a write, and on a paid account money.
var (
	requestsPerKey     = quota{every: 500 * time.Millisecond, burst: 60}
	failuresPerAddress = quota{every: 6 * time.Second, burst: 10}
	selfTestRuns       = quota{every: 2 * time.Second, burst: 20}
)

// maxCallers bounds the memory of a limiter: beyond it, new callers share one bucket.
const maxCallers = 10_000

// limiter keeps a token bucket for each caller. It is safe for concurrent use.
type limiter struct {
	quota quota
	now   func() time.Time

	mu      sync.Mutex
	callers map[string]*rate.Limiter
	swept   time.Time
}

func newLimiter(q quota, now func() time.Time) *limiter {
	return &limiter{quota: q, now: now, callers: map[string]*rate.Limiter{}}
}

// take uses one event of caller's quota; a result above 0 refuses it and says when to come back.
func (l *limiter) take(caller string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	bucket := l.bucket(caller, now)
	reserved := bucket.ReserveN(now, 1)
	wait := reserved.DelayFrom(now)
	if wait > 0 {
		reserved.CancelAt(now)
	}
	return wait
}

// bucket returns caller's bucket. The caller of it holds l.mu.
func (l *limiter) bucket(caller string, now time.Time) *rate.Limiter {
	const shared = "" // no address and no digest
	if l.callers[caller] == nil && len(l.callers) >= maxCallers {
		l.sweep(now)
		if len(l.callers) >= maxCallers {
			caller = shared
		}
	}
	bucket := l.callers[caller]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Every(l.quota.every), l.quota.burst)
		l.callers[caller] = bucket
	}
	return bucket
}

// sweep drops full buckets, which say no more than none; at most once a second, as
// it looks at all of them.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Second {
		return
	}
	l.swept = now
	for caller, bucket := range l.callers {
		if bucket.TokensAt(now) >= float64(l.quota.burst) {
			delete(l.callers, caller)
		}
	}
}
