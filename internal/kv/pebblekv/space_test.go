package pebblekv_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// onDisk adds up what the files of a folder hold.
func onDisk(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a file that a compaction has just removed
		}
		if info, err := d.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// TestSpaceComesBack: what was deleted or overwritten leaves the disk.
func TestSpaceComesBack(t *testing.T) {
	const (
		written = 40 << 20
		most    = 20 << 20 // that may be left: the log, and what is not worth a compaction
		large   = 3 << 20
		small   = 2000
	)
	fill := func(t *testing.T, ns kv.Namespace, size int) (keys []string) {
		t.Helper()
		rng := rand.NewChaCha8([32]byte{}) // nothing that compresses
		var pairs []kv.Pair
		for i := range written / size {
			value := make([]byte, size)
			rng.Read(value)
			key := fmt.Sprintf("%d bytes, %d", size, i)
			keys = append(keys, key)
			pairs = append(pairs, kv.Pair{Key: key, Item: kv.Item{Value: value}})
			if len(pairs)*size > 4<<20 || i == written/size-1 {
				if err := ns.(kv.Bulk).PutMany(t.Context(), pairs); err != nil {
					t.Fatal(err)
				}
				pairs = nil
			}
		}
		return keys
	}
	for name, remove := range map[string]func(*testing.T, *pebblekv.Store, []string) error{
		"keys deleted": func(t *testing.T, store *pebblekv.Store, keys []string) error {
			for len(keys) > 0 {
				n := min(len(keys), 1000)
				if err := store.Namespace("n").(kv.Bulk).DeleteMany(t.Context(), keys[:n]); err != nil {
					return err
				}
				keys = keys[n:]
			}
			return nil
		},
		"keys overwritten": func(t *testing.T, store *pebblekv.Store, keys []string) error {
			for _, key := range keys {
				if err := store.Namespace("n").Put(t.Context(), pair(key, "short")); err != nil {
					return err
				}
			}
			return nil
		},
		"namespace deleted": func(t *testing.T, store *pebblekv.Store, _ []string) error {
			return store.DeleteNamespace(t.Context(), "n")
		},
	} {
		for _, size := range []int{large, small} {
			if name == "keys overwritten" && size == small {
				continue // 20,000 synced writes, for what deletions show as well
			}
			t.Run(fmt.Sprintf("%s, of %d bytes", name, size), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				store := open(t, pebblekv.Options{Dir: dir})
				keys := fill(t, store.Namespace("n"), size)
				before := onDisk(t, dir)
				if before < written {
					t.Fatalf("%d MiB on disk, want at least the %d written", before>>20, written>>20)
				}
				if err := remove(t, store, keys); err != nil {
					t.Fatal(err)
				}
				if err := pebblekv.GiveBack(store); err != nil {
					t.Fatal(err)
				}
				left := onDisk(t, dir)
				for deadline := time.Now().Add(time.Minute); left > most && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
					left = onDisk(t, dir)
				}
				t.Logf("%d MiB on disk, then %d", before>>20, left>>20)
				if left > most {
					t.Errorf("%d MiB are left of %d, want at most %d", left>>20, before>>20, most>>20)
				}
			})
		}
	}
}
