package pebblekv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// format is the version of the layout. What format 1 had otherwise are large values:
//
//	c <length> <id> <key> <n>      chunk n of the value of <key>, 512 KiB but for the last
const (
	format       = 2
	kindChunkOne = 'c'
	chunkOne     = 512 << 10
)

// FormatError: the store was written by another version of this program, in a layout
// that this one does not read. Nothing was changed.
type FormatError struct {
	Dir    string
	Stored []byte // one byte in every version so far
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("data folder %s has format %d, and this program reads formats 1 to %d", e.Dir, e.Stored, format)
}

// Hint says what to do, in words for the user.
func (e *FormatError) Hint() string {
	return "use the version of bindery that wrote the folder, or a newer one, or choose another folder"
}

// settleFormat makes the store one of this format, or returns a *FormatError.
func settleFormat(db *pebble.DB, dir string) error {
	stored, closer, err := db.Get([]byte{kindFormat})
	if errors.Is(err, pebble.ErrNotFound) {
		if err := db.Set([]byte{kindFormat}, []byte{format}, pebble.Sync); err != nil {
			return err
		}
		// Pebble begins the first log of all before the database has its format, without
		// what tells damage from the end that a crash leaves. A flush begins the next.
		return db.Flush()
	}
	if err != nil {
		return err
	}
	found := append([]byte(nil), stored...)
	if err := closer.Close(); err != nil {
		return err
	}
	switch string(found) {
	case "\x01":
		// First of all: from the first value that is converted, an older program
		// must keep out.
		if err := db.Set([]byte{kindFormat}, []byte{format}, pebble.Sync); err != nil {
			return err
		}
	case string([]byte{format}):
	default:
		return &FormatError{Dir: dir, Stored: found}
	}
	if err := convertChunks(db); err != nil {
		return fmt.Errorf("convert a store of format 1: %w", err)
	}
	return nil
}

// convertChunks gives each value whose chunks are those of format 1 chunks of a version,
// in one batch a value: a crash leaves whole values of either kind, and the next start
// goes on. There are none in nearly every store, which one look tells.
func convertChunks(db *pebble.DB) error {
	first, err := firstChunkOne(db, convertValue)
	if err != nil || first == nil {
		return err
	}
	// A chunk that no value has taken along with it.
	left, err := firstChunkOne(db, func(*pebble.DB, string, string) error { return nil })
	if err == nil && left != nil {
		err = fmt.Errorf("chunk %q: %w", left, errDamaged)
	}
	if err != nil {
		return err
	}
	return db.LogData(nil, pebble.Sync)
}

// firstChunkOne calls visit for each key that has a first chunk of format 1, and returns
// the name of the first chunk of any number, nil if there is none.
func firstChunkOne(db *pebble.DB, visit func(db *pebble.DB, namespace, key string) error) (first []byte, err error) {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{kindChunkOne}, UpperBound: []byte{kindChunkOne + 1}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if first == nil {
			first = bytes.Clone(it.Key())
		}
		name, isFirst := bytes.CutSuffix(it.Key()[1:], []byte{0, 0, 0, 0})
		if !isFirst {
			continue
		}
		namespace, key, ok := cutName(name)
		if !ok {
			return first, errDamaged
		}
		if err := visit(db, namespace, key); err != nil {
			return first, fmt.Errorf("key %q: %w", key, err)
		}
	}
	return first, it.Error()
}

// convertValue converts one value. Its chunks do not lie together: those of "a" and of
// "a\x00" do not.
func convertValue(db *pebble.DB, namespace, key string) error {
	raw, closer, err := db.Get(appendKey(nil, kindIndex, namespace, key))
	if err != nil {
		return err
	}
	defer closer.Close()
	h, rest, err := parseHeader(raw)
	if err != nil || len(rest) > 0 || h.Chunks != (h.Size+chunkOne-1)/chunkOne {
		return errDamaged
	}
	b := db.NewBatchWithSize(h.Size + 64<<10)
	defer b.Close()
	value := make([]byte, 0, h.Size)
	for i := range h.Chunks {
		name := binary.BigEndian.AppendUint32(appendKey(nil, kindChunkOne, namespace, key), uint32(i))
		chunk, closer, err := db.Get(name)
		if err != nil {
			return fmt.Errorf("chunk %d of %d: %w", i, h.Chunks, err)
		}
		value = append(value, chunk...)
		if err := errors.Join(closer.Close(), b.Delete(name, nil)); err != nil {
			return err
		}
	}
	if len(value) != h.Size {
		return errDamaged
	}
	h.Chunks, h.Version = (h.Size+chunkBytes-1)/chunkBytes, newVersion(time.Now())
	if err := set(b, namespace, key, h, value); err != nil {
		return err
	}
	return b.Commit(pebble.NoSync)
}
