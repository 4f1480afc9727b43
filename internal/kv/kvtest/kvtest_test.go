package kvtest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
)

// brokenEnv names the fault that TestBroken runs the suite on.
const brokenEnv = "KVTEST_FAULT"

var faults = map[string]func(*kvtest.Faulty){
	"none":          func(*kvtest.Faulty) {},
	"DropPuts":      func(f *kvtest.Faulty) { f.DropPuts = true },
	"Garble":        func(f *kvtest.Faulty) { f.Garble = kvtest.OtherBytes },
	"HideFromLists": func(f *kvtest.Faulty) { f.HideFromLists = true },
	"IgnoreDeletes": func(f *kvtest.Faulty) { f.IgnoreDeletes = true },
	"KeepListing":   func(f *kvtest.Faulty) { f.KeepListing = true },
	"Errors":        func(f *kvtest.Faulty) { f.Errors = map[kvtest.Op]error{kvtest.Put: kv.ErrPermission} },
	"ErrorAt": func(f *kvtest.Faulty) {
		f.ErrorAt = func(op kvtest.Op, nth int) error {
			if op == kvtest.Get && nth == 3 {
				return kv.ErrUnavailable
			}
			return nil
		}
	},
}

// TestBroken runs the suite on a faulty namespace, when TestSuiteNotices says so.
func TestBroken(t *testing.T) {
	set, ok := faults[os.Getenv(brokenEnv)]
	if !ok {
		t.Skip("run by TestSuiteNotices")
	}
	store := memkv.New(memkv.Options{})
	kvtest.Run(t, func(t *testing.T) kv.Namespace {
		f := &kvtest.Faulty{Inner: store.Namespace(t.Name())}
		set(f)
		return f
	}, kvtest.Options{})
}

// TestSuiteNotices: the suite passes a Faulty without a fault, and fails each fault.
func TestSuiteNotices(t *testing.T) {
	for name := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), brokenEnv+"="+name)
			out, err := cmd.CombinedOutput()
			passed := err == nil && strings.Contains(string(out), "PASS")
			if want := name == "none"; passed != want {
				t.Errorf("suite passed: %v, want %v; it said:\n%s", passed, want, out)
			}
		})
	}
}

func TestFaultyCounts(t *testing.T) {
	f := &kvtest.Faulty{Inner: memkv.New(memkv.Options{}).Namespace("n")}
	ctx := t.Context()
	_ = f.Put(ctx, kv.Pair{Key: "b"})
	_, _ = f.Get(ctx, "a")
	_, _ = f.List(ctx, kv.ListQuery{Prefix: "p"})
	_ = f.Delete(ctx, "b")
	want := []kvtest.Call{{Op: kvtest.Put, Key: "b"}, {Op: kvtest.Get, Key: "a"}, {Op: kvtest.List, Key: "p"}, {Op: kvtest.Delete, Key: "b"}}
	if diff := cmp.Diff(want, f.Calls()); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
	if got := f.Touched(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Touched: got %q, want a and b", got)
	}
	if got := f.Count(kvtest.Put); got != 1 {
		t.Errorf("Count(Put): got %d, want 1", got)
	}
}

func TestFaultyDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memkv.New(memkv.Options{}).Namespace("n")
		f := &kvtest.Faulty{
			Inner:      inner,
			Delay:      map[kvtest.Op]time.Duration{kvtest.Get: time.Minute},
			DelayAfter: map[kvtest.Op]time.Duration{kvtest.Put: time.Minute},
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := f.Get(ctx, "key"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("delayed Get: got %v, want %v", err, context.DeadlineExceeded)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Put(ctx, kv.Pair{Key: "key"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Put answered late: got %v, want %v", err, context.DeadlineExceeded)
		}
		if _, err := inner.Get(t.Context(), "key"); err != nil {
			t.Errorf("after a Put that was answered late: got %v, want the key there", err)
		}
		start := time.Now()
		if _, err := f.Get(t.Context(), "key"); err != nil || time.Since(start) != time.Minute {
			t.Errorf("delayed Get: %v after %v, want an answer after a minute", err, time.Since(start))
		}
	})
}
