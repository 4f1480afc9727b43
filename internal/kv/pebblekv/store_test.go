package pebblekv_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

func pair(key, value string) kv.Pair {
	return kv.Pair{Key: key, Item: kv.Item{Value: []byte(value)}}
}

func wantUsable(t *testing.T, ns kv.Namespace) {
	t.Helper()
	if err := ns.Put(t.Context(), pair("key", "value")); err != nil {
		t.Errorf("Put: %v", err)
	}
	if item, err := ns.Get(t.Context(), "key"); err != nil || string(item.Value) != "value" {
		t.Errorf("Get: got %q, %v; want what was put", item.Value, err)
	}
}

func TestNamespacesAreApart(t *testing.T) {
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem()})
	// Ids and keys that would run into each other if ids were not measured.
	ids := []string{"", "a", "ab", "a\x01", "a\x01b", "\x01a", strings.Repeat("i", 300)}
	keys := []string{"a", "b", "b\x01a", "\x01a", "\x00", "aa"}
	for _, id := range ids {
		for _, key := range keys {
			if err := store.Namespace(id).Put(t.Context(), pair(key, id+" "+key)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, id := range ids {
		for _, key := range keys {
			item, err := store.Namespace(id).Get(t.Context(), key)
			if want := id + " " + key; err != nil || string(item.Value) != want {
				t.Errorf("namespace %.10q, key %q: got %q, %v; want %q", id, key, item.Value, err, want)
			}
		}
		if err := store.DeleteNamespace(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for j, other := range ids {
			page, err := store.Namespace(other).List(t.Context(), kv.ListQuery{})
			want := len(keys)
			if j <= i {
				want = 0
			}
			if err != nil || len(page.Keys) != want {
				t.Errorf("after deleting %.10q, namespace %.10q has %d keys, %v; want %d", id, other, len(page.Keys), err, want)
			}
		}
	}
}

// TestDeleteNamespaceWhileWriting: no write is acknowledged behind the deletion.
func TestDeleteNamespaceWhileWriting(t *testing.T) {
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem()})
	ns := store.Namespace("n")
	var g errgroup.Group
	for w := range 4 {
		g.Go(func() error {
			for i := 0; ; i++ {
				err := ns.Put(t.Context(), pair(fmt.Sprintf("%d %d", w, i), "v"))
				if errors.Is(err, kv.ErrNamespaceNotFound) {
					return nil
				}
				if err != nil {
					return err
				}
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	if err := store.DeleteNamespace(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if left, err := pebblekv.Leftovers(store); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestSweep(t *testing.T) {
	clock := kvtest.NewClock()
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem(), Now: clock.Now, SweepEvery: -1})
	put := func(namespace, key string, size int, ttl time.Duration) {
		t.Helper()
		p := pair(key, strings.Repeat("v", size))
		if ttl > 0 {
			p.Expiration = clock.Now().Add(ttl).Unix()
		}
		if err := store.Namespace(namespace).Put(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(want int) {
		t.Helper()
		if got, err := store.Sweep(t.Context()); err != nil || got != want {
			t.Errorf("Sweep: removed %d, %v; want %d", got, err, want)
		}
	}
	for i := range 2500 {
		put("n", fmt.Sprint("many ", i), 1, time.Minute)
	}
	put("n", "large", 2<<20, time.Minute)
	put("n", "prolonged", 1, time.Minute)
	put("n", "prolonged", 1, time.Hour)
	put("n", "made permanent", 1, time.Minute)
	put("n", "made permanent", 1, 0)
	put("deleted", "key", 1, time.Minute)
	if err := store.DeleteNamespace(t.Context(), "deleted"); err != nil {
		t.Fatal(err)
	}

	sweep(0)
	clock.Advance(time.Minute)
	put("n", "many 7", 1, 0) // after its expiry, before the sweep
	sweep(2500)
	for _, key := range []string{"prolonged", "made permanent", "many 7"} {
		if _, err := store.Namespace("n").Get(t.Context(), key); err != nil {
			t.Errorf("Get(%q): %v", key, err)
		}
	}
	clock.Advance(time.Hour)
	sweep(1)
	if err := store.Namespace("n").(kv.Bulk).DeleteMany(t.Context(), []string{"made permanent", "many 7"}); err != nil {
		t.Fatal(err)
	}
	if left, err := pebblekv.Leftovers(store); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// TestSweepWhileWriting: a key that is written again while the sweep runs stays.
func TestSweepWhileWriting(t *testing.T) {
	clock := kvtest.NewClock()
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem(), Now: clock.Now, SweepEvery: -1})
	ns := store.Namespace("n")
	for range 20 {
		for i := range 50 {
			p := pair(fmt.Sprint(i), "short")
			p.Expiration = clock.Now().Add(kv.MinTTL).Unix()
			if err := ns.Put(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		clock.Advance(kv.MinTTL)
		var g errgroup.Group
		g.Go(func() error { _, err := store.Sweep(t.Context()); return err })
		for i := range 50 {
			if err := ns.Put(t.Context(), pair(fmt.Sprint(i), "long")); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			if item, err := ns.Get(t.Context(), fmt.Sprint(i)); err != nil || string(item.Value) != "long" {
				t.Fatalf("key %d: got %q, %v; want what was put while the sweep ran", i, item.Value, err)
			}
		}
	}
}

func TestSweepInBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, err := pebblekv.Open(pebblekv.Options{Dir: "data", FS: vfs.NewMem()})
		if err != nil {
			t.Fatal(err)
		}
		p := pair("key", "v")
		p.Expiration = time.Now().Add(kv.MinTTL).Unix()
		if err := store.Namespace("n").Put(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		if left, err := pebblekv.Leftovers(store); err != nil || len(left) > 0 {
			t.Errorf("left behind: %q, %v", left, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestCursorSurvivesRestart(t *testing.T) {
	disk := vfs.NewMem()
	store, err := pebblekv.Open(pebblekv.Options{Dir: "data", FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if err := store.Namespace("n").Put(t.Context(), pair(fmt.Sprintf("%02d", i), "v")); err != nil {
			t.Fatal(err)
		}
	}
	page, err := store.Namespace("n").List(t.Context(), kv.ListQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = open(t, pebblekv.Options{Dir: "data", FS: disk})
	page, err = store.Namespace("n").List(t.Context(), kv.ListQuery{Limit: 10, Cursor: page.Cursor})
	if err != nil || len(page.Keys) != 10 || page.Keys[0].Name != "10" {
		t.Errorf("second page after a restart: got %v, %v; want ten keys from 10 on", page.Keys, err)
	}
}

func TestClosed(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	store, err := pebblekv.Open(pebblekv.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	ns := store.Namespace("n")
	wantUsable(t, ns)
	for range 2 {
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	_, getErr := ns.Get(t.Context(), "key")
	_, listErr := ns.List(t.Context(), kv.ListQuery{})
	_, manyErr := ns.(kv.Bulk).GetMany(t.Context(), []string{"key"})
	_, sweepErr := store.Sweep(t.Context())
	for name, err := range map[string]error{
		"Get":             getErr,
		"List":            listErr,
		"GetMany":         manyErr,
		"Put":             ns.Put(t.Context(), pair("key", "v")),
		"Delete":          ns.Delete(t.Context(), "key"),
		"DeleteNamespace": store.DeleteNamespace(t.Context(), "n"),
		"Sweep":           sweepErr,
		"Apply":           store.Apply(t.Context(), nil, []string{"r"}),
		"Scan":            store.Scan(t.Context(), "", nil),
	} {
		if !errors.Is(err, pebblekv.ErrClosed) || !errors.Is(err, kv.ErrUnavailable) {
			t.Errorf("%s after Close: got %v, want %v", name, err, pebblekv.ErrClosed)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("a folder with other files", func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "wrangler.toml")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := pebblekv.Open(pebblekv.Options{Dir: dir})
		var foreign *pebblekv.ForeignFolderError
		if !errors.As(err, &foreign) || !strings.Contains(err.Error(), dir) || foreign.Hint() == "" {
			t.Errorf("got %v, want a ForeignFolderError that names the folder, with a hint", err)
		}
		if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 1 {
			t.Errorf("the folder now holds %q, want it as it was", names)
		}
	})
	t.Run("a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{file, filepath.Join(file, "below")} {
			_, err := pebblekv.Open(pebblekv.Options{Dir: dir})
			wantFolderError(t, err, "data folder "+dir+": not a directory", "a file stands where a folder is meant")
		}
	})
	t.Run("a store whose files are damaged", func(t *testing.T) {
		dir := t.TempDir()
		store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		wantUsable(t, store.Namespace("n"))
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		manifests, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
		if err != nil || len(manifests) == 0 {
			t.Fatalf("no manifest: %v", err)
		}
		for _, m := range manifests {
			if err := os.WriteFile(m, []byte("not a manifest"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err = pebblekv.Open(pebblekv.Options{Dir: dir})
		wantFolderError(t, err, "data folder "+dir+": ", "restore the folder from a copy")
	})
	for cause, hint := range map[error]string{fs.ErrPermission: "that you may write to", syscall.EROFS: "that you may write to", syscall.ENOSPC: "make room"} {
		t.Run(cause.Error(), func(t *testing.T) {
			broken := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
				if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
					return nil
				}
				return &fs.PathError{Op: "open", Path: op.Path, Err: cause}
			}))
			_, err := pebblekv.Open(pebblekv.Options{Dir: "data", FS: broken})
			wantFolderError(t, err, "data folder data: "+cause.Error(), hint)
		})
	}
}

func wantFolderError(t *testing.T, err error, text, hint string) {
	t.Helper()
	var folder *pebblekv.FolderError
	if !errors.As(err, &folder) || !strings.Contains(err.Error(), text) || !strings.Contains(folder.Hint(), hint) {
		t.Errorf("got %v, want a FolderError …%s… with hint …%s…", err, text, hint)
	}
}

func TestFolderIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	open(t, pebblekv.Options{Dir: dir})
	for _, d := range []string{dir, filepath.Dir(dir)} {
		info, err := os.Stat(d)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: got mode %v, %v; want 0700", d, info.Mode().Perm(), err)
		}
	}
}

func TestRecords(t *testing.T) {
	disk := vfs.NewCrashableMem()
	store, err := pebblekv.Open(pebblekv.Options{Dir: "data", FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	set := map[string][]byte{"a/1": []byte("one"), "a/2": nil, "b": []byte("two"), "a": []byte("short")}
	if err := store.Apply(t.Context(), set, nil); err != nil {
		t.Fatal(err)
	}
	if err := store.Apply(t.Context(), map[string][]byte{"a/3": []byte("three")}, []string{"a/1", "missing"}); err != nil {
		t.Fatal(err)
	}
	after := disk.CrashClone(vfs.CrashCloneCfg{}) // only what was synced is left
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = open(t, pebblekv.Options{Dir: "data", FS: after})
	for prefix, want := range map[string]string{
		"":   `a="short" a/2="" a/3="three" b="two" `,
		"a/": `a/2="" a/3="three" `,
		"c":  "",
	} {
		var got strings.Builder
		err := store.Scan(t.Context(), prefix, func(key string, value []byte) error {
			fmt.Fprintf(&got, "%s=%q ", key, value)
			return nil
		})
		if err != nil || got.String() != want {
			t.Errorf("Scan(%q): got %s, %v; want %s", prefix, got.String(), err, want)
		}
	}
	enough := errors.New("enough")
	if err := store.Scan(t.Context(), "", func(string, []byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("Scan whose visit fails: got %v, want %v", err, enough)
	}
}

// TestLogIsQuiet: at the usual level, a store that works says nothing.
func TestLogIsQuiet(t *testing.T) {
	var log bytes.Buffer
	store, err := pebblekv.Open(pebblekv.Options{
		Dir: "data", FS: vfs.NewMem(),
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	wantUsable(t, store.Namespace("n"))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if log.Len() > 0 {
		t.Errorf("logged:\n%s", &log)
	}
}
