package pebblekv_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// Versions of a key: value, metadata and expiration all say the same number, so
// that a record put together from two of them gives itself away.

const firstExpiration = 4_000_000_000

func version(key string, n int) kv.Pair {
	size := 1
	if n%7 == 0 {
		size = 20_000 // more than 128 KiB, as nine digits each: lies in chunks
	}
	return kv.Pair{Key: key, Item: kv.Item{
		Value:      []byte(strings.Repeat(fmt.Sprintf("%09d", n), size)),
		Metadata:   json.RawMessage(strconv.Itoa(n)),
		Expiration: firstExpiration + int64(n),
	}}
}

// putVersion puts a version, every other large one as a stream.
func putVersion(ctx context.Context, ns kv.Namespace, key string, n int) error {
	p := version(key, n)
	if n%14 != 0 {
		return ns.Put(ctx, p)
	}
	u, err := ns.(kv.Streamer).Upload(ctx, key)
	if err != nil {
		return err
	}
	_, err = u.Write(p.Value)
	if err == nil {
		err = u.Commit(p.Metadata, p.Expiration)
	}
	return errors.Join(err, u.Close())
}

// versionOf returns the number of a whole version, or what is wrong with it.
func versionOf(item kv.Item) (int, error) {
	n := int(item.Expiration - firstExpiration)
	want := version("", n)
	switch {
	case string(item.Metadata) != string(want.Metadata):
		return 0, fmt.Errorf("expiration says %d, metadata says %s", n, item.Metadata)
	case string(item.Value) != string(want.Value):
		return 0, fmt.Errorf("expiration says %d, the value of %d bytes begins with %.9s", n, len(item.Value), item.Value)
	}
	return n, nil
}

// checkSurvivors checks that every key holds a whole version, and none that is
// older than the last that was acknowledged.
func checkSurvivors(t *testing.T, ns kv.Namespace, acknowledged map[string]int) {
	t.Helper()
	for key, least := range acknowledged {
		item, err := ns.Get(t.Context(), key)
		if err != nil {
			t.Errorf("key %s: version %d was acknowledged, now: %v", key, least, err)
			continue
		}
		if n, err := versionOf(item); err != nil || n < least {
			t.Errorf("key %s: got version %d, %v; version %d was acknowledged", key, n, err, least)
		}
	}
}

// TestCrashWhileWriting cuts the power at random moments while several writers are
// at work.
func TestCrashWhileWriting(t *testing.T) {
	const writers = 4
	for _, survives := range []int{0, 30, 100} {
		t.Run(fmt.Sprintf("%d%% of what was not synced survives", survives), func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			rng := rand.New(rand.NewPCG(seed, 0))
			disk := vfs.NewCrashableMem()
			store := open(t, pebblekv.Options{Dir: "data", FS: disk})
			ns := store.Namespace("n")

			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var last [writers]atomic.Int64 // version that was acknowledged
			var g errgroup.Group
			for w := range writers {
				g.Go(func() error {
					for n := 1; ctx.Err() == nil; n++ {
						if err := putVersion(t.Context(), ns, fmt.Sprint("key ", w), n); err != nil {
							return err
						}
						last[w].Store(int64(n))
					}
					return nil
				})
			}
			for range 3 {
				time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond)
				acknowledged := map[string]int{}
				for w := range writers {
					if n := last[w].Load(); n > 0 {
						acknowledged[fmt.Sprint("key ", w)] = int(n)
					}
				}
				after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: survives, RNG: rng})
				again := open(t, pebblekv.Options{Dir: "data", FS: after})
				checkSurvivors(t, again.Namespace("n"), acknowledged)
				if err := pebblekv.Audit(again); err != nil {
					t.Errorf("audit: %v", err)
				}
			}
			stop()
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCrashWhileOpening cuts the power before every single operation on the disk
// while a store is made and first written to. Whatever of the folder is there
// afterwards, the store can be opened again, with what was acknowledged.
//
// One outcome is passed over: Pebble relies on a synced file having its name on
// disk, as on the file systems in use, where this one may forget the name.
func TestCrashWhileOpening(t *testing.T) {
	type crash struct {
		disk         *vfs.MemFS
		acknowledged map[string]int
	}
	var (
		mu           sync.Mutex
		crashes      []crash
		acknowledged = map[string]int{}
		tries        = []int{0, 50, 50, 90} // percent of what was not synced that survives
		rng          = rand.New(rand.NewPCG(1, 2))
	)
	disk := vfs.NewCrashableMem()
	watched := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			for _, survives := range tries {
				after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: survives, RNG: rng})
				crashes = append(crashes, crash{after, maps.Clone(acknowledged)})
			}
		}
		return nil
	}))
	store := open(t, pebblekv.Options{Dir: "a/b/data", FS: watched})
	if err := store.Namespace("n").Put(t.Context(), version("key", 1)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	acknowledged["key"] = 1
	mu.Unlock()
	if err := store.Namespace("n").Put(t.Context(), version("other", 1)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	tries = []int{50} // streams have many operations
	mu.Unlock()
	if err := putVersion(t.Context(), store.Namespace("n"), "other", 14); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	acknowledged["other"] = 14
	mu.Unlock()
	given := upload(t, store.Namespace("n"), "given up", 200<<10)
	if err := given.Close(); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	t.Logf("%d crashes", len(crashes))
	if len(crashes) < 50 {
		t.Errorf("%d crashes were tried, want more", len(crashes))
	}
	for i, c := range crashes {
		again, err := pebblekv.Open(pebblekv.Options{Dir: "a/b/data", FS: c.disk})
		if err != nil && len(c.acknowledged) == 0 && strings.Contains(err.Error(), "could not open manifest file") {
			continue
		}
		if err != nil {
			t.Errorf("crash %d of %d: %v; the disk then held:\n%s", i, len(crashes), err, c.disk)
			continue
		}
		checkSurvivors(t, again.Namespace("n"), c.acknowledged)
		if err := pebblekv.Audit(again); err != nil {
			t.Errorf("crash %d of %d: audit: %v", i, len(crashes), err)
		}
		if err := again.Close(); err != nil {
			t.Errorf("crash %d of %d: close: %v", i, len(crashes), err)
		}
	}
}
