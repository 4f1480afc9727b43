package selftest

import (
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
	"github.com/bindery-dev/bindery/internal/kv/memkv"
)

// replaced is a namespace in which single calls are replaced, for what kvtest.Faulty
// has no word for; nil means the sound one.
type replaced struct {
	kv.Namespace
	get  func(ctx context.Context, key string) (kv.Item, error)
	put  func(ctx context.Context, p kv.Pair) error
	list func(ctx context.Context, q kv.ListQuery) (kv.Page, error)
}

func (r *replaced) Get(ctx context.Context, key string) (kv.Item, error) {
	if r.get != nil {
		return r.get(ctx, key)
	}
	return r.Namespace.Get(ctx, key)
}

func (r *replaced) Put(ctx context.Context, p kv.Pair) error {
	if r.put != nil {
		return r.put(ctx, p)
	}
	return r.Namespace.Put(ctx, p)
}

func (r *replaced) List(ctx context.Context, q kv.ListQuery) (kv.Page, error) {
	if r.list != nil {
		return r.list(ctx, q)
	}
	return r.Namespace.List(ctx, q)
}

func sound() kv.Namespace { return memkv.New(memkv.Options{}).Namespace("sound") }

func target(ns kv.Namespace) Target {
	return Target{Binding: "CACHE", Open: func(context.Context) (kv.Namespace, error) { return ns, nil }}
}

func opensWith(err error) Target {
	return Target{Binding: "CACHE", Open: func(context.Context) (kv.Namespace, error) { return nil, err }}
}

// A fault is one way in which a binding may be broken, and what the self-test must say of it.
type fault struct {
	name    string
	target  func(ns kv.Namespace) Target
	stage   string // the one that fails
	message string // part of its message
	advice  string // part of its advice: the cause
	status  string // of the report
	skipped []string
}

// afterWrite are the stages that have nothing to work on without a write.
var afterWrite = []string{ReadTest, ListTest, DeleteTest, CleanupVerify}

