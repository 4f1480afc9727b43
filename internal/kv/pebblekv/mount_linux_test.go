package pebblekv_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// small mounts a file system of 16 MB. The process is in name spaces of its own
// (inNamespaces), so nobody else sees it, and it goes with the process.
func small(dir string) error {
	if err := syscall.Mount("bindery", dir, "tmpfs", 0, "size=16m"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	return nil
}

// inNamespaces starts this binary in a role, where it may mount. It skips the test
// where the system does not let users do so.
func inNamespaces(t *testing.T, role string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || strings.HasPrefix(string(out), "mount:")) {
		t.Skipf("no file systems can be mounted here: %v %s", err, out)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", role, err, out)
	}
	return string(out)
}

// TestRealDiskFull fills a real file system of 16 MB.
func TestRealDiskFull(t *testing.T) {
	t.Log(inNamespaces(t, "full disk"))
}

// fillDisk is the child's part: it writes until it is refused, wants all that was
// acknowledged to be there, then makes room and wants it again after a restart.
func fillDisk(dir string) error {
	if err := small(dir); err != nil {
		return err
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 6<<20), 0o600); err != nil {
		return err
	}
	o := pebblekv.Options{Dir: filepath.Join(dir, "data")}
	store, err := pebblekv.Open(o)
	if err != nil {
		return err
	}
	ctx := context.Background()
	n, refused := 0, error(nil)
	for ; refused == nil; n++ {
		refused = store.Namespace("n").Put(ctx, version(fmt.Sprint("key ", n), n))
	}
	acknowledged := n - 1
	check := func(ns kv.Namespace) error {
		for i := range acknowledged {
			item, err := ns.Get(ctx, fmt.Sprint("key ", i))
			if err != nil {
				return fmt.Errorf("key %d of %d: %w", i, acknowledged, err)
			}
			if got, err := versionOf(item); err != nil || got != i {
				return fmt.Errorf("key %d of %d: got version %d, %w", i, acknowledged, got, err)
			}
		}
		return nil
	}
	if !errors.Is(refused, kv.ErrUnavailable) || !errors.Is(refused, syscall.ENOSPC) || store.Health() == nil {
		return fmt.Errorf("put %d on a full disk: got %w, health %v", n, refused, store.Health())
	}
	if err := check(store.Namespace("n")); err != nil {
		return fmt.Errorf("on the full disk: %w", err)
	}
	if err := store.Close(); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("close on a full disk: %w", err)
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	if store, err = pebblekv.Open(o); err != nil {
		return fmt.Errorf("open with room again: %w", err)
	}
	if err := check(store.Namespace("n")); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	fmt.Printf("%d writes were acknowledged, then: %v", acknowledged, refused)
	return store.Close()
}

// TestRealDiskReadOnly: a store on a read-only file system is refused, with words.
func TestRealDiskReadOnly(t *testing.T) {
	if out := inNamespaces(t, "read-only disk"); !strings.Contains(out, "read-only file system") || !strings.Contains(out, "hint: choose a folder that you may write to") {
		t.Errorf("got %q, want the cause and a hint", out)
	}
}

func openReadOnly(dir string) error {
	if err := small(dir); err != nil {
		return err
	}
	o := pebblekv.Options{Dir: filepath.Join(dir, "data")}
	store, err := pebblekv.Open(o)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	_, err = pebblekv.Open(o)
	var folder *pebblekv.FolderError
	if !errors.As(err, &folder) {
		return fmt.Errorf("open of a read-only folder: got %w", err)
	}
	fmt.Println(err)
	fmt.Println("hint:", folder.Hint())
	return nil
}
