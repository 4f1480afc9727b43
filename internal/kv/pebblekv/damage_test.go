package pebblekv_test

import (
	"bytes"
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

// TestDamage flips a bit in each file of a store that was closed, at several places. Either
// the store is whole all the same (the bit meant nothing), or it says which file is damaged,
// as it is opened or as the file is read. It never makes up a value, and never loses one
// without a word.
func TestDamage(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "data")
	store := storeWithFiles(t, whole)
	must(t, pebblekv.GiveBack(store)) // into tables
	for n := range 20 {               // into the log
		must(t, putVersion(t.Context(), store.Namespace("n"), fmt.Sprint("key ", n), n))
	}
	must(t, store.Close())
	for _, name := range mustList(t, whole) {
		info, err := os.Stat(filepath.Join(whole, name))
		must(t, err)
		for _, at := range []int64{0, info.Size() / 3, info.Size() / 2, info.Size() - 1} {
			if at < 0 || at >= info.Size() {
				continue
			}
			t.Run(fmt.Sprintf("%s at %d of %d", name, at, info.Size()), func(t *testing.T) {
				t.Parallel()
				damaged := t.TempDir()
				must(t, os.CopyFS(damaged, os.DirFS(whole)))
				flip(t, filepath.Join(damaged, name), at)
				wantDamageNoticed(t, damaged, name)
			})
		}
	}
}

// TestDamageAfterCrash: the log of a store that was not closed may end in half a record.
// What lies two blocks of it (64 KiB) and a sync before the end does not pass for that.
func TestDamageAfterCrash(t *testing.T) {
	dir, crashed := t.TempDir(), t.TempDir()
	store := open(t, pebblekv.Options{Dir: dir})
	for n := range 50 {
		must(t, store.Namespace("n").Put(t.Context(), pair(fmt.Sprint("key ", n), strings.Repeat("v", 3000))))
	}
	must(t, os.CopyFS(crashed, os.DirFS(dir)))
	logs, err := filepath.Glob(filepath.Join(crashed, "*.log"))
	must(t, err)
	newest := logs[len(logs)-1]
	text, err := os.ReadFile(newest)
	must(t, err)
	flip(t, newest, int64(bytes.Index(text, []byte("key 10"))))
	_, err = pebblekv.Open(pebblekv.Options{Dir: crashed})
	if err == nil || !strings.Contains(err.Error(), filepath.Base(newest)) {
		t.Errorf("Open says %v, want it to name %s", err, filepath.Base(newest))
	}
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	text[at] ^= 0x10
	must(t, os.WriteFile(path, text, 0o600))
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
