package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// A rehearsal that is interrupted, wherever that is, ends at once and leaves
// nothing: no server, no goroutine, no file.
func TestRehearseInterrupted(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Chdir("../..")
	interrupted := 0
	for step := int64(1); ; step++ {
		ctx, cancel := context.WithCancel(t.Context())
		var looks atomic.Int64
		var out, errs bytes.Buffer
		none := func(string) string { return "" }
		a := &app{out: newStream(&out, none), err: newStream(&errs, none), getenv: none, now: func() time.Time {
			if looks.Add(1) == step { // the clock is looked at all the way through
				cancel()
			}
			return time.Now()
		}}
		code := a.execute(ctx, newRootCommand, []string{"rehearse", "examples/api-gateway", "--env", "production"})
		done := ctx.Err() == nil
		cancel()
		if done {
			break
		}
		switch {
		case code == exitOK: // the last looks come after the work
		case code != exitFailed || errs.String() != "bindery: interrupted\n":
			t.Errorf("interrupted at look %d at the clock: exit code %d and %q, want %d and that it was interrupted", step, code, errs.String(), exitFailed)
		default:
			interrupted++
		}
		if out.Len() > 0 && code != exitOK {
			t.Errorf("interrupted at look %d at the clock, it printed half a report:\n%s", step, out.String())
		}
	}
	if interrupted < 10 {
		t.Errorf("only %d of the places were interrupted: the test has lost its grip", interrupted)
	}
	goleak.VerifyNone(t)
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind in the folder for temporary files: %v %v", left, err)
	}
}

// serve ends cleanly at SIGTERM too, as process managers send it.
func TestServeEndsAtTerm(t *testing.T) {
	cmd := exec.Command("bindery", "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("serve printed nothing: %v\n%s", err, errs.String())
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v, want exit code 0", err)
	}
	if !strings.Contains(errs.String(), "msg=stopped") {
		t.Errorf("the log does not say that it stopped:\n%s", errs.String())
	}
}
