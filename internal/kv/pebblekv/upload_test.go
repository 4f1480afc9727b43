package pebblekv_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// upload begins an upload of size bytes and writes all of them.
func upload(t *testing.T, ns kv.Namespace, key string, size int) kv.Upload {
	t.Helper()
	u, err := ns.(kv.Streamer).Upload(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(u, strings.NewReader(strings.Repeat("v", size))); err != nil {
		t.Fatal(err)
	}
	return u
}

func wantNothingLeft(t *testing.T, store *pebblekv.Store) {
	t.Helper()
	if left, err := pebblekv.Leftovers(store); err != nil || len(left) > 0 {
		t.Errorf("left behind: %d keys, %.40q, %v", len(left), left, err)
	}
}

// TestUploadGivenUp: nothing of it stays in the database.
func TestUploadGivenUp(t *testing.T) {
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem()})
	u := upload(t, store.Namespace("n"), "key", 1<<20)
	if left, err := pebblekv.Leftovers(store); err != nil || len(left) == 0 {
		t.Errorf("before it is given up: %d keys, %v; want chunks", len(left), err)
	}
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	wantNothingLeft(t, store)
}

// TestUploadCut: of an upload that a crash cut off nothing is seen, and the next start
// removes it.
func TestUploadCut(t *testing.T) {
	for _, survives := range []int{0, 50, 100} {
		disk := vfs.NewCrashableMem()
		store := open(t, pebblekv.Options{Dir: "data", FS: disk})
		u := upload(t, store.Namespace("n"), "key", 5<<20)
		after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: survives, RNG: rand.New(rand.NewPCG(1, uint64(survives)))})
		if err := u.Close(); err != nil {
			t.Fatal(err)
		}
		wantNothingLeft(t, open(t, pebblekv.Options{Dir: "data", FS: after}))
	}
}

// TestUploadOfDeletedNamespace: an upload does not outlive its namespace, and another
// namespace of the same id has none of it.
func TestUploadOfDeletedNamespace(t *testing.T) {
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem()})
	u := upload(t, store.Namespace("n"), "key", 1<<20)
	small := upload(t, store.Namespace("n"), "small", 1)
	if err := store.DeleteNamespace(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(u, strings.NewReader(strings.Repeat("v", 1<<20))); !errors.Is(err, kv.ErrNamespaceNotFound) {
		t.Errorf("write after the deletion: got %v, want %v", err, kv.ErrNamespaceNotFound)
	}
	for _, u := range []kv.Upload{u, small} {
		if err := u.Commit(nil, 0); !errors.Is(err, kv.ErrNamespaceNotFound) {
			t.Errorf("Commit after the deletion: got %v, want %v", err, kv.ErrNamespaceNotFound)
		}
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := pebblekv.RemoveAbandoned(store); err != nil {
		t.Fatal(err)
	}
	wantNothingLeft(t, store)
}

// TestAbandoned: what no Close removed the sweeper does, and it spares what is under
// way or was committed.
func TestAbandoned(t *testing.T) {
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem(), SweepEvery: -1})
	ns := store.Namespace("n")
	abandoned, underWay, committed := upload(t, ns, "a", 1<<20), upload(t, ns, "b", 1<<20), upload(t, ns, "c", 1<<20)
	if err := committed.Commit(nil, 0); err != nil {
		t.Fatal(err)
	}
	pebblekv.Forget(store, abandoned)
	if err := pebblekv.RemoveAbandoned(store); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(underWay.Commit(nil, 0), underWay.Close(), committed.Close()); err != nil {
		t.Fatal(err)
	}
	for key, there := range map[string]bool{"a": false, "b": true, "c": true} {
		item, err := ns.Get(t.Context(), key)
		if there != (err == nil && len(item.Value) == 1<<20) {
			t.Errorf("key %s: got %d bytes, %v", key, len(item.Value), err)
		}
	}
	if err := pebblekv.Audit(store); err != nil {
		t.Errorf("audit: %v", err)
	}
	_ = abandoned.Close() // removes the rest of it
}
