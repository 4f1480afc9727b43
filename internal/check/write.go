package check

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Change is a file that is to have other bytes.
type Change struct {
	Path          string
	Before, After []byte
}

// WriteError: a file was left as it is.
type WriteError struct {
	Path   string
	Reason string // a phrase whose subject is Path
	Advice string
	Err    error // the cause; nil if the file itself is the matter
}

func (e *WriteError) Error() string { return e.Path + " " + e.Reason + ": it is left as it is" }

// Hint says what to do.
func (e *WriteError) Hint() string { return e.Advice }

func (e *WriteError) Unwrap() error { return e.Err }

// Write puts After in the place of Before, whole or not at all: through a temporary file in the same folder that takes the
// file's name when it is on disk. Mode stays, owner too where the system allows it, and a symbolic link goes on pointing to
// the file, which is what is written.
//
// *WriteError: the file is no longer what was checked, may not be written, or is no regular file.
func (c Change) Write() error {
	target, err := filepath.EvalSymlinks(c.Path)
	if err != nil {
		return c.failed(err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return c.failed(err)
	}
	switch {
	case !info.Mode().IsRegular():
		return &WriteError{Path: c.Path, Reason: "is no regular file"}
	case !writable(target, info):
		return &WriteError{Path: c.Path, Reason: "is read-only", Advice: "chmod u+w " + c.Path, Err: fs.ErrPermission}
	}
	temporary, err := c.prepare(target, info)
	if err != nil {
		return c.failed(err)
	}
	defer os.Remove(temporary) // there only if something fails below
	if done, err := c.unchanged(target); done || err != nil {
		return err
	}
	if err := os.Rename(temporary, target); err != nil {
		return c.failed(err)
	}
	syncFolder(filepath.Dir(target))
	return nil
}

// prepare writes After beside target, with its mode and owner.
func (c Change) prepare(target string, info fs.FileInfo) (path string, err error) {
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(c.After); err != nil {
		return "", err
	}
	keepOwner(f, info) // before the mode, of which a change of owner may take a part
	if err := f.Chmod(info.Mode().Perm()); err != nil {
		return "", err
	}
	return f.Name(), f.Sync()
}

// unchanged returns nil if target still holds what was checked. It may be done already: two paths can lead to one file.
func (c Change) unchanged(target string) (done bool, err error) {
	now, err := os.ReadFile(target)
	switch {
	case err != nil:
		return false, c.failed(err)
	case bytes.Equal(now, c.After):
		return true, nil
	case !bytes.Equal(now, c.Before):
		return false, &WriteError{Path: c.Path, Reason: "was changed by somebody else meanwhile", Advice: "run it again"}
	}
	return false, nil
}

func (c Change) failed(err error) error {
	return &WriteError{Path: c.Path, Reason: fmt.Sprintf("cannot be written (%v)", err), Err: err}
}

// writable says whether the file itself may be written: a rename would ask for the folder's permission only.
func writable(path string, info fs.FileInfo) bool {
	if info.Mode().Perm()&0o222 == 0 {
		return false
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// syncFolder makes a rename last through a power cut, where the system can.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync() // not every file system knows it for folders; the file is whole either way
		folder.Close()
	}
}
