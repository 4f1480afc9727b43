package pebblekv_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// The test binary also is the process that gets killed: with childRole set, it
// plays that part on the folder childDir instead of running tests.
const (
	childRole = "PEBBLEKV_TEST_ROLE"
	childDir  = "PEBBLEKV_TEST_DIR"
)

func TestMain(m *testing.M) {
	roles := map[string]func(dir string) error{"write": writeForEver, "hold": holdOpen, "full": fillDisk, "no tables": writeNoTables, "no folder": removeFolder}
	if role := os.Getenv(childRole); role != "" {
		if err := roles[role](os.Getenv(childDir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// A history opens a store some ten times, which takes long with the race detector,
	// as Pebble then watches itself too. -rapid.checks asks for more histories.
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// child starts the test binary in a role and returns its standard output.
func child(t *testing.T, role, dir string) (*exec.Cmd, *bufio.Reader, *strings.Builder) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir)
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(stdout), stderr
}

// writeForEver writes versions of four keys and says so once each is acknowledged.
func writeForEver(dir string) error {
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		return err
	}
	ns := store.Namespace("n")
	var out sync.Mutex
	failed := make(chan error)
	for w := range 4 {
		go func() {
			key := fmt.Sprint("key-", w)
			for n := 1; ; n++ {
				if err := ns.Put(context.Background(), version(key, n)); err != nil {
					failed <- err
					return
				}
				out.Lock()
				fmt.Println(key, n)
				out.Unlock()
			}
		}()
	}
	return <-failed
}

// acknowledgements reads what a child says it wrote, at most limit lines.
func acknowledgements(t *testing.T, out *bufio.Reader, limit int, into map[string]int) {
	t.Helper()
	for range limit {
		line, err := out.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Fatalf("read acknowledgements: %v", err)
			}
			return // a last line without its end was not said
		}
		var key string
		var n int
		if _, err := fmt.Sscan(line, &key, &n); err != nil {
			t.Fatalf("read acknowledgement %q: %v", line, err)
		}
		into[key] = n
	}
}

// TestKill9 kills a process that writes, again and again on the same folder; all
// that it acknowledged is there.
func TestKill9(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		cmd, out, stderr := child(t, "write", dir)
		acknowledged := map[string]int{}
		acknowledgements(t, out, 100+50*round, acknowledged)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		acknowledgements(t, out, 1<<30, acknowledged) // what was said before it died
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended on its own")
		}
		if len(acknowledged) == 0 {
			t.Fatalf("round %d: the child acknowledged nothing: %s", round, stderr)
		}
		store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
		if err != nil {
			t.Fatalf("open after kill -9: %v", err)
		}
		checkSurvivors(t, store.Namespace("n"), acknowledged)
		if err := pebblekv.Audit(store); err != nil {
			t.Errorf("audit: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// holdOpen keeps a store open until it is killed.
func holdOpen(dir string) error {
	if _, err := pebblekv.Open(pebblekv.Options{Dir: dir}); err != nil {
		return err
	}
	fmt.Println("open")
	select {}
}

func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	cmd, out, stderr := child(t, "hold", dir)
	if line, err := out.ReadString('\n'); err != nil {
		t.Fatalf("the child said %q, %v: %s", line, err, stderr)
	}
	_, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	var inUse *pebblekv.InUseError
	if !errors.As(err, &inUse) || inUse.Dir != dir || inUse.PID != cmd.Process.Pid || inUse.Hint() == "" {
		t.Errorf("Open of a folder in use: got %v, want an InUseError that names %s and process %d", err, dir, cmd.Process.Pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	store := open(t, pebblekv.Options{Dir: dir}) // the lock went with the process

	_, err = pebblekv.Open(pebblekv.Options{Dir: dir})
	if !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
		t.Errorf("Open of a folder in use by this process: got %v, want an InUseError that says so", err)
	}
	wantUsable(t, store.Namespace("n"))
}

// fillDisk writes until the disk is full, which it is from the tenth write on.
func fillDisk(dir string) error {
	var full atomic.Bool
	disk := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return errors.New("no space left on device")
		}
		return nil
	}))
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir, FS: disk})
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		full.Store(n >= 10)
		if err := store.Namespace("n").Put(context.Background(), version("key", n)); err != nil {
			return err
		}
		fmt.Println("key", n)
	}
}

// TestDiskFull: a log that cannot be written ends the process with a clear message,
// rather than leave it answering in doubt.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	cmd, out, stderr := child(t, "full", dir)
	acknowledged := map[string]int{}
	acknowledgements(t, out, 1<<30, acknowledged)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(stderr.String(), "no space left on device") {
		t.Errorf("got exit code %d and message %q, want 3 and the cause", code, stderr)
	}
	if strings.Contains(stderr.String(), "goroutine") {
		t.Errorf("the message is a stack trace: %s", stderr)
	}
	if acknowledged["key"] != 9 {
		t.Errorf("acknowledged: %v, want nine versions", acknowledged)
	}
	checkSurvivors(t, open(t, pebblekv.Options{Dir: dir}).Namespace("n"), acknowledged)
}

// writeNoTables writes for ever on a disk that has room for the log alone.
func writeNoTables(dir string) error {
	disk := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasSuffix(op.Path, ".sst") && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return &fs.PathError{Op: "write", Path: op.Path, Err: syscall.ENOSPC}
		}
		return nil
	}))
	return writeLarge(pebblekv.Options{Dir: dir, FS: disk}, func(int) error { return nil })
}

// removeFolder writes for ever and removes the folder meanwhile.
func removeFolder(dir string) error {
	return writeLarge(pebblekv.Options{Dir: dir}, func(n int) error {
		if n == 3 {
			return os.RemoveAll(dir)
		}
		return nil
	})
}

// writeLarge writes versions that fill a memtable soon, and calls meanwhile after each.
func writeLarge(o pebblekv.Options, meanwhile func(n int) error) error {
	store, err := pebblekv.Open(o)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		if err := store.Namespace("n").Put(context.Background(), version("key", 7*n)); err != nil {
			return err
		}
		fmt.Println("key", 7*n)
		if err := meanwhile(n); err != nil {
			return err
		}
	}
}

// TestDiskFullInTheBackground: when the log has room and the tables made of it have
// none, the process ends, both while it runs and when it is started again.
func TestDiskFullInTheBackground(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]int{}
	for _, when := range []string{"while it runs", "at its start"} {
		wantEnd(t, "no tables", dir, acknowledged, "no space left on device", when)
	}
	checkSurvivors(t, open(t, pebblekv.Options{Dir: dir}).Namespace("n"), acknowledged)
}

func TestFolderGone(t *testing.T) {
	wantEnd(t, "no folder", filepath.Join(t.TempDir(), "data"), map[string]int{}, "no such file or directory", "without its folder")
}

// wantEnd wants a child to end by itself, with two lines that say why and what to do.
func wantEnd(t *testing.T, role, dir string, acknowledged map[string]int, says, when string) {
	t.Helper()
	cmd, out, stderr := child(t, role, dir)
	stuck := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	acknowledgements(t, out, 1<<30, acknowledged)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(stderr.String(), says) || strings.Count(stderr.String(), "\n") != 2 {
		t.Errorf("%s: got exit code %d and message %.2000q, want 3, two lines and …%s…", when, code, stderr, says)
	}
}
