package pebblekv_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// TestDamage flips a bit in each file of a store, at several places. Either the store
// is whole all the same (the bit meant nothing), or it says which file is damaged, as
// it is opened or as the file is read. It never makes up a value, and never loses one
// without a word: but for the log and the manifest, where Pebble takes a damaged record
// for the end that a crash left. docs/operations.md says so.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "backup")
	store := storeWithFiles(t, filepath.Join(dir, "data"))
	b, err := backup(t.Context(), store, from)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range b.Files {
		for _, at := range []int64{0, file.Bytes / 2, file.Bytes - 1} {
			if at < 0 || at >= file.Bytes {
				continue
			}
			t.Run(fmt.Sprintf("%s at %d of %d", file.Name, at, file.Bytes), func(t *testing.T) {
				t.Parallel()
				damaged := filepath.Join(t.TempDir(), "data")
				if _, err := pebblekv.Restore(t.Context(), from, damaged); err != nil {
					t.Fatal(err)
				}
				// Restoring opens the store, which moves it on: the files are those of the backup again.
				for _, name := range mustList(t, damaged) {
					if name != "LOCK" {
						must(t, os.Remove(filepath.Join(damaged, name)))
					}
				}
				for _, f := range b.Files {
					text, err := os.ReadFile(filepath.Join(from, pebblekv.BackupFiles, f.Name))
					must(t, err)
					if f.Name == file.Name {
						text[at] ^= 0x10
					}
					must(t, os.WriteFile(filepath.Join(damaged, f.Name), text, 0o600))
				}
				wantDamageNoticed(t, damaged, file.Name)
			})
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustList(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// wantDamageNoticed opens the store of storeWithFiles, one file of which is damaged.
func wantDamageNoticed(t *testing.T, dir, file string) {
	t.Helper()
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir, SweepEvery: -1})
	if err != nil {
		if !strings.Contains(err.Error(), strings.TrimLeft(strings.TrimSuffix(file, filepath.Ext(file)), "0")) {
			t.Errorf("Open says %v, want it to name %s", err, file)
		}
		return
	}
	noticed := false
	for n := range 60 {
		item, err := store.Namespace("n").Get(t.Context(), fmt.Sprint("key ", n))
		if err == nil {
			if got, err := versionOf(item); err != nil || got != n {
				t.Errorf("key %d: got version %d, %v: made up", n, got, err)
			}
			continue
		}
		if errors.Is(err, kv.ErrKeyNotFound) {
			if strings.HasSuffix(file, ".log") || strings.HasPrefix(file, "MANIFEST") {
				continue
			}
			t.Errorf("key %d: %v: lost without a word", n, err)
		}
		noticed = true
	}
	if _, err := store.Namespace("n").List(t.Context(), kv.ListQuery{}); err != nil {
		noticed = true
	}
	if err := store.Health(); noticed && (err == nil || !strings.Contains(err.Error(), file)) {
		t.Errorf("Health says %v, want it to name %s", err, file)
	}
	done := make(chan struct{})
	go func() { _ = store.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("Close has not returned after 10 s")
	}
}
