// Package workerd runs Cloudflare's workerd: it finds the binary, writes what is to run as a
// configuration, starts and stops the process, and says in words why one did not start.
//
// Start with [Find], then [Binary.Start] with a [Program]. The room knows nothing of accounts
// or of what a binding leads to: that is a [External] on a socket of the caller's.
//
// No name or text of a Program can break out of the configuration: every byte that is not
// known to be harmless is written as an escape, and content lies in files whose names are ours.
package workerd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Binary is a workerd that was found and asked for its version.
type Binary struct {
	Path string
	// Date is its version and the newest compatibility date that it surely takes, as 2026-04-26.
	Date time.Time
}

// Oldest is the first release that is known to do all that is asked of it here. Found by trying: that of 2025-11-01 does all
// but D1, which asks for this compatibility date, and that of 2025-06-01 does not read our configuration.
var Oldest = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// TooOld says that the binary is older than that; "" if it is not.
func (b *Binary) TooOld() string {
	if !b.Date.Before(Oldest) {
		return ""
	}
	return fmt.Sprintf("workerd %s is older than %s, the first that is known to do all that Workers need here",
		b.Date.Format(time.DateOnly), Oldest.Format(time.DateOnly))
}

// MissingError says that there is no workerd, or none that runs.
type MissingError struct {
	Path string // that was named; "" when it was looked for
	Err  error  // nil when nothing was found
}

func (e *MissingError) Error() string {
	switch {
	case e.Path == "":
		return "workerd was not found: Workers are kept and judged, and do not run"
	default:
		return fmt.Sprintf("workerd %s: %v", e.Path, e.Err)
	}
}

func (e *MissingError) Unwrap() error { return e.Err }

// Hint is what to do.
func (e *MissingError) Hint() string {
	return "npm install workerd (wrangler brings it along), and start in that folder; or name the binary: --workerd PATH"
}

// platforms are the npm packages that hold the binary itself, by GOOS/GOARCH.
var platforms = map[string]string{
	"linux/amd64":  "workerd-linux-64",
	"linux/arm64":  "workerd-linux-arm64",
	"darwin/amd64": "workerd-darwin-64",
	"darwin/arm64": "workerd-darwin-arm64",
}

// Find returns the binary at path. Without a path it looks in node_modules of folder and of the
// folders above it, then on PATH: *MissingError.
func Find(ctx context.Context, path, folder string) (*Binary, error) {
	named := path
	if path == "" {
		path = inNodeModules(folder)
	}
	if path == "" {
		path, _ = exec.LookPath("workerd") // not found is said below
	}
	if path == "" {
		return nil, &MissingError{}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, &MissingError{Path: named, Err: err}
	}
	b := &Binary{Path: path}
	if b.Date, err = askVersion(ctx, path); err != nil {
		return nil, &MissingError{Path: path, Err: err}
	}
	return b, nil
}

// inNodeModules looks from folder upwards, as Node does. The script node_modules/.bin/workerd
// is passed over: it needs Node, and would stand between us and the process.
func inNodeModules(folder string) string {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	for {
		if pack := platforms[runtime.GOOS+"/"+runtime.GOARCH]; pack != "" {
			path := filepath.Join(folder, "node_modules", "@cloudflare", pack, "bin", "workerd")
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				return path
			}
		}
		above := filepath.Dir(folder)
		if above == folder {
			return ""
		}
		folder = above
	}
}

// askVersion reads "workerd 2026-04-26".
func askVersion(ctx context.Context, path string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.WaitDelay = 100 * time.Millisecond // for what it has started itself, and is no workerd
	out, err := cmd.Output()
	var exit *exec.ExitError
	info, _ := os.Stat(path) // what is not there is said below
	switch {
	case info != nil && info.IsDir():
		return time.Time{}, errors.New("it is a folder")
	case ctx.Err() != nil:
		return time.Time{}, errors.New("--version does not end")
	case errors.As(err, &exit):
		return time.Time{}, fmt.Errorf("--version ended with %v", err)
	case err != nil:
		return time.Time{}, whyNot(err)
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "workerd ")
	date, err := time.Parse(time.DateOnly, text)
	if !ok || err != nil {
		return time.Time{}, fmt.Errorf("it is another program: --version printed %.40q", out)
	}
	return date, nil
}

// whyNot says in words why a program was not started.
func whyNot(err error) error {
	switch {
	case errors.Is(err, syscall.ENOEXEC):
		return errors.New("it is no program for this machine")
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("it may not be executed")
	}
	return err
}
