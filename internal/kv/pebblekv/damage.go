package pebblekv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"

	crdb "github.com/cockroachdb/errors"
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// damagedError: a file of the store is not what was written. It is none of Pebble's
// errors of that kind.
type damagedError struct {
	file string
	err  error
}

func (e *damagedError) Unwrap() error { return e.err }
func (e *damagedError) Error() string { return fmt.Sprintf("file %s is damaged: %v", e.file, e.err) }

// get reads a record. What Pebble could not read of a large value it says when the value
// is let go of, and not before: what use makes of it counts only then.
func (s *Store) get(from pebble.Reader, key []byte, use func(value []byte) error) error {
	value, closer, err := from.Get(key)
	if err != nil {
		return err
	}
	used := use(value)
	if err := closer.Close(); err != nil {
		if pebble.IsCorruptionError(err) {
			s.health.fail(err)
		}
		return err
	}
	return used
}

// withFile adds to an error of pebble.Open what it says aside: which log it read.
func withFile(err error) error {
	for _, detail := range crdb.GetAllDetails(err) {
		var number int
		if _, no := fmt.Sscanf(detail, "replaying wal %d", &number); no == nil && pebble.IsCorruptionError(err) {
			return &damagedError{fmt.Sprintf("%06d.log", number), err}
		}
	}
	return err
}

// Open opens a file to be read. That of large values (see pebbleOptions) is looked at
// first, as Pebble 2.1.7 panics where its footer is damaged: when it reports that, it
// does not say of which file (findOrCreateBlob in its file_cache.go).
func (d *disk) Open(name string, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.Open(name, o...)
	if err != nil || filepath.Ext(name) != ".blob" {
		return f, err
	}
	if err := checkBlobFooter(f); err != nil {
		damaged := &damagedError{name, err}
		d.health.fail(damaged)
		return nil, errors.Join(damaged, f.Close())
	}
	return f, nil
}

// The footer of Pebble's blob files, of its format 1: the masked CRC-32C of what follows
// it (4 bytes, little endian), where the index lies (16), kinds (2), the file's number
// (8), and a magic word (8).
const blobFooterBytes = 38

func checkBlobFooter(f vfs.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < blobFooterBytes {
		return errors.New("it is too short")
	}
	var footer [blobFooterBytes]byte
	if _, err := f.ReadAt(footer[:], info.Size()-blobFooterBytes); err != nil && err != io.EOF {
		return err
	}
	sum := crc32.Checksum(footer[4:], castagnoli)
	if sum = (sum>>15 | sum<<17) + 0xa282ead8; sum != binary.LittleEndian.Uint32(footer[:]) {
		return errors.New("its footer has another checksum")
	}
	return nil
}
