package selftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
)

func TestSoundStorePassesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ns := &kvtest.Faulty{Inner: sound()}
		r := Run(t.Context(), target(ns), Options{})
		for _, s := range r.Stages {
			if !s.Success || s.Advice != "" || s.Err != nil || s.Took != 0 {
				t.Errorf("got %+v, want a success without advice that took no time", s)
			}
		}
		if !r.Passed() || !r.Critical() {
			t.Errorf("Passed() = %v, Critical() = %v, want true, true", r.Passed(), r.Critical())
		}
		key := r.Key
		want := []kvtest.Call{
			{Op: kvtest.Put, Key: key}, {Op: kvtest.Get, Key: key}, {Op: kvtest.List, Key: key},
			{Op: kvtest.Delete, Key: key}, {Op: kvtest.Get, Key: key}, {Op: kvtest.List, Key: key},
		}
		if got := ns.Calls(); !slices.Equal(got, want) {
			t.Errorf("calls:\n got %v\nwant %v", got, want)
		}
	})
}

func TestKeyIsUniqueAndExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pairs []kv.Pair
		ns := &replaced{Namespace: sound()}
		ns.put = func(ctx context.Context, p kv.Pair) error {
			pairs = append(pairs, p)
			return ns.Namespace.Put(ctx, p)
		}
		Run(t.Context(), target(ns), Options{})
		Run(t.Context(), target(ns), Options{})
		if len(pairs) != 2 || pairs[0].Key == pairs[1].Key || bytes.Equal(pairs[0].Value, pairs[1].Value) {
			t.Fatalf("two runs put %+v, want two keys and two values", pairs)
		}
		for _, p := range pairs {
			if want := time.Now().Add(KeyTTL).Unix(); p.Expiration != want {
				t.Errorf("%s expires at %d, want %d", p.Key, p.Expiration, want)
			}
			if !strings.HasPrefix(p.Key, "__bindery_selftest__/20000101T000000Z-") || len(p.Key) != len("__bindery_selftest__/20000101T000000Z-")+32 {
				t.Errorf("key %q, want the prefix, the time and 32 hex digits", p.Key)
			}
		}
	})
}

// tardy shows every change only a while after it was made, lists last.
type tardy struct {
	kv.Namespace
	lag              time.Duration
	written, deleted time.Time
}

func (l *tardy) Put(ctx context.Context, p kv.Pair) error {
	l.written = time.Now()
	return l.Namespace.Put(ctx, p)
}

func (l *tardy) Delete(context.Context, string) error {
	l.deleted = time.Now()
	return nil
}

func (l *tardy) Get(ctx context.Context, key string) (kv.Item, error) {
	if time.Since(l.written) < l.lag || !l.deleted.IsZero() && time.Since(l.deleted) > l.lag {
		return kv.Item{}, kv.ErrKeyNotFound
	}
	return l.Namespace.Get(ctx, key)
}

func (l *tardy) List(ctx context.Context, q kv.ListQuery) (kv.Page, error) {
	if time.Since(l.written) < 2*l.lag || !l.deleted.IsZero() && time.Since(l.deleted) > 2*l.lag {
		return kv.Page{}, nil
	}
	return l.Namespace.List(ctx, q)
}

// Workers KV may show a write, and a delete, up to a minute late.
func TestLagIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := Run(t.Context(), target(&tardy{Namespace: sound(), lag: 1500 * time.Millisecond}), Options{})
		if !r.Passed() {
			t.Errorf("a store that lags 1.5 s did not pass: %+v", r.Stages)
		}
		r = Run(t.Context(), target(&tardy{Namespace: sound(), lag: time.Minute}), Options{})
		if r.Passed() {
			t.Errorf("a store that lags longer than a stage may take passed: %+v", r.Stages)
		}
	})
}

// The real service may answer with pages that are empty and yet not the last.
func TestListFollowsEmptyPages(t *testing.T) {
	ns := &replaced{Namespace: sound()}
	ns.list = func(ctx context.Context, q kv.ListQuery) (kv.Page, error) {
		if len(q.Cursor) < 3 {
			return kv.Page{Cursor: q.Cursor + "x"}, nil
		}
		q.Cursor = ""
		return ns.Namespace.List(ctx, q)
	}
	if r := Run(t.Context(), target(ns), Options{}); !r.Passed() {
		t.Errorf("did not pass: %+v", r.Stages)
	}
}

func TestSlowPassesWithAdvice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ns := &kvtest.Faulty{Inner: sound(), Delay: map[kvtest.Op]time.Duration{kvtest.Put: 3 * time.Second}}
		r := Run(t.Context(), target(ns), Options{})
		s := r.stage(WriteTest)
		if !r.Passed() || s.Message != "Direct KV put() succeeded" || !strings.Contains(s.Advice, "took 3s, where under 2s is usual") || s.Took != 3*time.Second {
			t.Errorf("got %+v, want a pass with advice", s)
		}
		got := Summarize([]Result{r}).Data.Recommendations
		if len(got) != 2 || got[0] != "KV binding is fully operational" || !strings.HasPrefix(got[1], "CACHE: write_test: it worked, but took 3s") {
			t.Errorf("recommendations: got %q", got)
		}
	})
}

