//go:build unix

package platform_test

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/platform"
)

var manyAccounts = 1000 // fewer under the race detector

const namespacesEach = 100

func manyID(account, namespace int) string { return fmt.Sprintf("%016x%016x", account, namespace) }

// fillMany writes the records of 1,000 accounts of 100 namespaces each, as the platform would, in one step:
// 101,000 synced writes are another test's business.
func fillMany(t testing.TB, records platform.Records) {
	t.Helper()
	set := map[string][]byte{}
	for a := range manyAccounts {
		id := manyID(a, 0)
		set["account/"+id] = fmt.Appendf(nil, `{"id":%q,"name":"account %d","created_on":"2026-01-01T00:00:00Z"}`, id, a)
		for n := range namespacesEach {
			ns := manyID(a, n+1)
			set["namespace/"+id+"/"+ns] = fmt.Appendf(nil, `{"id":%q,"title":"title %d","data":"%032x"}`, ns, n, a<<16+n)
		}
	}
	if err := records.Apply(t.Context(), set, nil); err != nil {
		t.Fatal(err)
	}
}

// cost is CPU time and memory that f took; the memory is what stays.
func cost(f func()) (cpu time.Duration, bytes int64) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	held := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what pools held goes with the second
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := held()
	began := used()
	f()
	cpu = used() - began
	return cpu, held() - before
}

// 1,000 accounts of 100 namespaces each in one process: opening costs what the accounts cost, not their
// namespaces; an account's namespaces are in memory once somebody asks for them, at a few hundred bytes each.
func TestManyAccounts(t *testing.T) {
	store, err := pebblekv.Open(pebblekv.Options{Dir: t.TempDir(), SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	fillMany(t, store)
	ctx := t.Context()

	var p *platform.Platform
	cpu, bytes := cost(func() {
		if p, err = platform.Open(store, store, platform.Options{}); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("open: %v, %d KiB", cpu, bytes>>10)
	if cpu > time.Second || bytes > 4<<20 {
		t.Errorf("open took %v and %d KiB, want under 1 s and 4 MiB", cpu, bytes>>10)
	}

	var counted platform.Counts
	cpu, bytes = cost(func() { counted, err = p.Count(ctx) })
	t.Logf("count: %v, %d KiB", cpu, bytes>>10)
	if want := (platform.Counts{Accounts: manyAccounts, Namespaces: manyAccounts * namespacesEach}); err != nil || counted != want || bytes > 4<<20 {
		t.Errorf("Count: got %+v, %v, and %d KiB stay; want %+v, and nothing loaded", counted, err, bytes>>10, want)
	}

	cpu, bytes = cost(func() {
		for a := range manyAccounts {
			if _, err := p.Namespace(ctx, manyID(a, 0), manyID(a, 1)); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Logf("use all: %v, %d bytes a namespace", cpu, bytes/int64(manyAccounts*namespacesEach))
	if each := bytes / int64(manyAccounts*namespacesEach); each > 1200 {
		t.Errorf("%d bytes stay for each namespace, want at most 1200", each)
	}

	// One account is as far away as another, and one of another's namespaces as none.
	if _, err := p.Namespace(ctx, manyID(7, 0), manyID(8, 1)); err == nil {
		t.Error("account 7 opens a namespace of account 8")
	}
	if _, err := p.CreateNamespace(ctx, manyID(7, 0), "", "title 1"); err == nil {
		t.Error("a title was taken twice")
	}
	if _, err := p.CreateNamespace(ctx, manyID(7, 0), "", "title of its own"); err != nil {
		t.Error(err)
	}
	if after, err := p.Count(ctx); err != nil || after.Namespaces != counted.Namespaces+1 {
		t.Errorf("Count: got %+v, %v; want one namespace more than %d", after, err, counted.Namespaces)
	}
	allocated := testing.AllocsPerRun(100, func() { _, _ = p.Namespace(context.Background(), manyID(40, 0), manyID(40, 50)) })
	few := testing.AllocsPerRun(100, func() { _, _ = manyID(40, 0), manyID(40, 50) })
	if allocated-few > 2 {
		t.Errorf("opening a namespace among all allocates %v times, want at most 2", allocated-few)
	}
}
