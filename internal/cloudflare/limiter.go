package cloudflare

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// published is what Cloudflare allows a token, for an API that refuses and does not say what it allows.
// developers.cloudflare.com/fundamentals/api/reference/limits
var published = limit{calls: 1200, length: 5 * time.Minute}

// Limiter keeps the calls of all clients that share it within what the API allows each token. It learns that from the
// headers Ratelimit and Ratelimit-Policy of any answer, and from refusals (HTTP 429, or code 971 under any status).
//
// Calls go at full speed until half of a window is used up, and then evenly over the rest of it: a small job is never
// slowed down, a large one uses its windows to the end without being refused, and others with the same token always
// find something left. After a refusal nobody calls before the time that it names. A new window is a new beginning.
//
// The zero value is ready, and safe for concurrent use.
type Limiter struct {
	mu    sync.Mutex
	paces map[paced]*pace
}

// paced is what the API counts by. It is in memory only, and never printed.
type paced struct {
	baseURL string
	token   Token
}

func (l *Limiter) of(baseURL string, token Token) *pace {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.paces == nil {
		l.paces = map[paced]*pace{}
	}
	key := paced{baseURL, token}
	if l.paces[key] == nil {
		l.paces[key] = &pace{windows: map[string]*window{}}
	}
	return l.paces[key]
}

// limit is how many calls may be sent in a window of some length; zero where that is not known.
type limit struct {
	calls  int
	length time.Duration
}

// String is "1,200 calls in 5 minutes".
func (l limit) String() string {
	unit, name := time.Second, "second"
	if l.length >= time.Minute && l.length%time.Minute == 0 {
		unit, name = time.Minute, "minute"
	}
	n := int(l.length / unit)
	if n != 1 {
		name += "s"
	}
	calls := strconv.Itoa(l.calls)
	for at := len(calls) - 3; at > 0; at -= 3 {
		calls = calls[:at] + "," + calls[at:]
	}
	return fmt.Sprintf("%s calls in %d %s", calls, n, name)
}

// Wait is time for which the API is not called.
type Wait struct {
	For   time.Duration
	limit limit
}

// String is "waiting 12s: the account allows 1,200 calls in 5 minutes".
func (w Wait) String() string {
	text := fmt.Sprintf("waiting %s: ", max(w.For.Round(time.Second), time.Second))
	if w.limit.calls == 0 || w.limit.length == 0 {
		return text + "the API asks for it"
	}
	return text + "the account allows " + w.limit.String()
}

// LimitError: a call was not sent, as it would have been refused. errors.Is maps it to kv.ErrUnavailable.
type LimitError struct{ Wait Wait }

func (e *LimitError) Error() string {
	return fmt.Sprintf("the API takes no more calls of this token for %s", e.Wait.For.Round(time.Second))
}

// Is makes errors.Is(err, kv.ErrUnavailable) hold.
func (*LimitError) Is(target error) bool { return target == kv.ErrUnavailable }

// Hint says what to do.
func (*LimitError) Hint() string { return throttledHint }

// pace is what is known about one token.
type pace struct {
	mu       sync.Mutex
	windows  map[string]*window // by the API's names
	flying   int                // calls that were sent and not answered
	blocked  time.Time          // nobody calls before
	refusals int                // in a row that did not say how long to wait
	slack    time.Duration      // by which this API's windows end later than it says
}

// window is a limit, and where it stands. All of it errs on the side of fewer calls.
type window struct {
	limit
	left    int // calls
	began   time.Time
	ends    time.Time
	next    time.Time // no call before, so that they are spread
	guessed bool      // the API did not speak of it
}

// admit counts a call, or says how long to wait before asking again.
func (p *pace) admit(now time.Time) Wait {
	p.mu.Lock()
	defer p.mu.Unlock()
	ready := p.blocked
	var by limit
	for name, w := range p.windows {
		if !now.Before(w.ends) {
			if w.guessed { // and in all of it nothing was refused
				delete(p.windows, name)
				continue
			}
			w.renew(now, p)
		}
		at := w.next
		if w.left <= 0 {
			at = w.ends
		}
		if by.calls == 0 || at.After(ready) {
			by = w.limit
		}
		if at.After(ready) {
			ready = at
		}
	}
	if ready.After(now) {
		return Wait{For: ready.Sub(now), limit: by}
	}
	for _, w := range p.windows {
		w.take(now)
	}
	p.flying++
	return Wait{}
}

// renew begins a window. That it ends a second too late is put right by the first answer.
func (w *window) renew(now time.Time, p *pace) {
	w.left, w.began, w.ends, w.next = w.calls-p.flying, now, now.Add(w.length+p.slack+time.Second), time.Time{}
}

// take counts a call, and says when the next one may be.
func (w *window) take(now time.Time) {
	w.left--
	if w.guessed || w.left < w.calls/2 {
		w.next = now.Add(w.ends.Sub(now) / time.Duration(max(w.left, 0)+1))
	}
}

// answered takes note of the answer to a call: h is nil if there was none. A call that was refused is one that may be
// sent again later.
func (p *pace) answered(sent, now time.Time, h http.Header, refused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flying--
	if refused {
		p.refused(sent, now, retryAfter(h, now))
	} else if h != nil {
		p.refusals = 0
	}
	for _, r := range readRates(h) {
		p.learn(sent, now, r)
	}
}

// refused stops all calls for the time that the API named, or for some that grows.
func (p *pace) refused(sent, now time.Time, wait time.Duration) {
	fresh := !sent.Before(p.blocked) // calls that were under way together are refused once
	if wait == 0 {
		if !fresh {
			return
		}
		wait = backoff(p.refusals)
		p.refusals++
	}
	if until := now.Add(wait); until.After(p.blocked) {
		p.blocked = until
	}
	known := false
	for _, w := range p.windows {
		known = known || !w.guessed
		if fresh && !w.guessed && w.left > 0 {
			p.slack = time.Second // it rounds down
		}
	}
	if !known {
		p.windows[""] = &window{limit: published, left: published.calls, began: p.blocked, ends: p.blocked.Add(published.length), guessed: true}
	}
}

// learn takes over what an answer says of a window.
func (p *pace) learn(sent, now time.Time, r rate) {
	left, ends := r.left-p.flying, now.Add(r.resets+p.slack) // those under way may not be counted yet
	w := p.windows[r.name]
	switch {
	case w == nil:
		delete(p.windows, "")
		w = &window{left: left, began: sent, ends: ends}
		p.windows[r.name] = w
	case sent.Before(w.began): // it speaks of the window before
		return
	case sent.Add(r.resets).After(w.ends.Add(time.Second)): // another window, which began earlier than we thought
		w.left, w.began, w.ends, w.next = left, sent, ends, time.Time{}
	default:
		w.left = min(w.left, left)
		if ends.Before(w.ends) {
			w.ends = ends
		}
	}
	w.calls, w.length = max(w.calls, r.left+1), max(w.length, r.resets)
	if r.policy != (limit{}) {
		w.limit = r.policy
	}
}
