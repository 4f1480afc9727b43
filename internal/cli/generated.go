package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
)

// generated is a file that a command makes of a configuration.
type generated struct {
	what    string // it is, with its article: "the probe"
	none    string // what another file is: "no probe"
	file    string
	text    []byte
	first   string // what each such file begins with, and no other
	command string // makes it again, beside the configuration
}

// writeGenerated puts g where it belongs, whole or not at all; a file that is something else stays. written is false if it is up to date. With
// onlyCheck nothing is written: where it would be, the difference is shown, and the error is errProblems.
func (a *app) writeGenerated(g generated, onlyCheck bool) (written bool, err error) {
	before, err := os.ReadFile(g.file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && onlyCheck:
		return false, a.stale(g, "is not there")
	case errors.Is(err, fs.ErrNotExist):
		return true, g.writeNew()
	case err != nil:
		return false, fmt.Errorf("read %s that is there: %w", g.what, err)
	case bytes.Equal(before, g.text):
		fmt.Fprintf(a.out, "%s is up to date\n", g.file)
		return false, nil
	case !bytes.HasPrefix(before, []byte(g.first)):
		return false, withHint(fmt.Errorf("%s is %s: it is left as it is", g.file, g.none), "name another file with --out")
	}
	change := check.Change{Path: g.file, Before: before, After: g.text}
	if !onlyCheck {
		return true, change.Write()
	}
	if err := report.Diff(a.out, []check.Change{change}); err != nil {
		return false, err
	}
	return false, a.stale(g, "is stale")
}

// stale says that the file is not what it should be, and how to make it so.
func (a *app) stale(g generated, how string) error {
	fmt.Fprintf(a.err, "%s %s %s\nhint: beside the configuration, run: %s\n", a.err.bad("bindery:"), g.file, how, g.command)
	return errProblems
}

// writeNew writes a file that is not there.
func (g generated) writeNew() (err error) {
	f, err := os.CreateTemp(filepath.Dir(g.file), "."+filepath.Base(g.file)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", g.what, err)
	}
	defer os.Remove(f.Name()) // there only if something fails below
	_, err = f.Write(g.text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()) // source code: for everybody to read
	if err == nil {
		err = os.Rename(f.Name(), g.file)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", g.what, err)
	}
	return nil
}
