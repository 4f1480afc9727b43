//go:build unix

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The first signal asks, the second one kills: here a read that cannot be
// interrupted keeps the process from answering the first.
func TestSecondInterruptKills(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "wrangler.toml")
	if err := os.WriteFile(config, []byte("name = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "inventory.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	cmd := exec.Command("bindery", "rehearse", config, "--inventory", pipe)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// Once the pipe opens, the process is at it and its signals are in place.
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()

	for interrupt := 1; interrupt <= 2; interrupt++ {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if interrupt == 1 || !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
				t.Errorf("after interrupt %d: %v, want that the second one killed it", interrupt, err)
			}
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
	_ = cmd.Process.Kill()
	t.Errorf("still running after two interrupts: %v", <-ended)
}

// Ctrl-C in the middle of check --fix: it writes no more, and each file is what it was or what it was to become.
func TestFixInterrupted(t *testing.T) {
	const before, after = "[[kv-namespaces]]\nbinding = \"A\"\n", "[[kv_namespaces]]\nbinding = \"A\"\n"
	dir := t.TempDir()
	var paths []string // in the order in which they are written
	for i := range 500 {
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("wrangler.%03d.toml", i)))
		if err := os.WriteFile(paths[i], []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bindery", "check", "--fix", dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond / 4) {
		if text, err := os.ReadFile(paths[0]); err != nil || string(text) == after {
			break
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	fixed := 0
	for _, path := range paths {
		switch text, err := os.ReadFile(path); {
		case err == nil && string(text) == after:
			fixed++
		case err != nil || string(text) != before:
			t.Errorf("%s holds %q (%v)", path, text, err)
		}
	}
	report := fmt.Sprintf("fixed %s in %s\nbindery: interrupted\n", plural(fixed, "finding", "findings"), plural(fixed, "file", "files"))
	if cmd.ProcessState.ExitCode() != exitFailed || fixed == 0 || fixed == len(paths) || !strings.HasSuffix(said.String(), report) {
		t.Errorf("%d of %d files are fixed, exit code %d, want some, %d and at the end of\n%s\n%s",
			fixed, len(paths), cmd.ProcessState.ExitCode(), exitFailed, said.String(), report)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != len(paths) {
		t.Errorf("%d files in the folder (%v), want %d", len(left), err, len(paths))
	}
}
