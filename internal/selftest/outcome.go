package selftest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// outcome is what a stage came to.
type outcome struct {
	ok, skipped bool
	lag         bool // not ok, but looking again may help
	message     string
	advice      string
	err         error
}

func passed(message string) outcome { return outcome{ok: true, message: message} }

func failed(message, advice string, err error) outcome {
	if err == nil {
		err = errors.New(message)
	}
	return outcome{message: message, advice: advice, err: err}
}

func lagging(message, advice string, err error) outcome {
	out := failed(message, advice, err)
	out.lag = true
	return out
}

func skipped(reason string) outcome {
	return outcome{skipped: true, message: "Skipped: " + reason}
}

func cancelled(name string, err error) outcome {
	return failed(fmt.Sprintf("%s was cancelled: %v", name, err),
		"the run was interrupted before it could tell: run the self-test again", err)
}

// How long await waits between looks.
const (
	firstWait = 100 * time.Millisecond
	maxWait   = 2 * time.Second
)

// await looks until look passes, fails for another reason than lag, or ctx ends.
// A look cut short by the end of ctx says less than the one before it, which then counts.
func await(ctx context.Context, look func(context.Context) outcome) outcome {
	var last outcome
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		out := look(ctx)
		if !out.lag {
			if last.lag && !out.ok && ctx.Err() != nil {
				return last
			}
			return out
		}
		last = out
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return last
		}
	}
}

// judgeTime turns a pass that came too late into a failure, and one that was slow into a pass with advice.
func (r *run) judgeTime(name string, out outcome, took time.Duration) outcome {
	took = took.Round(time.Millisecond)
	switch {
	case took > r.options.StageTimeout:
		return failed(fmt.Sprintf("%s answered after %v, later than the %v allowed", name, took, r.options.StageTimeout),
			adviceTooLate, context.DeadlineExceeded)
	case took > r.options.Slow:
		out.advice = fmt.Sprintf("it worked, but took %v, where under %v is usual: a Worker's request would have waited as long; "+
			"look for a slow network, a busy disk or rate limits", took, r.options.Slow)
	}
	return out
}
