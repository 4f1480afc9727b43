package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// taken is what one run of a program took.
type taken struct {
	Wall time.Duration
	Peak int64 // resident memory in KiB, of the largest process among it and its children
}

// timed runs a command and returns its wall time and peak resident memory in MiB, that of the largest process among it and
// its children.
//
// It is run by a process of its own, this program anew: Linux counts for a program no less than its starter's peak, and ours
// grows with each part.
func timed(cmd *exec.Cmd) (time.Duration, float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	program := cmd.Path
	cmd.Args = append([]string{self, "-measured", program}, cmd.Args[1:]...)
	cmd.Path = self
	read, write, err := os.Pipe()
	if err != nil {
		return 0, 0, err
	}
	defer read.Close()
	cmd.ExtraFiles = []*os.File{write} // descriptor 3
	out, err := cmd.CombinedOutput()
	write.Close()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, out)
	}
	var t taken
	if err := json.NewDecoder(read).Decode(&t); err != nil {
		return 0, 0, fmt.Errorf("%s: what it took: %w", filepath.Base(program), err)
	}
	return t.Wall, float64(t.Peak) / 1024, nil
}

// runMeasured runs a program, and writes what it took to descriptor 3. It returns the program's exit code.
func runMeasured(args []string) int {
	report := os.NewFile(3, "report")
	syscall.CloseOnExec(3) // the program has no business with it
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	begin := time.Now()
	err := cmd.Run()
	t := taken{Wall: time.Since(begin)}
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.Peak = ru.Maxrss // Linux counts in KiB
	}
	if err := json.NewEncoder(report).Encode(t); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}
