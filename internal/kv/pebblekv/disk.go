package pebblekv

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// disk stands between Pebble and the file system, and keeps from it that a write to
// the data folder failed. Told of that, Pebble would end the process, panic where
// nobody can recover, or try again at once and for ever, depending on what it was
// doing. A disk that never answers is something it bears: those who wait for it wait,
// and readers go on. So the first failure is noted, and from then on whoever writes
// is halted; health sees to it that nobody waits for them.
//
// Reads, and what lies outside the folder (a backup that is being made), pass
// unchanged.
type disk struct {
	vfs.FS
	dir    string
	health *health
}

// write does op on a path.
func (d *disk) write(path string, op func() error) error {
	if path != d.dir && filepath.Dir(path) != d.dir {
		return op()
	}
	if d.health.err() != nil {
		halt()
	}
	if err := op(); err != nil {
		d.health.fail(fmt.Errorf("write: %w", err))
		halt()
	}
	return nil
}

// remove is write for what may be gone already.
func (d *disk) remove(path string, op func() error) (err error) {
	gone := d.write(path, func() error {
		if err = op(); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return errors.Join(gone, err)
}

func (d *disk) Create(name string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.Create(name, c) })
}

func (d *disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.OpenReadWrite(name, c, o...) })
}

func (d *disk) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open(to, func() (vfs.File, error) { return d.FS.ReuseForWrite(from, to, c) })
}

func (d *disk) OpenDir(name string) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.OpenDir(name) })
}

func (d *disk) open(name string, open func() (vfs.File, error)) (f vfs.File, err error) {
	err = d.write(name, func() (err error) {
		f, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &diskFile{File: f, disk: d, name: name}, nil
}

func (d *disk) Link(from, to string) error {
	return d.write(to, func() error { return d.FS.Link(from, to) })
}

func (d *disk) Rename(from, to string) error {
	return d.write(to, func() error { return d.FS.Rename(from, to) })
}

func (d *disk) MkdirAll(name string, mode os.FileMode) error {
	return d.write(name, func() error { return d.FS.MkdirAll(name, mode) })
}

func (d *disk) Remove(name string) error {
	return d.remove(name, func() error { return d.FS.Remove(name) })
}

func (d *disk) RemoveAll(name string) error {
	return d.remove(name, func() error { return d.FS.RemoveAll(name) })
}

// Lock does nothing: the store holds the lock itself (claim), so that it can let go of
// it when Pebble is stuck.
func (d *disk) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

func (d *disk) Unwrap() vfs.FS { return d.FS }

// diskFile is a file that is written to, or a folder that is synced.
type diskFile struct {
	vfs.File
	disk *disk
	name string
}

func (f *diskFile) Write(p []byte) (n int, err error) {
	err = f.disk.write(f.name, func() (err error) {
		n, err = f.File.Write(p)
		return err
	})
	return n, err
}

func (f *diskFile) WriteAt(p []byte, at int64) (n int, err error) {
	err = f.disk.write(f.name, func() (err error) {
		n, err = f.File.WriteAt(p, at)
		return err
	})
	return n, err
}

func (f *diskFile) SyncTo(length int64) (full bool, err error) {
	err = f.disk.write(f.name, func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

func (f *diskFile) Preallocate(at, length int64) error {
	return f.disk.write(f.name, func() error { return f.File.Preallocate(at, length) })
}

func (f *diskFile) Sync() error     { return f.disk.write(f.name, f.File.Sync) }
func (f *diskFile) SyncData() error { return f.disk.write(f.name, f.File.SyncData) }
func (f *diskFile) Close() error    { return f.disk.write(f.name, f.File.Close) }
