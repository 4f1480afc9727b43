package pebblekv_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// backup makes one of store in dir.
func backup(ctx context.Context, store *pebblekv.Store, dir string) (pebblekv.Backup, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return pebblekv.Backup{}, err
	}
	if err := store.Checkpoint(ctx, filepath.Join(dir, pebblekv.BackupFiles)); err != nil {
		return pebblekv.Backup{}, err
	}
	return pebblekv.SealBackup(dir, time.Now())
}

// TestBackupWhileWriting: what was acknowledged before a backup began is in it, whole.
func TestBackupWhileWriting(t *testing.T) {
	dir := t.TempDir()
	store := open(t, pebblekv.Options{Dir: filepath.Join(dir, "data")})
	ctx, stop := context.WithCancel(t.Context())
	var last [4]atomic.Int64
	var g errgroup.Group
	for w := range last {
		g.Go(func() error {
			for n := 1; ctx.Err() == nil; n++ {
				if err := store.Namespace("n").Put(t.Context(), version(fmt.Sprint("key ", w), n)); err != nil {
					return err
				}
				last[w].Store(int64(n))
			}
			return nil
		})
	}
	for i := range 3 {
		time.Sleep(30 * time.Millisecond)
		acknowledged := map[string]int{}
		for w := range last {
			if n := last[w].Load(); n > 0 {
				acknowledged[fmt.Sprint("key ", w)] = int(n)
			}
		}
		from, to := filepath.Join(dir, fmt.Sprint("backup ", i)), filepath.Join(dir, "new", fmt.Sprint("data ", i))
		if _, err := backup(t.Context(), store, from); err != nil {
			t.Fatal(err)
		}
		if _, err := pebblekv.Restore(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
		restored := open(t, pebblekv.Options{Dir: to})
		checkSurvivors(t, restored.Namespace("n"), acknowledged)
		if err := pebblekv.Audit(restored); err != nil {
			t.Errorf("audit: %v", err)
		}
		wantUsable(t, restored.Namespace("n"))
	}
	stop()
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// storeWithFiles is a store with tables, and a log that is not empty.
func storeWithFiles(t *testing.T, dir string) *pebblekv.Store {
	t.Helper()
	store := open(t, pebblekv.Options{Dir: dir})
	for n := range 60 {
		if err := store.Namespace("n").Put(t.Context(), version(fmt.Sprint("key ", n), n)); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// TestRestoreRefuses damages each file of a backup in turn: it is named, and no data
// folder is made.
func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "backup"), filepath.Join(dir, "restored")
	b, err := backup(t.Context(), storeWithFiles(t, filepath.Join(dir, "data")), from)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(t *testing.T, says string) {
		t.Helper()
		_, err := pebblekv.Restore(t.Context(), from, to)
		var bad *pebblekv.BackupError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), says) || bad.Hint() == "" {
			t.Errorf("got %v, want a BackupError that names %s, with a hint", err, says)
		}
		if left, _ := filepath.Glob(to + "*"); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
	for _, file := range b.Files {
		path := filepath.Join(from, pebblekv.BackupFiles, file.Name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		replace := func(text []byte) {
			t.Helper() // removed first: the file may be linked to the store's
			if err := errors.Join(os.Remove(path), os.WriteFile(path, text, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		t.Run(file.Name, func(t *testing.T) {
			if len(whole) > 0 {
				replace(append(whole[:len(whole)/2:len(whole)/2], append([]byte{whole[len(whole)/2] ^ 1}, whole[len(whole)/2+1:]...)...))
				refused(t, file.Name)
				replace(whole[:len(whole)-1])
				refused(t, file.Name)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			refused(t, file.Name)
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	manifest := filepath.Join(from, pebblekv.BackupManifest)
	whole, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := b
	elsewhere.Files = []pebblekv.BackupFile{{Name: "../../elsewhere"}}
	text, err := json.Marshal(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ text, says string }{
		"manifest cut short":     {string(whole[:len(whole)/2]), pebblekv.BackupManifest},
		"manifest of the future": {`{"backup": 99}`, "version 99"},
		"files elsewhere":        {string(text), "elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(manifest, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, row.says)
		})
	}
	if err := os.WriteFile(manifest, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pebblekv.Restore(t.Context(), from, to); err != nil {
		t.Fatalf("the mended backup: %v", err)
	}
	var occupied *pebblekv.OccupiedError
	if _, err := pebblekv.Restore(t.Context(), from, to); !errors.As(err, &occupied) || occupied.Hint() == "" {
		t.Errorf("into a folder that is not empty: got %v, want an OccupiedError with a hint", err)
	}
}

// backUpForEver makes one backup after the other while it writes.
func backUpForEver(dir string) error {
	store, err := pebblekv.Open(pebblekv.Options{Dir: filepath.Join(dir, "data")})
	if err != nil {
		return err
	}
	var g errgroup.Group
	var once sync.Once
	g.Go(func() error {
		for n := 1; ; n++ {
			if err := store.Namespace("n").Put(context.Background(), version("key", n)); err != nil {
				return err
			}
		}
	})
	for i := 0; ; i++ {
		if _, err := backup(context.Background(), store, filepath.Join(dir, fmt.Sprint("backup ", i))); err != nil {
			return err
		}
		once.Do(func() { fmt.Println("begun") })
	}
}

// TestBackupKilled: of a backup that was cut off by kill -9 nothing can be restored.
func TestBackupKilled(t *testing.T) {
	for round := range 3 {
		dir := t.TempDir()
		cmd, out, stderr := child(t, "back up", dir)
		if line, err := out.ReadString('\n'); err != nil {
			t.Fatalf("the child said %q, %v: %s", line, err, stderr)
		}
		time.Sleep(time.Duration(7*round) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		all, err := filepath.Glob(filepath.Join(dir, "backup *"))
		if err != nil || len(all) == 0 {
			t.Fatalf("backups: %q, %v", all, err)
		}
		for i := max(0, len(all)-3); i < len(all); i++ {
			from, to := filepath.Join(dir, fmt.Sprint("backup ", i)), filepath.Join(dir, fmt.Sprint("restored ", i))
			_, err := pebblekv.Restore(t.Context(), from, to)
			var bad *pebblekv.BackupError
			if err != nil && (!errors.As(err, &bad) || i < len(all)-1) {
				t.Errorf("restore backup %d of %d: %v", i+1, len(all), err)
			}
			if err == nil {
				item, err := open(t, pebblekv.Options{Dir: to}).Namespace("n").Get(t.Context(), "key")
				if err == nil {
					_, err = versionOf(item)
				}
				if err != nil && !errors.Is(err, kv.ErrKeyNotFound) {
					t.Errorf("restored: %v", err)
				}
			}
		}
	}
}
