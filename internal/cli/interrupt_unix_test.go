//go:build unix

package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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
