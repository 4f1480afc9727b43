// Package selftest proves a KV binding: six stages straight on the namespace,
// through no cache.
//
// Start with [Run], or [RunAll] for every binding of an environment; [Summarize]
// turns the results into the report that the command prints and
// GET /api/v1/data/kv-self-test answers.
//
// A run writes one key that nobody else has, of the form
//
//	__bindery_selftest__/20261121T205300Z-4f1c…   (UTC time, 128 random bits)
//
// with a value of random bytes, reads it back, finds it in a list, deletes it and
// looks that it is gone. A good run costs one write and one delete. The key is
// deleted whenever its write was attempted, also after a failure and when the
// context ends half way; should even that not come to pass (kill -9, a broken
// network), it expires by itself within [KeyTTL]. No other key is ever touched.
//
// Workers KV is eventually consistent: a read or a list may lag behind a write.
// What may be lag is looked at again, until the stage's time is up, before it is
// called a fault; a store that answers at once is never made to wait.
package selftest

import (
	"context"
	"errors"
	"time"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
)

// The six stages, in order.
const (
	BindingCheck  = "binding_check"
	WriteTest     = "write_test"
	ReadTest      = "read_test"
	ListTest      = "list_test"
	DeleteTest    = "delete_test"
	CleanupVerify = "cleanup_verify"
)

const (
	// KeyPrefix starts the key of every run.
	KeyPrefix = "__bindery_selftest__/"
	// KeyTTL is how long a key that could not be deleted stays. It is well over the
	// 60 s that KV demands, so that clocks may differ by some minutes.
	KeyTTL = 5 * time.Minute
)

// ErrNotBound is for Target.Open to return when the environment has no binding of
// this name, or one that names no namespace.
var ErrNotBound = errors.New("not bound to a namespace")

// Target is a binding to prove. Open says whether the binding leads to a namespace at all: its error fails binding_check.
type Target struct {
	Binding  string
	Optional bool // a failure of this binding does not make the report's critical tests fail
	Open     func(ctx context.Context) (kv.Namespace, error)
	// Expected is what the namespace should say of itself; nil where nobody wants to know.
	Expected *fingerprint.Expected
}

// Options tune a run; the zero value is right for most.
type Options struct {
	StageTimeout time.Duration // a stage that takes longer fails; 0 means 10 s
	Slow         time.Duration // a stage that takes longer passes with advice; 0 means 2 s
	Now          func() time.Time
}

func (o Options) withDefaults() Options {
	if o.StageTimeout == 0 {
		o.StageTimeout = 10 * time.Second
	}
	if o.Slow == 0 {
		o.Slow = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Stage is one stage's outcome.
type Stage struct {
	Name    string
	Success bool
	Skipped bool   // not tried, or of no meaning, because a stage before it failed; Success is false
	Message string // as in the report
	Advice  string // what the cause probably is and what to do; "" on success, unless the stage was slow
	Took    time.Duration
	Err     error
}

// Result is one binding's outcome: always six stages.
type Result struct {
	Binding  string
	Optional bool   // as in Target
	Key      string // the key that was used
	Stages   []Stage
	// Fingerprint is the seventh fact; nil if nobody asked, or nothing was agreed and nothing found.
	Fingerprint *fingerprint.Fact
}

// Passed says whether all six stages passed, and the fingerprint is not another's.
func (r Result) Passed() bool {
	for _, s := range r.Stages {
		if !s.Success {
			return false
		}
	}
	return len(r.Stages) > 0 && !r.astray()
}

// Critical says whether binding, write and read passed, in the namespace that was agreed: what a Worker cannot do without.
func (r Result) Critical() bool {
	return r.stage(BindingCheck).Success && r.stage(WriteTest).Success && r.stage(ReadTest).Success && !r.astray()
}

// astray says whether the fingerprint is that of another namespace or environment, or lost.
func (r Result) astray() bool { return r.Fingerprint != nil && r.Fingerprint.Failed() }

func (r Result) stage(name string) Stage {
	for _, s := range r.Stages {
		if s.Name == name {
			return s
		}
	}
	return Stage{Name: name}
}
