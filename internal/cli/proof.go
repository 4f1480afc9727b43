package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// printProof prints one block a binding: what it leads to, then its six stages, each
// with what to do about it. resource says what a binding leads to; "" if it leads nowhere.
func printProof(s *stream, rs []selftest.Result, resource func(binding string) string) {
	name, leads := 0, 0
	for _, r := range rs {
		name = max(name, syntax.Width(r.Binding))
		leads = max(leads, syntax.Width(resource(r.Binding)))
	}
	for _, r := range rs {
		printSummary(s, r, name, pad(resource(r.Binding), leads))
		printStages(s, r)
	}
}

// printSummary prints the first line of a block.
func printSummary(s *stream, r selftest.Result, nameWidth int, leads string) {
	if leads != "" {
		leads += "  "
	}
	fmt.Fprintf(s, "  %s %s  %s%s%s\n", resultMark(s, r), pad(r.Binding, nameWidth), leads, resultWord(r), tookText(s, r))
}

func printStages(s *stream, r selftest.Result) {
	for _, stage := range r.Stages {
		took := ""
		if !stage.Skipped && stage.Took > 0 {
			took = s.faint("  " + roundTime(stage.Took))
		}
		fmt.Fprintf(s, "      %s %-14s  %s%s\n", stageMark(s, stage), stage.Name, stage.Message, took)
		if stage.Advice != "" {
			fmt.Fprintf(s, "%s\n", wrap("        → ", stage.Advice))
		}
	}
	f := r.Fingerprint
	if f == nil {
		return
	}
	mark := s.good("✓")
	if f.Failed() {
		mark = s.bad("✗")
	}
	fmt.Fprintf(s, "      %s %-14s  %s: %s\n", mark, "fingerprint", f.State, f.Message)
	if f.Advice != "" {
		fmt.Fprintf(s, "%s\n", wrap("        → ", f.Advice))
	}
}

func resultMark(s *stream, r selftest.Result) string {
	switch {
	case r.Passed():
		return s.good("✓")
	case r.Critical() || r.Optional:
		return s.warn("!")
	}
	return s.bad("✗")
}

func stageMark(s *stream, stage selftest.Stage) string {
	switch {
	case stage.Skipped:
		return s.faint("–")
	case stage.Success:
		return s.good("✓")
	}
	return s.bad("✗")
}

func resultWord(r selftest.Result) string {
	passed := 0
	for _, s := range r.Stages {
		if s.Success {
			passed++
		}
	}
	word := fmt.Sprintf("%d of %d stages passed", passed, len(r.Stages))
	for _, s := range r.Stages {
		if !s.Success {
			word += ", " + s.Name + " failed"
			break
		}
	}
	if r.Fingerprint != nil && r.Fingerprint.Failed() {
		word += ", " + string(r.Fingerprint.State)
	}
	if r.Optional {
		word += ", not critical"
	}
	return word
}

// tookText is how long the stages took; "" if somebody else ran them.
func tookText(s *stream, r selftest.Result) string {
	var took time.Duration
	for _, stage := range r.Stages {
		took += stage.Took
	}
	if took == 0 {
		return ""
	}
	return s.faint("  " + roundTime(took))
}

// roundTime prints a duration as people read it: 0.4 ms, 12 ms, 1.3 s.
func roundTime(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func hasAdvice(r selftest.Result) bool {
	for _, s := range r.Stages {
		if s.Advice != "" {
			return true
		}
	}
	return false
}

// unanswered says whether nobody answered for any binding: nothing is known of them.
func unanswered(rs []selftest.Result) bool {
	for _, r := range rs {
		err := r.Stages[0].Err // of binding_check, which asks first
		var base *cloudflare.BaseURLError
		if !errors.Is(err, kv.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &base) {
			return false
		}
	}
	return len(rs) > 0
}

// refused says whether the account turned the token away, which is why a binding failed.
func refused(rs []selftest.Result) bool {
	for _, r := range rs {
		for _, s := range r.Stages {
			if errors.Is(s.Err, kv.ErrUnauthenticated) || errors.Is(s.Err, kv.ErrPermission) {
				return true
			}
		}
	}
	return false
}