func faults() []fault {
	with := func(f *kvtest.Faulty) func(kv.Namespace) Target {
		return func(ns kv.Namespace) Target {
			f.Inner = ns
			return target(f)
		}
	}
	fails := func(op kvtest.Op, err error) func(kv.Namespace) Target {
		return with(&kvtest.Faulty{Errors: map[kvtest.Op]error{op: fmt.Errorf("%s value: %w", op, err)}})
	}
	hangs := func(op kvtest.Op) func(kv.Namespace) Target {
		return with(&kvtest.Faulty{Delay: map[kvtest.Op]time.Duration{op: time.Hour}})
	}
	replace := func(change func(r *replaced)) func(kv.Namespace) Target {
		return func(ns kv.Namespace) Target {
			r := &replaced{Namespace: ns}
			change(r)
			return target(r)
		}
	}
	lists := func(page kv.Page) func(kv.Namespace) Target {
		return replace(func(r *replaced) {
			r.list = func(context.Context, kv.ListQuery) (kv.Page, error) { return page, nil }
		})
	}
	all := append([]string{WriteTest}, afterWrite...)

	return []fault{
		{
			name:   "the environment lacks the binding",
			target: func(kv.Namespace) Target { return Target{Binding: "CACHE"} },
			stage:  BindingCheck, message: "CACHE binding is missing", advice: "add it with its id under kv_namespaces of the environment itself",
			status: CriticalFailed, skipped: all,
		},
		{
			name:   "the binding names no namespace",
			target: func(kv.Namespace) Target { return opensWith(fmt.Errorf("env production: %w", ErrNotBound)) },
			stage:  BindingCheck, message: "CACHE binding is missing", advice: "does not bind CACHE",
			status: CriticalFailed, skipped: all,
		},
		{
			name:   "the account does not hold the id",
			target: func(kv.Namespace) Target { return opensWith(kv.ErrNamespaceNotFound) },
			stage:  BindingCheck, message: "does not lead to a namespace: namespace not found", advice: "belongs to another account",
			status: CriticalFailed, skipped: all,
		},
		{
			name:   "nobody answers",
			target: func(kv.Namespace) Target { return opensWith(kv.ErrUnavailable) },
			stage:  BindingCheck, message: "CACHE binding could not be checked: not available", advice: "check the network and CLOUDFLARE_API_BASE_URL",
			status: CriticalFailed, skipped: all,
		},
		{
			name: "opening hangs",
			target: func(kv.Namespace) Target {
				return Target{Binding: "CACHE", Open: func(ctx context.Context) (kv.Namespace, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}}
			},
			stage: BindingCheck, message: "could not be checked within 10s", advice: "too slowly or not at all",
			status: CriticalFailed, skipped: all,
		},

		{
			name: "the account does not hold the id, seen at the write", target: fails(kvtest.Put, kv.ErrNamespaceNotFound),
			stage: WriteTest, message: "Direct KV put() failed: put value: namespace not found", advice: "wrangler kv namespace list",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "the token may only read", target: fails(kvtest.Put, kv.ErrPermission),
			stage: WriteTest, message: "permission denied", advice: `"Workers KV Storage Edit"`,
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "the token is unknown", target: fails(kvtest.Put, kv.ErrUnauthenticated),
			stage: WriteTest, message: "not authenticated", advice: "set CLOUDFLARE_API_TOKEN",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "nobody answers", target: fails(kvtest.Put, kv.ErrUnavailable),
			stage: WriteTest, message: "not available", advice: "check the network and CLOUDFLARE_API_BASE_URL",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "the error knows better", target: fails(kvtest.Put, hinted{kv.ErrUnavailable, "wait until midnight UTC"}),
			stage: WriteTest, message: "not available", advice: "wait until midnight UTC",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "the clock is slow", target: fails(kvtest.Put, &kv.ExpirationError{Expiration: 1, Past: true}),
			stage: WriteTest, message: "Invalid expiration of 1", advice: "clock is slow",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "something nobody foresaw", target: fails(kvtest.Put, errors.New("teapot")),
			stage: WriteTest, message: "teapot", advice: "look into the log of the server",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "the write hangs", target: hangs(kvtest.Put),
			stage: WriteTest, message: "Direct KV put() did not finish within 10s", advice: "too slowly or not at all",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "the write is done, but its answer hangs", target: with(&kvtest.Faulty{DelayAfter: map[kvtest.Op]time.Duration{kvtest.Put: time.Hour}}),
			stage: WriteTest, message: "Direct KV put() did not finish within 10s", advice: "too slowly or not at all",
			status: CriticalFailed, skipped: afterWrite,
		},
		{
			name: "the write succeeds too late",
			target: replace(func(r *replaced) {
				r.put = func(ctx context.Context, p kv.Pair) error {
					time.Sleep(11 * time.Second)
					return r.Namespace.Put(context.WithoutCancel(ctx), p)
				}
			}),
			stage: WriteTest, message: "answered after 11s, later than the 10s allowed", advice: "too slowly or not at all",
			status: CriticalFailed, skipped: afterWrite,
		},

		{
			name: "the write is dropped", target: with(&kvtest.Faulty{DropPuts: true}),
			stage: ReadTest, message: "does not find the key, 10s after put() succeeded", advice: "acknowledged and dropped",
			status: CriticalFailed, skipped: []string{DeleteTest, CleanupVerify},
		},
		{
			name:   "the write is dropped, and the last look is cut short",
			target: with(&kvtest.Faulty{DropPuts: true, Delay: map[kvtest.Op]time.Duration{kvtest.Get: 3 * time.Second}}),
			stage:  ReadTest, message: "does not find the key", advice: "acknowledged and dropped",
			status: CriticalFailed, skipped: []string{DeleteTest, CleanupVerify},
		},
		{
			name: "the write is cut short",
			target: replace(func(r *replaced) {
				r.put = func(ctx context.Context, p kv.Pair) error {
					p.Value = p.Value[:10]
					return r.Namespace.Put(ctx, p)
				}
			}),
			stage: ReadTest, message: "64 bytes written, 10 read, first difference at byte 10", advice: "alters values",
			status: CriticalFailed,
		},
		{
			name: "reads return other bytes", target: with(&kvtest.Faulty{Garble: kvtest.OtherBytes}),
			stage: ReadTest, message: "returned other bytes than put() wrote (64 bytes written, 64 read, first difference at byte 32)", advice: "alters values",
			status: CriticalFailed,
		},
		{
			name: "reads are refused", target: fails(kvtest.Get, kv.ErrPermission),
			stage: ReadTest, message: "Direct KV get() failed: get value: permission denied", advice: `"Workers KV Storage Read"`,
			status: CriticalFailed,
		},
		{
			name: "reads hang", target: hangs(kvtest.Get),
			stage: ReadTest, message: "Direct KV get() did not finish within 10s", advice: "too slowly",
			status: CriticalFailed,
		},

		{
			name: "lists hide the key", target: with(&kvtest.Faulty{HideFromLists: true}),
			stage: ListTest, message: "does not show the test key", advice: "lag or hide keys",
			status: CriticalPassed,
		},
		{
			name: "lists ignore the prefix", target: lists(kv.Page{Keys: []kv.KeyInfo{{Name: "another"}}}),
			stage: ListTest, message: "outside the prefix", advice: "does not filter lists by prefix",
			status: CriticalPassed,
		},
		{
			name: "lists have no end", target: lists(kv.Page{Cursor: "again"}),
			stage: ListTest, message: "50 pages without the key", advice: "look into the log of the server",
			status: CriticalPassed,
		},
		{
			name: "lists are refused", target: fails(kvtest.List, kv.ErrPermission),
			stage: ListTest, message: "Direct KV list() failed: list value: permission denied", advice: `"Workers KV Storage Read"`,
			status: CriticalPassed,
		},
		{
			name: "lists hang", target: hangs(kvtest.List),
			stage: ListTest, message: "Direct KV list() did not finish within 10s", advice: "too slowly",
			status: CriticalPassed,
		},

		{
			name: "deletes are refused", target: fails(kvtest.Delete, kv.ErrPermission),
			stage: DeleteTest, message: "Direct KV delete() failed: delete value: permission denied", advice: `"Workers KV Storage Edit" on this account`,
			status: CriticalPassed, skipped: []string{CleanupVerify},
		},
		{
			name: "deletes hang", target: hangs(kvtest.Delete),
			stage: DeleteTest, message: "Direct KV delete() did not finish within 10s", advice: "the test key expires by itself",
			status: CriticalPassed, skipped: []string{CleanupVerify},
		},

		{
			name: "deletes are ignored", target: with(&kvtest.Faulty{IgnoreDeletes: true}),
			stage: CleanupVerify, message: "key is still readable after delete()", advice: "acknowledged and not done; the test key expires by itself at 2000-01-01T00:05:00Z",
			status: CriticalPassed,
		},
		{
			name: "lists still show what is deleted", target: with(&kvtest.Faulty{KeepListing: true}),
			stage: CleanupVerify, message: "list() still shows the key after delete()", advice: "lists still show it",
			status: CriticalPassed,
		},
		{
			name: "the last look is refused",
			target: with(&kvtest.Faulty{ErrorAt: func(op kvtest.Op, nth int) error {
				if op == kvtest.Get && nth == 2 {
					return kv.ErrUnavailable
				}
				return nil
			}}),
			stage: CleanupVerify, message: "Cleanup check failed: not available", advice: "check the network",
			status: CriticalPassed,
		},
	}
}

