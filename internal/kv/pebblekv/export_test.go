package pebblekv

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Audit walks the whole database and says what in it contradicts itself: records
// without their counterpart, chunks that no value has. Expiry keys may outlive what
// they name, when a namespace was deleted; the next sweep takes them.
func Audit(s *Store) error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		if err := s.audit(it.Key(), it.Value()); err != nil {
			return fmt.Errorf("key %.40q: %w", it.Key(), err)
		}
	}
	return it.Error()
}

func (s *Store) audit(key, value []byte) error {
	has := func(kind byte, rest []byte) ([]byte, bool) {
		v, closer, err := s.db.Get(append([]byte{kind}, rest...))
		if err != nil {
			return nil, false
		}
		defer closer.Close()
		return bytes.Clone(v), true
	}
	switch kind, rest := key[0], key[1:]; kind {
	case kindFormat, kindRecord, kindExpiry:
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
		return nil
	case kindValue:
		if _, ok := has(kindIndex, rest); !ok {
			return fmt.Errorf("value without index record")
		}
		return nil
	case kindChunk:
		n := binary.BigEndian.Uint32(rest[len(rest)-4:])
		raw, ok := has(kindIndex, rest[:len(rest)-4])
		if !ok {
			return fmt.Errorf("chunk of a key that is not there")
		}
		if h, _, err := parseHeader(raw); err != nil || int(n) >= h.Chunks {
			return fmt.Errorf("chunk %d of a value in %d chunks: %v", n, h.Chunks, err)
		}
		return nil
	default:
		return fmt.Errorf("unknown kind %q", kind)
	}
}

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
