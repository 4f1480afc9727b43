package kv

import (
	"sync"
	"time"
)

// Pace limits how often a key may be put: once in an interval, whichever way it comes.
// Cloudflare's is a second (developers.cloudflare.com/kv/platform/limits). It is for whoever
// takes puts from clients, and safe for concurrent use; a nil Pace limits nothing.
type Pace struct {
	interval time.Duration

	// When keys were put. Those of two intervals are kept, so that a put needs no
	// more than to look into both.
	mu           sync.Mutex
	since        time.Time
	puts, before map[paced]time.Time
}

// paced is a key in a namespace of an account: two accounts may have namespaces of one id.
type paced struct{ account, namespace, key string }

// NewPace returns nil for an interval of 0.
func NewPace(interval time.Duration) *Pace {
	if interval <= 0 {
		return nil
	}
	return &Pace{interval: interval, puts: map[paced]time.Time{}}
}

// Admit counts a put of a key in the account's namespace with this id, or refuses it with a
// *TooSoonError.
func (p *Pace) Admit(account, namespace, key string, now time.Time) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.since) >= p.interval {
		p.before, p.puts, p.since = p.puts, map[paced]time.Time{}, now
	}
	name := paced{account, namespace, key}
	last, ok := p.puts[name]
	if !ok {
		last, ok = p.before[name]
	}
	if ok && now.Sub(last) < p.interval {
		return &TooSoonError{After: p.interval - now.Sub(last)}
	}
	p.puts[name] = now
	return nil
}

// TooSoonError: a key was put again too soon. It is ErrTooSoon.
type TooSoonError struct {
	After time.Duration // until it may be put again
}

func (e *TooSoonError) Error() string { return ErrTooSoon.Error() }

// Is makes it ErrTooSoon.
func (e *TooSoonError) Is(target error) bool { return target == ErrTooSoon }
