package pebblekv_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// faultyDisk is a real disk on which operations begin to fail once it is told so.
type faultyDisk struct {
	vfs.FS
	broken atomic.Bool
}

// newFaultyDisk fails the operations that fails says, with err.
func newFaultyDisk(err error, fails func(op errorfs.Op) bool) *faultyDisk {
	d := &faultyDisk{}
	d.FS = errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if d.broken.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && fails(op) {
			return &fs.PathError{Op: "write", Path: op.Path, Err: err}
		}
		return nil
	}))
	return d
}

func onFile(suffix string, kinds ...errorfs.OpKind) func(errorfs.Op) bool {
	return func(op errorfs.Op) bool {
		if !strings.Contains(filepath.Base(op.Path), suffix) {
			return false
		}
		for _, k := range kinds {
			if op.Kind == k {
				return true
			}
		}
		return len(kinds) == 0
	}
}

// TestFaults breaks a disk in every place that a write goes through, while writers of
// all kinds are at work. Each of them is answered, nothing is acknowledged any more,
// reads go on, Close ends, and with the disk mended all that was acknowledged is there.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		name  string
		err   error
		fails func(errorfs.Op) bool
		hint  string
	}{
		{"full disk", syscall.ENOSPC, onFile(""), "make room"},
		{"full disk, log", syscall.ENOSPC, onFile(".log", errorfs.OpFileWrite), "make room"},
		{"full disk, next log", syscall.ENOSPC, onFile(".log", errorfs.OpCreate, errorfs.OpReuseForWrite), "make room"},
		{"full disk, tables", syscall.ENOSPC, onFile(".sst", errorfs.OpFileWrite), "make room"},
		{"full disk, manifest", syscall.ENOSPC, onFile("MANIFEST", errorfs.OpFileWrite), "make room"},
		{"quota used up", syscall.EDQUOT, onFile(".sst", errorfs.OpCreate), "make room"},
		{"sync of the log", syscall.EIO, onFile(".log", errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo), "see to its disk"},
		{"sync of tables", syscall.EIO, onFile(".sst", errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo), "see to its disk"},
		{"sync of the manifest", syscall.EIO, onFile("MANIFEST", errorfs.OpFileSync, errorfs.OpFileSyncData), "see to its disk"},
		{"sync of the folder", syscall.EIO, func(op errorfs.Op) bool { return filepath.Ext(op.Path) == "" && op.Kind == errorfs.OpFileSync }, "see to its disk"},
		{"disk made read-only", syscall.EROFS, onFile(""), "make the folder writable"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			disk := newFaultyDisk(row.err, row.fails)
			store, err := pebblekv.Open(pebblekv.Options{Dir: dir + "/", FS: disk})
			if err != nil {
				t.Fatal(err)
			}
			acknowledged := writeUntilBroken(t, store, disk)

			var unwritable *pebblekv.UnwritableError
			if err := store.Health(); !errors.As(err, &unwritable) || !errors.Is(err, row.err) || !strings.Contains(err.Error(), dir) || !strings.Contains(unwritable.Hint(), row.hint) {
				t.Errorf("Health: got %v, want an UnwritableError that names the folder and %v, with hint …%s…", err, row.err, row.hint)
			}
			wantRefused(t, store)
			checkSurvivors(t, store.Namespace("n"), acknowledged)
			if page, err := store.Namespace("n").List(t.Context(), kv.ListQuery{}); err != nil || len(page.Keys) < len(acknowledged) {
				t.Errorf("List: got %d keys, %v; want %d", len(page.Keys), err, len(acknowledged))
			}
			wantEnds(t, "Close", func() error { return store.Close() }, row.err)

			again := open(t, pebblekv.Options{Dir: dir})
			checkSurvivors(t, again.Namespace("n"), acknowledged)
			if err := pebblekv.Audit(again); err != nil {
				t.Errorf("audit: %v", err)
			}
			wantUsable(t, again.Namespace("n"))
		})
	}
}

