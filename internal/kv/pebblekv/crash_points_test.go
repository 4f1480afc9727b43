package pebblekv_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// crashPoints is a disk that keeps what a power cut would leave of it before each of its
// operations that write.
type crashPoints struct {
	vfs.FS
	disk *vfs.MemFS
	rng  *rand.Rand
	// survives is what to try, in percent of what was not synced.
	survives []int

	mu       sync.Mutex
	watching bool
	left     []*vfs.MemFS
}

func newCrashPoints(survives ...int) *crashPoints {
	c := &crashPoints{disk: vfs.NewCrashableMem(), rng: rand.New(rand.NewPCG(1, 2)), survives: survives}
	c.FS = errorfs.Wrap(c.disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.watching && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			for _, survives := range c.survives {
				c.left = append(c.left, c.after(survives))
			}
		}
		return nil
	}))
	return c
}

func (c *crashPoints) after(survives int) *vfs.MemFS {
	return c.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: survives, RNG: c.rng})
}

func (c *crashPoints) watch(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watching = on
}

// holdings is all that a store holds: of keys the version, as "namespace key", and records.
func holdings(t *testing.T, s *pebblekv.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, id := range []string{"n", "other"} {
		ns := s.Namespace(id)
		page, err := ns.List(t.Context(), kv.ListQuery{})
		must(t, err)
		for _, key := range page.Keys {
			item, err := ns.Get(t.Context(), key.Name)
			must(t, err)
			n, err := versionOf(item)
			must(t, err)
			all[id+" "+key.Name] = fmt.Sprint("version ", n)
		}
	}
	must(t, s.Scan(t.Context(), "", func(key string, value []byte) error {
		all["record "+key] = string(value)
		return nil
	}))
	return all
}

// TestCrashPoints cuts the power before every operation on the disk of every kind of
// write. What is there when the store is opened again is what was there before the
// write, or what is there after it, and the latter once it was acknowledged.
func TestCrashPoints(t *testing.T) {
	const small, large = 1, 7 // versions; a large one lies in chunks
	versions := func(n int, keys ...string) (pairs []kv.Pair) {
		for _, key := range keys {
			pairs = append(pairs, version(key, n))
		}
		return pairs
	}
	for name, write := range map[string]struct {
		unsynced bool // what was there before may be there again
		do       func(*pebblekv.Store, *kvtest.Clock) error
	}{
		"put": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.Namespace("n").Put(t.Context(), version("new", small))
		}},
		"overwrite, large by small": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.Namespace("n").Put(t.Context(), version("large", small))
		}},
		"overwrite, small by large": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.Namespace("n").Put(t.Context(), version("small", large))
		}},
		"upload over a large value": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return putVersion(t.Context(), s.Namespace("n"), "large", 2*large)
		}},
		"bulk put": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.Namespace("n").(kv.Bulk).PutMany(t.Context(), append(versions(2, "small", "a", "b", "c"), versions(large, "d")...))
		}},
		"delete": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.Namespace("n").Delete(t.Context(), "large")
		}},
		"bulk delete": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.Namespace("n").(kv.Bulk).DeleteMany(t.Context(), []string{"small", "large", "missing"})
		}},
		"namespace delete": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.DeleteNamespace(t.Context(), "n")
		}},
		"records": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return s.Apply(t.Context(), map[string][]byte{"token/1": []byte("changed"), "token/3": []byte("new")}, []string{"token/2"})
		}},
		"sweep": {unsynced: true, do: func(s *pebblekv.Store, clock *kvtest.Clock) error {
			clock.Advance(time.Unix(firstExpiration+1000, 0).Sub(clock.Now()))
			_, err := s.Sweep(t.Context())
			return errors.Join(err, pebblekv.GiveBack(s))
		}},
		"room given back": {do: func(s *pebblekv.Store, _ *kvtest.Clock) error {
			return errors.Join(
				s.Namespace("n").(kv.Bulk).DeleteMany(t.Context(), []string{"small", "large"}),
				pebblekv.GiveBack(s))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			points, clock := newCrashPoints(0, 50), kvtest.NewClock()
			options := pebblekv.Options{Dir: "data", FS: points, Now: clock.Now, SweepEvery: -1}
			store := open(t, options)
			for _, id := range []string{"n", "other"} {
				must(t, store.Namespace(id).(kv.Bulk).PutMany(context.Background(), append(versions(small, "small", "stays"), versions(large, "large")...)))
			}
			must(t, store.Apply(t.Context(), map[string][]byte{"token/1": []byte("one"), "token/2": []byte("two")}, nil))
			before := holdings(t, store)
			points.watch(true)
			must(t, write.do(store, clock))
			points.watch(false)
			after := holdings(t, store)
			if maps.Equal(before, after) {
				t.Fatalf("nothing has changed: %v", before)
			}
			acknowledged := points.after(0)
			if write.unsynced {
				before = after // hidden, whether removed or not
			}
			t.Logf("%d crashes", len(points.left))
			for i, disk := range append(points.left, acknowledged) {
				options.FS = disk
				again, err := pebblekv.Open(options)
				if err != nil {
					t.Fatalf("crash %d of %d: %v", i, len(points.left), err)
				}
				got := holdings(t, again)
				if !maps.Equal(got, after) && (disk == acknowledged || !maps.Equal(got, before)) {
					t.Errorf("crash %d of %d:\n got %v\nwant %v\n  or, unless acknowledged, %v", i, len(points.left), got, after, before)
				}
				if err := pebblekv.Audit(again); err != nil {
					t.Errorf("crash %d of %d: audit: %v", i, len(points.left), err)
				}
				must(t, again.Close())
			}
		})
	}
}

// TestCrashAroundClose cuts the power while a store is closed, opened again and written
// to: what a Close notes of the folder must not outlive the next write.
func TestCrashAroundClose(t *testing.T) {
	points := newCrashPoints(0, 100) // not the names that only some file systems lose: see TestCrashWhileOpening
	options := pebblekv.Options{Dir: "data", FS: points, SweepEvery: -1}
	store := open(t, options)
	must(t, putVersion(t.Context(), store.Namespace("n"), "key", 1))
	points.watch(true)
	must(t, store.Close())
	store = open(t, options)
	must(t, putVersion(t.Context(), store.Namespace("n"), "key", 2))
	points.watch(false)
	acknowledged := points.after(0)
	for i, disk := range append(points.left, acknowledged) {
		options.FS = disk
		again, err := pebblekv.Open(options)
		if err != nil {
			t.Fatalf("crash %d of %d: %v; the disk then held:\n%s", i, len(points.left), err, disk)
		}
		least := 1
		if disk == acknowledged {
			least = 2
		}
		checkSurvivors(t, again.Namespace("n"), map[string]int{"key": least})
		must(t, again.Close())
	}
}
