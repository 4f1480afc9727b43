package pebblekv

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// closedFile says which log and manifest a store had when it was closed. Pebble takes a
// damaged record at the end of a log, and anywhere in a manifest, for the end that a
// crash left, and goes on without what follows. After a Close nothing was cut off, so
// that every byte must still be there. While a store is open, and after a crash, there
// is no such file.
const closedFile = "CLOSED"

// closedPart is a file as it was at Close.
type closedPart struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	CRC32C uint32 `json:"crc32c"` // Castagnoli's polynomial
}

// noteClosed writes closedFile, whole or not at all. Pebble has let go of the folder.
func noteClosed(fsys vfs.FS, dir string) error {
	names, err := fsys.List(dir)
	if err != nil {
		return err
	}
	var parts []closedPart
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") && !strings.HasPrefix(name, "MANIFEST-") {
			continue
		}
		part, err := measure(fsys, dir, name)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return err
	}
	path := fsys.PathJoin(dir, closedFile)
	f, err := fsys.Create(path+".tmp", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(path+".tmp", path); err != nil {
		return err
	}
	return syncFolder(fsys, dir)
}

// checkClosed holds the log and the manifest against closedFile, if there is one, and
// removes it: from now on they change. The error names the file that is not what it was.
func checkClosed(fsys vfs.FS, dir string) error {
	path := fsys.PathJoin(dir, closedFile)
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var parts []closedPart
	err = errors.Join(json.NewDecoder(f).Decode(&parts), f.Close())
	if err != nil {
		return fmt.Errorf("file %s is damaged: %w", closedFile, err)
	}
	for _, was := range parts {
		is, err := measure(fsys, dir, was.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("file %s is missing, and was there when the store was closed", was.Name)
		case err != nil:
			return err
		case is != was:
			return fmt.Errorf("file %s is damaged: it is not what it was when the store was closed", was.Name)
		}
	}
	// On disk before anything changes: after a crash the file would speak of a store that was.
	if err := fsys.Remove(path); err != nil {
		return err
	}
	return syncFolder(fsys, dir)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func measure(fsys vfs.FS, dir, name string) (closedPart, error) {
	f, err := fsys.Open(fsys.PathJoin(dir, name), vfs.SequentialReadsOption)
	if err != nil {
		return closedPart{}, err
	}
	sum := crc32.New(castagnoli)
	n, err := io.Copy(sum, f)
	return closedPart{Name: name, Bytes: n, CRC32C: sum.Sum32()}, errors.Join(err, f.Close())
}
