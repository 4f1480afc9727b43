package pebblekv

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Audit walks the whole database and says what in it contradicts itself: records
// without their counterpart, chunks that no value has, values without one of their
// chunks. Expiry keys may outlive what they name, when a namespace was deleted; the
// next sweep takes them. No upload may be under way.
func Audit(s *Store) error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return err
	}
	defer it.Close()
	chunks := map[string]int{} // sizes of those there are
	for ok := it.First(); ok; ok = it.Next() {
		if it.Key()[0] == kindChunk {
			chunks[string(it.Key())] = len(it.Value())
		}
	}
	for ok := it.First(); ok; ok = it.Next() {
		if err := s.audit(it.Key(), it.Value(), chunks); err != nil {
			return fmt.Errorf("key %.40q: %w", it.Key(), err)
		}
	}
	for key := range chunks {
		return fmt.Errorf("%d chunks that no value has, as %q", len(chunks), key)
	}
	return it.Error()
}

func (s *Store) audit(key, value []byte, chunks map[string]int) error {
	has := func(kind byte, rest []byte) ([]byte, bool) {
		v, closer, err := s.db.Get(append([]byte{kind}, rest...))
		if err != nil {
			return nil, false
		}
		defer closer.Close()
		return bytes.Clone(v), true
	}
	switch kind, rest := key[0], key[1:]; kind {
	case kindFormat, kindRecord, kindExpiry, kindChunk:
		return nil
	case kindIndex:
		h, left, err := parseHeader(value)
		if err != nil || len(left) > 0 {
			return fmt.Errorf("index record with %d bytes left: %v", len(left), err)
		}
		if v, ok := has(kindValue, rest); !ok || !bytes.HasPrefix(v, value) {
			return fmt.Errorf("value record is missing or has another header")
		}
		if h.Expiration != 0 {
			if _, ok := has(kindExpiry, append(binary.BigEndian.AppendUint64(nil, uint64(h.Expiration)), rest...)); !ok {
				return fmt.Errorf("expires at %d, yet has no expiry key", h.Expiration)
			}
		}
		namespace, _, _ := cutName(rest)
		for i := range h.Chunks {
			name := string(chunkKey(namespace, h.Version, i))
			if size, want := chunks[name], min(chunkBytes, h.Size-i*chunkBytes); size != want {
				return fmt.Errorf("chunk %d of %d has %d bytes, want %d", i, h.Chunks, size, want)
			}
			delete(chunks, name)
		}
		return nil
	case kindValue:
		if _, ok := has(kindIndex, rest); !ok {
			return fmt.Errorf("value without index record")
		}
		return nil
	case kindUpload:
		return fmt.Errorf("an upload is left")
	default:
		return fmt.Errorf("unknown kind %q", kind)
	}
}

// SetPatience sets how long a write may take before its disk counts as gone.
func SetPatience(s *Store, d time.Duration) { s.health.patience = d }

// Leftovers returns the keys of the database, but for its format.
func Leftovers(s *Store) (keys []string, err error) {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		if it.Key()[0] != kindFormat {
			keys = append(keys, string(it.Key()))
		}
	}
	return keys, it.Error()
}

// RemoveAbandoned is what the sweeper does besides Sweep.
func RemoveAbandoned(s *Store) error { return s.removeAbandoned(context.Background()) }

// Forget makes the store take an upload for one that ended.
func Forget(s *Store, u kv.Upload) { s.uploads.Delete(u.(*upload).stored.Version) }

// GiveBack is what the sweeper does when enough was removed.
func GiveBack(s *Store) error {
	return errors.Join(s.giveBackChunks(context.Background()), s.giveBackRecords(context.Background()))
}

// SweepAtRest is Sweep as the sweeper does it.
func SweepAtRest(s *Store) (int, error) { return s.sweep(context.Background(), sweepRest) }