type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string  { return h.hint }
func (h hinted) Unwrap() error { return h.error }

// Every way of being broken fails the stage that it concerns, with advice that
// names the cause, and never passes.
func TestFaults(t *testing.T) {
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := Run(t.Context(), f.target(sound()), Options{})
				if r.Passed() {
					t.Fatalf("a broken store passed: %+v", r.Stages)
				}
				if len(r.Stages) != 6 {
					t.Fatalf("got %d stages, want 6: %+v", len(r.Stages), r.Stages)
				}
				s := r.stage(f.stage)
				if s.Success || s.Skipped || !strings.Contains(s.Message, f.message) || !strings.Contains(s.Advice, f.advice) || s.Err == nil {
					t.Errorf("%s:\n got success=%v skipped=%v err=%v\n     message %q\n     advice  %q\nwant message …%q…\n     advice  …%q…",
						f.stage, s.Success, s.Skipped, s.Err, s.Message, s.Advice, f.message, f.advice)
				}
				var got []string
				for _, s := range r.Stages {
					if s.Skipped {
						got = append(got, s.Name)
						if s.Success || !strings.HasPrefix(s.Message, "Skipped: ") {
							t.Errorf("%s is skipped, but success=%v and message %q", s.Name, s.Success, s.Message)
						}
					}
				}
				if !slices.Equal(got, f.skipped) {
					t.Errorf("skipped stages: got %q, want %q", got, f.skipped)
				}
				if report := Summarize([]Result{r}); report.Data.OverallStatus != f.status || report.Data.AllTestsPassed {
					t.Errorf("report: got %s, all_tests_passed=%v; want %s, false", report.Data.OverallStatus, report.Data.AllTestsPassed, f.status)
				}
			})
		})
	}
}
