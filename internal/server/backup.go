package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// BackupInfo is what a backup says of itself.
type BackupInfo = pebblekv.Backup

// BackupTargetError: a backup cannot be written there. Nothing was changed.
type BackupTargetError struct {
	Dir, Why string
}

func (e *BackupTargetError) Error() string { return fmt.Sprintf("backup to %s: %s", e.Dir, e.Why) }

// Hint says what to do, in words for the user.
func (e *BackupTargetError) Hint() string {
	return "name a folder that does not exist yet, outside the data folder"
}

// Backup writes a data folder, as it is now, into a folder that does not exist yet,
// whether a server runs on it or not; it is there whole, or not at all.
func Backup(ctx context.Context, dataDir, to string) (b BackupInfo, err error) {
	to, err = filepath.Abs(to)
	if err != nil {
		return b, err
	}
	if _, err := os.Lstat(to); err == nil {
		return b, &BackupTargetError{Dir: to, Why: "it exists already"}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	parent := filepath.Dir(to)
	if inside, err := isInside(parent, dataDir); err != nil || inside {
		return b, errors.Join(err, &BackupTargetError{Dir: to, Why: "that is inside the data folder"})
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return b, &BackupTargetError{Dir: to, Why: err.Error()}
	}
	o, err := Operate(ctx, dataDir)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	partial, err := os.MkdirTemp(parent, filepath.Base(to)+".partial-")
	if err != nil {
		return b, &BackupTargetError{Dir: to, Why: err.Error()}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(partial))
		}
	}()
	made := time.Now()
	if err := o.Checkpoint(ctx, filepath.Join(partial, pebblekv.BackupFiles)); err != nil {
		return b, err
	}
	if b, err = pebblekv.SealBackup(partial, made); err != nil {
		return b, err
	}
	if err := ctx.Err(); err != nil {
		return b, err
	}
	return b, os.Rename(partial, to)
}

// isInside says whether a folder, which may not be there yet, is another one or lies in it.
func isInside(dir, other string) (bool, error) {
	real, err := filepath.EvalSymlinks(dir)
	for errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		real, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return false, err
	}
	if other, err = filepath.EvalSymlinks(other); err == nil {
		other, err = filepath.Abs(other)
	}
	return real == other || strings.HasPrefix(real, other+string(os.PathSeparator)), err
}

// Restore makes a data folder of a backup, whole or not at all, and refuses one that
// holds anything.
func Restore(ctx context.Context, from, dataDir string) (BackupInfo, error) {
	return pebblekv.Restore(ctx, from, dataDir)
}
