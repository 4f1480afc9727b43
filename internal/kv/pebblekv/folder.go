package pebblekv

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	lockFile = "LOCK" // Pebble's; the first file that a store makes in its folder
	pidFile  = "PID"  // of the process that holds the lock
)

// ForeignFolderError: the folder holds files, and no store. Nothing was changed.
type ForeignFolderError struct{ Dir string }

func (e *ForeignFolderError) Error() string {
	return fmt.Sprintf("data folder %s holds other files and no store", e.Dir)
}

// Hint says what to do, in words for the user.
func (e *ForeignFolderError) Hint() string {
	return "name an empty folder, or one that does not exist yet"
}

// InUseError: another process (or this one, a second time) has the folder open.
type InUseError struct {
	Dir string
	PID int // 0 when it is not known
}

func (e *InUseError) Error() string {
	switch e.PID {
	case 0:
		return fmt.Sprintf("data folder %s is in use by another process", e.Dir)
	case os.Getpid():
		return fmt.Sprintf("data folder %s is in use by this process already", e.Dir)
	}
	return fmt.Sprintf("data folder %s is in use by process %d", e.Dir, e.PID)
}

// Hint says what to do, in words for the user.
func (e *InUseError) Hint() string {
	return "stop that process, or choose another folder"
}

// FolderError: the folder cannot be made, read or written to, or what it holds is no
// whole store.
type FolderError struct {
	Dir string
	Err error
}

func (e *FolderError) Error() string {
	err := e.Err
	if at := (*fs.PathError)(nil); errors.As(err, &at) && at.Path == e.Dir {
		err = at.Err // it is named already
	}
	return fmt.Sprintf("data folder %s: %v", e.Dir, err)
}

func (e *FolderError) Unwrap() error { return e.Err }

// Hint says what to do, in words for the user.
func (e *FolderError) Hint() string {
	switch {
	case errors.Is(e.Err, syscall.ENOTDIR):
		return "a file stands where a folder is meant: name another folder"
	case errors.Is(e.Err, fs.ErrPermission), errors.Is(e.Err, syscall.EROFS):
		return "choose a folder that you may write to"
	case errors.Is(e.Err, syscall.ENOSPC):
		return "make room on its disk, or choose a folder on another"
	}
	return "restore the folder from a copy, or choose another"
}

// claim makes the folder if need be and locks it. The lock goes with the process,
// however that ends.
func claim(fsys vfs.FS, dir string) (io.Closer, error) {
	if err := makeFolder(fsys, dir); err != nil {
		return nil, &FolderError{Dir: dir, Err: err}
	}
	isNew, err := checkFolder(fsys, dir)
	if err != nil {
		return nil, err
	}
	lock, err := fsys.Lock(fsys.PathJoin(dir, lockFile))
	if err != nil {
		// A file that cannot be made is reported with its path; whatever else
		// there is to say about a lock says that somebody has it.
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			return nil, &FolderError{Dir: dir, Err: err}
		}
		return nil, &InUseError{Dir: dir, PID: readPID(fsys, dir)}
	}
	if isNew {
		// Nothing else may be in the folder before the lock file surely is: a
		// store without it would be taken for something else.
		err = syncFolder(fsys, dir)
	}
	if err == nil {
		err = writePID(fsys, dir)
	}
	if err != nil {
		return nil, errors.Join(&FolderError{Dir: dir, Err: err}, lock.Close())
	}
	return lock, nil
}

// makeFolder makes a folder and those above it, for its owner only, and sees to it
// that they outlive a crash: what lies in a folder is no safer than its name.
func makeFolder(fsys vfs.FS, dir string) error {
	if _, err := fsys.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := fsys.PathDir(dir)
	if parent != dir {
		if err := makeFolder(fsys, parent); err != nil {
			return err
		}
	}
	if err := fsys.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(fsys, parent)
}

func syncFolder(fsys vfs.FS, dir string) error {
	d, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// checkFolder keeps a mistyped folder from being filled with a store's files.
func checkFolder(fsys vfs.FS, dir string) (isNew bool, err error) {
	names, err := fsys.List(dir)
	if err != nil {
		return false, &FolderError{Dir: dir, Err: err}
	}
	if slices.Contains(names, lockFile) {
		return false, nil
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "lost+found" }) // a fresh volume's
	if len(names) > 0 {
		return false, &ForeignFolderError{Dir: dir}
	}
	return true, nil
}

// The PID is for people who look for the process that holds a folder; nothing
// depends on it.
func writePID(fsys vfs.FS, dir string) error {
	f, err := fsys.Create(fsys.PathJoin(dir, pidFile), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, strconv.Itoa(os.Getpid())+"\n")
	return errors.Join(err, f.Close())
}

func readPID(fsys vfs.FS, dir string) int {
	f, err := fsys.Open(fsys.PathJoin(dir, pidFile))
	if err != nil {
		return 0
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}
