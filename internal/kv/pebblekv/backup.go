package pebblekv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// A backup is a folder: BackupManifest, written last, and the files of a store in a
// folder beside it.
const (
	BackupManifest = "backup.json"
	BackupFiles    = "store"
)

// backupVersion is the form of the manifest.
const backupVersion = 1

// Backup is what a backup's manifest says.
type Backup struct {
	Version int          `json:"backup"` // form of the manifest
	Format  int          `json:"format"` // of the store
	Made    time.Time    `json:"made"`   // when it was begun: what was acknowledged before is in it
	Bytes   int64        `json:"bytes"`  // of all files
	Files   []BackupFile `json:"files"`
}

// BackupFile is a file of the store.
type BackupFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hex
}

// BackupError: a backup is not whole, or is none.
type BackupError struct {
	Dir string
	Err error
}

func (e *BackupError) Error() string { return fmt.Sprintf("backup %s: %v", e.Dir, e.Err) }
func (e *BackupError) Unwrap() error { return e.Err }

// Hint says what to do, in words for the user.
func (e *BackupError) Hint() string { return "restore another backup; nothing was changed" }

// Checkpoint writes the files of the store, as it is now, into a folder that does not
// exist yet. Files that never change are linked where the file system can. Writers go
// on meanwhile; all that was acknowledged before is in it.
func (s *Store) Checkpoint(ctx context.Context, dir string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.inUse.Done()
	err := s.health.within(openPatience, func() error { return s.db.Checkpoint(dir, pebble.WithFlushedWAL()) })
	if err != nil {
		return fmt.Errorf("copy the store: %w", err)
	}
	return nil
}

// SealBackup writes the manifest of the files that a checkpoint left in
// dir/BackupFiles. Only with it is dir a backup.
func SealBackup(dir string, made time.Time) (Backup, error) {
	b := Backup{Version: backupVersion, Format: format, Made: made.UTC()}
	names, err := os.ReadDir(filepath.Join(dir, BackupFiles))
	if err != nil {
		return b, err
	}
	for _, entry := range names {
		file := BackupFile{Name: entry.Name()}
		if file.Bytes, file.SHA256, err = digest(filepath.Join(dir, BackupFiles, file.Name), io.Discard); err != nil {
			return b, err
		}
		b.Bytes += file.Bytes
		b.Files = append(b.Files, file)
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return b, err
	}
	f, err := os.OpenFile(filepath.Join(dir, BackupManifest), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return b, err
	}
	_, err = f.Write(append(text, '\n'))
	return b, errors.Join(err, f.Sync(), f.Close(), syncDir(dir))
}

// digest copies a file to w and returns its length and SHA-256.
func digest(path string, w io.Writer) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(sum, w), f)
	return n, hex.EncodeToString(sum.Sum(nil)), err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadBackup reads the manifest of a backup: *BackupError if there is none.
func ReadBackup(dir string) (Backup, error) {
	var b Backup
	text, err := os.ReadFile(filepath.Join(dir, BackupManifest))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, missing := os.Stat(dir); missing != nil {
			err = errors.New("there is no such folder")
			break
		}
		err = fmt.Errorf("it has no %s, so it was cut off or is none", BackupManifest)
	case err == nil:
		if err = json.Unmarshal(text, &b); err != nil {
			err = fmt.Errorf("%s is damaged: %w", BackupManifest, err)
		} else if b.Version != backupVersion {
			err = fmt.Errorf("%s has version %d, this program reads version %d", BackupManifest, b.Version, backupVersion)
		}
	}
	for _, file := range b.Files {
		if err == nil && (!filepath.IsLocal(file.Name) || filepath.Base(file.Name) != file.Name) {
			err = fmt.Errorf("%s names a file %q elsewhere", BackupManifest, file.Name)
		}
	}
	if err != nil {
		return b, &BackupError{Dir: dir, Err: err}
	}
	return b, nil
}

// OccupiedError: the folder to restore to holds something.
type OccupiedError struct{ Dir string }

func (e *OccupiedError) Error() string { return fmt.Sprintf("data folder %s is not empty", e.Dir) }

// Hint says what to do, in words for the user.
func (e *OccupiedError) Hint() string {
	return "name a folder that does not exist yet; move the old one away once you are sure"
}

// Restore makes a data folder of a backup, whole or not at all. Every file is held
// against the manifest, and the store is opened once. Errors: *BackupError names a file
// that is missing or damaged, *OccupiedError a folder that is not empty.
func Restore(ctx context.Context, from, to string) (b Backup, err error) {
	if b, err = ReadBackup(from); err != nil {
		return b, err
	}
	to = filepath.Clean(to)
	if names, err := os.ReadDir(to); err == nil && len(names) > 0 {
		return b, &OccupiedError{Dir: to}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return b, &FolderError{Dir: to, Err: err}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return b, &FolderError{Dir: to, Err: err}
	}
	partial, err := os.MkdirTemp(filepath.Dir(to), filepath.Base(to)+".partial-")
	if err != nil {
		return b, &FolderError{Dir: to, Err: err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(partial))
		}
	}()
	for _, file := range b.Files {
		if err := ctx.Err(); err != nil {
			return b, err
		}
		if err := restoreFile(from, partial, file); err != nil {
			return b, err
		}
	}
	if err := os.WriteFile(filepath.Join(partial, lockFile), nil, 0o600); err != nil {
		return b, err
	}
	s, err := Open(Options{Dir: partial, SweepEvery: -1})
	if folder := (*FolderError)(nil); errors.As(err, &folder) {
		return b, &BackupError{Dir: from, Err: folder.Err}
	}
	if err == nil {
		err = errors.Join(s.Close(), os.Remove(filepath.Join(partial, pidFile)), syncDir(partial))
	}
	if err != nil {
		return b, err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) { // empty
		return b, err
	}
	return b, errors.Join(os.Rename(partial, to), syncDir(filepath.Dir(to)))
}

func restoreFile(from, to string, want BackupFile) error {
	f, err := os.OpenFile(filepath.Join(to, want.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, sum, err := digest(filepath.Join(from, BackupFiles, want.Name), f)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = &BackupError{Dir: from, Err: fmt.Errorf("file %s is missing", want.Name)}
	case err == nil && (n != want.Bytes || sum != want.SHA256):
		err = &BackupError{Dir: from, Err: fmt.Errorf("file %s is damaged: it is not what %s says", want.Name, BackupManifest)}
	}
	return errors.Join(err, f.Sync(), f.Close())
}
