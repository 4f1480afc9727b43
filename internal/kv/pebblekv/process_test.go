package pebblekv_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// The test binary also is the process that gets killed: with childRole set, it
// plays that part on the folder childDir instead of running tests.
const (
	childRole = "PEBBLEKV_TEST_ROLE"
	childDir  = "PEBBLEKV_TEST_DIR"
)

func TestMain(m *testing.M) {
	roles := map[string]func(dir string) error{"write": writeForEver, "hold": holdOpen, "back up": backUpForEver, "full disk": fillDisk, "read-only disk": openReadOnly}
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
				if err := putVersion(context.Background(), ns, key, n); err != nil {
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
