package selftest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// parallel is how many bindings RunAll proves at a time.
const parallel = 4

// RunAll proves several bindings, some at a time; results are in the order of ts.
func RunAll(ctx context.Context, ts []Target, o Options) []Result {
	rs := make([]Result, len(ts))
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for i, t := range ts {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			rs[i] = Run(ctx, t, o)
		})
	}
	wg.Wait()
	return rs
}

// Run proves one binding. It writes one unique key and deletes it, also when ctx ends half way, and touches no other key:
// it may take two stages' time to return after ctx has ended.
// The namespace is relied on to return soon after the context it was given ends.
func Run(ctx context.Context, t Target, o Options) Result {
	o = o.withDefaults()
	r := &run{
		binding: t.Binding,
		open:    t.Open,
		options: o,
		expires: o.Now().Add(KeyTTL),
		key:     newKey(o.Now()),
		value:   randomBytes(64),
	}
	r.do(ctx, BindingCheck, r.bindingCheck)
	// A write that is cut short may still land, and later than the delete: what is under way is left its time.
	r.do(uncut(ctx), WriteTest, r.writeTest)
	r.do(ctx, ReadTest, r.readTest)
	r.do(ctx, ListTest, r.listTest)
	// Whoever gives up waiting still wants the key gone.
	r.do(context.WithoutCancel(ctx), DeleteTest, r.deleteTest)
	r.do(ctx, CleanupVerify, r.cleanupVerify)
	fact := r.readSeal(ctx, t.Expected)
	return Result{Binding: t.Binding, Optional: t.Optional, Key: r.key, Stages: r.stages, Fingerprint: fact}
}

// run is one run under way.
type run struct {
	binding string
	open    func(context.Context) (kv.Namespace, error)
	options Options
	key     string
	value   []byte
	expires time.Time

	ns        kv.Namespace // nil until binding_check passed
	attempted bool         // put() was called
	seen      bool         // get() or list() showed the key
	stages    []Stage
}

// uncut keeps a stage from beginning when ctx has ended, but not from ending.
func uncut(ctx context.Context) context.Context {
	if ctx.Err() != nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// do runs one stage with a deadline of its own and records it.
func (r *run) do(ctx context.Context, name string, stage func(context.Context) outcome) {
	start := r.options.Now()
	out := r.skip(name)
	switch {
	case out.message != "":
	case ctx.Err() != nil:
		out = skipped("the run was cancelled")
	default:
		limited, cancel := context.WithTimeout(ctx, r.options.StageTimeout)
		out = stage(limited)
		cancel()
		if !out.ok && ctx.Err() != nil {
			out = cancelled(name, ctx.Err())
		}
	}
	took := r.options.Now().Sub(start)
	if out.ok {
		out = r.judgeTime(name, out, took)
	}
	r.stages = append(r.stages, Stage{
		Name: name, Success: out.ok, Skipped: out.skipped,
		Message: out.message, Advice: out.advice, Took: took, Err: out.err,
	})
}

// skip says why a stage has nothing to work on; the zero outcome means that it has.
func (r *run) skip(name string) outcome {
	switch {
	case name == BindingCheck:
	case r.ns == nil:
		return skipped(BindingCheck + " did not pass")
	case name == WriteTest:
	case name == DeleteTest && r.attempted: // delete() is sent whatever came before
	case !r.succeeded(WriteTest):
		return skipped(WriteTest + " did not pass")
	case name == CleanupVerify && !r.succeeded(DeleteTest):
		return skipped(DeleteTest + " did not pass")
	}
	return outcome{}
}

func (r *run) succeeded(name string) bool {
	return Result{Stages: r.stages}.stage(name).Success
}

// newKey returns a key that no other run has and no Worker would choose.
func newKey(now time.Time) string {
	return KeyPrefix + now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(randomBytes(16))
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, says its documentation
	return b
}
