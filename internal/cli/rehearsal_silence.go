package cli

import (
	"fmt"
	"strings"
	"sync"
)

// refusal is an upload whose code did not start, and what the server answered.
type refusal struct {
	worker string
	err    error
}

// refusals are those of a rehearsal's server, which several clients may be asking.
type refusals struct {
	mu  sync.Mutex
	all []refusal
}

func (r *refusals) add(_, worker string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, refusal{worker, err})
}

func (r *refusals) last() *refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return nil
	}
	return &r.all[len(r.all)-1]
}

// silence says that a deploy was ended as nothing came of it; "" if it was not.
func (d *deployment) silence() string {
	if d.outcome.Silent == 0 {
		return ""
	}
	return fmt.Sprintf("%s printed nothing for %s, and was ended", d.shown, d.outcome.Silent)
}

// silenceAdvice says what is the likely reason. Wrangler profiles code that takes too long to start before it says that it was
// refused for that: where the code never ends, nor does the profile.
func (d *deployment) silenceAdvice() string {
	const otherwise = "run it by hand to see what it waits for; --timeout lets it be silent for longer"
	if d.refused == nil {
		return otherwise
	}
	why, _, _ := strings.Cut(d.refused.err.Error(), "\n")
	before := fmt.Sprintf("the server had refused Worker %q: %s", d.refused.worker, why)
	if !strings.Contains(why, "startup exceeded") {
		return before + "; " + otherwise
	}
	return before + " Wrangler then profiles the code by itself, and does not end if the code does not: look for a loop at its top level"
}