// writeUntilBroken lets writers of small and large values, of bulks, records and
// deletions write, breaks the disk, and waits until each of them has been refused.
func writeUntilBroken(t *testing.T, store *pebblekv.Store, disk *faultyDisk) (acknowledged map[string]int) {
	t.Helper()
	acknowledged = map[string]int{}
	var mu sync.Mutex
	ns := store.Namespace("n")
	put := func(key string, step int) func(ctx context.Context, i int) error {
		return func(ctx context.Context, i int) error {
			n := i * step
			err := ns.Put(ctx, version(key, n))
			if err == nil {
				mu.Lock()
				acknowledged[key] = n
				mu.Unlock()
			}
			return err
		}
	}
	writers := map[string]func(ctx context.Context, i int) error{
		"small": put("small", 15),
		"large": put("large", 7),
		"bulk": func(ctx context.Context, i int) error {
			return ns.(kv.Bulk).PutMany(ctx, []kv.Pair{version("bulk 1", 8*i), version("bulk 2", 7*i)})
		},
		"delete":           func(ctx context.Context, i int) error { return ns.Delete(ctx, "bulk 1") },
		"bulk delete":      func(ctx context.Context, i int) error { return ns.(kv.Bulk).DeleteMany(ctx, []string{"bulk 2"}) },
		"delete namespace": func(ctx context.Context, i int) error { return store.DeleteNamespace(ctx, fmt.Sprint("other ", i)) },
		"records": func(ctx context.Context, i int) error {
			return store.Apply(ctx, map[string][]byte{"r": []byte("v")}, nil)
		},
	}
	var running sync.WaitGroup
	refused := make(chan string, len(writers))
	for name, write := range writers {
		running.Go(func() {
			for i := 1; ; i++ {
				err := write(t.Context(), i)
				if name == "delete" || name == "bulk delete" {
					time.Sleep(time.Millisecond) // what deletes nothing writes nothing
					if store.Health() != nil {
						break
					}
				}
				if err != nil {
					if !errors.Is(err, kv.ErrUnavailable) {
						t.Errorf("%s: got %v, want it to be %v", name, err, kv.ErrUnavailable)
					}
					break
				}
			}
			refused <- name
		})
	}
	time.Sleep(20 * time.Millisecond)
	disk.broken.Store(true)
	deadline := time.After(20 * time.Second)
	for range len(writers) {
		select {
		case name := <-refused:
			delete(writers, name)
		case <-deadline:
			t.Fatalf("20 s after the disk broke, these writers have not been refused: %v; health: %v", writers, store.Health())
		}
	}
	running.Wait()
	return acknowledged
}

// wantRefused wants every kind of write to be refused at once.
func wantRefused(t *testing.T, store *pebblekv.Store) {
	t.Helper()
	ns := store.Namespace("n")
	for name, write := range map[string]func() error{
		"Put":             func() error { return ns.Put(t.Context(), version("late", 1)) },
		"large Put":       func() error { return ns.Put(t.Context(), version("late", 7)) },
		"PutMany":         func() error { return ns.(kv.Bulk).PutMany(t.Context(), []kv.Pair{version("late", 1)}) },
		"Delete":          func() error { return ns.Delete(t.Context(), "small") },
		"DeleteMany":      func() error { return ns.(kv.Bulk).DeleteMany(t.Context(), []string{"small"}) },
		"DeleteNamespace": func() error { return store.DeleteNamespace(t.Context(), "other") },
		"Apply":           func() error { return store.Apply(t.Context(), nil, []string{"r"}) },
	} {
		wantEnds(t, name, write, kv.ErrUnavailable)
	}
}

// wantEnds wants do to return an error that is want, within five seconds.
func wantEnds(t *testing.T, name string, do func() error, want error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if !errors.Is(err, want) {
			t.Errorf("%s on a broken disk: got %v, want it to be %v", name, err, want)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s on a broken disk has not returned after 5 s", name)
	}
}

// TestDiskHangs: a sync that never returns, and never fails, is given up.
func TestDiskHangs(t *testing.T) {
	var hangs atomic.Bool
	mended := make(chan struct{})
	disk := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if hangs.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			<-mended
		}
		return nil
	}))
	dir := t.TempDir()
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir, FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	pebblekv.SetPatience(store, 100*time.Millisecond)
	wantUsable(t, store.Namespace("n"))
	hangs.Store(true)
	wantEnds(t, "Put", func() error { return store.Namespace("n").Put(t.Context(), version("late", 1)) }, kv.ErrUnavailable)
	wantRefused(t, store)
	if err := store.Health(); err == nil || !strings.Contains(err.Error(), "has not answered") {
		t.Errorf("Health: got %v, want it to say that the disk does not answer", err)
	}
	close(mended) // too late
	wantEnds(t, "Close", store.Close, kv.ErrUnavailable)
	again := open(t, pebblekv.Options{Dir: dir})
	if _, err := again.Namespace("n").Get(t.Context(), "key"); err != nil {
		t.Errorf("Get of what was acknowledged: %v", err)
	}
}

func TestFolderGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for n := 1; err == nil && n < 1000; n++ {
		err = store.Namespace("n").Put(t.Context(), version("key", 7*n))
	}
	if !errors.Is(err, kv.ErrUnavailable) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Put without the folder: got %v, want it to be %v", err, kv.ErrUnavailable)
	}
	wantEnds(t, "Close", store.Close, fs.ErrNotExist)
}