// Whenever the user interrupts, before or after the store acted on a call, the key
// is gone in the end and nothing else was touched. Each call takes a second here.
func TestCancelledAnywhere(t *testing.T) {
	slowly := map[kvtest.Op]time.Duration{kvtest.Get: time.Second, kvtest.Put: time.Second, kvtest.Delete: time.Second, kvtest.List: time.Second}
	const calls = 6 // of a good run
	for after := 500 * time.Millisecond; after < calls*time.Second; after += time.Second {
		for name, ns := range map[string]*kvtest.Faulty{"before the store acts": {Delay: slowly}, "after the store acted": {DelayAfter: slowly}} {
			t.Run(fmt.Sprintf("%v, %s", after, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ns.Inner = sound()
					neighbour := kv.Pair{Key: KeyPrefix + "of another run", Item: kv.Item{Value: []byte("keep")}}
					if err := ns.Inner.Put(t.Context(), neighbour); err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(after, cancel)
					start := time.Now()
					r := Run(ctx, target(ns), Options{})
					complete := time.Since(start) < after // an answer "not found" takes no second

					page, err := ns.Inner.List(t.Context(), kv.ListQuery{})
					if err != nil || len(page.Keys) != 1 || page.Keys[0].Name != neighbour.Key {
						t.Errorf("the store holds %+v (%v), want only %q", page.Keys, err, neighbour.Key)
					}
					if puts, deletes := ns.Count(kvtest.Put), ns.Count(kvtest.Delete); puts != 1 || deletes != 1 {
						t.Errorf("%d puts and %d deletes, want one of each: %v", puts, deletes, ns.Calls())
					}
					if got := ns.Touched(); !slices.Equal(got, []string{r.Key}) {
						t.Errorf("touched %q, want only %q", got, r.Key)
					}
					interrupted := slices.ContainsFunc(r.Stages, func(s Stage) bool { return strings.Contains(s.Message, "cancelled") })
					if r.Passed() != complete || interrupted == complete {
						t.Errorf("want a run that did not pass and says that it was cancelled, unless it was complete (%v); got %+v", complete, r.Stages)
					}
				})
			})
		}
	}
}

// A write that is on its way cannot be called back: behind a slow proxy it lands a
// second later, whether anybody still waits or not. The delete must come after it.
func TestCancelledWhileTheWriteIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ns := &replaced{Namespace: sound()}
		ns.put = func(ctx context.Context, p kv.Pair) error {
			landed := make(chan error, 1)
			time.AfterFunc(time.Second, func() { landed <- ns.Namespace.Put(context.WithoutCancel(ctx), p) })
			select {
			case err := <-landed:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, cancel)
		r := Run(ctx, target(ns), Options{})
		time.Sleep(time.Minute)
		if _, err := ns.Namespace.Get(t.Context(), r.Key); !errors.Is(err, kv.ErrKeyNotFound) {
			t.Errorf("the key is still there (%v) after %+v", err, r.Stages)
		}
		if !r.stage(WriteTest).Success || r.stage(ReadTest).Message != "Skipped: the run was cancelled" {
			t.Errorf("got %+v, want a write that passed and nothing after it", r.Stages)
		}
	})
}

func TestCancelledBeforeTheStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ns := &kvtest.Faulty{Inner: sound()}
	r := Run(ctx, target(ns), Options{})
	if calls := ns.Calls(); len(calls) != 0 {
		t.Errorf("calls were made: %v", calls)
	}
	for _, s := range r.Stages {
		if s.Success || !s.Skipped {
			t.Errorf("got %+v, want it skipped", s)
		}
	}
}

// A write whose answer was lost has taken effect: it is deleted all the same.
func TestDeletesAfterAFailedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ns := &kvtest.Faulty{Inner: sound(), DelayAfter: map[kvtest.Op]time.Duration{kvtest.Put: time.Hour}}
		r := Run(t.Context(), target(ns), Options{})
		if _, err := ns.Inner.Get(t.Context(), r.Key); !errors.Is(err, kv.ErrKeyNotFound) || ns.Count(kvtest.Delete) != 1 {
			t.Errorf("the key is still there (%v), or not one delete was sent: %v", err, ns.Calls())
		}
		if advice := r.stage(WriteTest).Advice; !strings.Contains(advice, "should the write land after all, its key expires by itself at") {
			t.Errorf("write_test advises %q, want a word on a write that lands after the delete", advice)
		}
	})
}

func TestRunAllKeepsOrder(t *testing.T) {
	var ts []Target
	for i := range 20 {
		one := target(sound())
		one.Binding = fmt.Sprintf("KV_%d", i)
		ts = append(ts, one)
	}
	for i, r := range RunAll(t.Context(), ts, Options{}) {
		if r.Binding != ts[i].Binding || !r.Passed() {
			t.Errorf("result %d: got %q passed=%v, want %q, true", i, r.Binding, r.Passed(), ts[i].Binding)
		}
	}
}

func TestNoStageHasNotPassed(t *testing.T) {
	if r := (Result{}); r.Passed() || r.Critical() {
		t.Errorf("a result without stages: Passed() = %v, Critical() = %v, want false, false", r.Passed(), r.Critical())
	}
}
