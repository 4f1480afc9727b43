package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// freed counts bytes that were removed, and take room until Pebble compacts them away.
type freed struct {
	chunks  atomic.Int64 // of values in chunks
	records atomic.Int64 // of the others, and of all keys
}

// add counts a key that was removed or replaced; name is the length of what it is called by.
func (f *freed) add(old header, name int) {
	if old.Chunks > 0 {
		f.chunks.Add(int64(old.Size))
		return
	}
	f.records.Add(int64(old.Size + 2*name))
}

// When the room of what was removed is asked for. Chunks cost little: a compaction moves
// their keys alone (see pebbleOptions). Records have to be written anew, those that stay
// too, so that a share of the whole must have gone.
const (
	giveBackAt    = 64 << 20 // bytes of either kind
	giveBackShare = 4        // one in so many bytes on disk, for records
)

// giveBack has Pebble look at what was removed, once that is enough. What it does by
// itself is not: it sees but the keys of what was removed, and those are worth no
// compaction to it.
func (s *Store) giveBack(ctx context.Context) error {
	if s.freed.chunks.Load() >= giveBackAt {
		if err := s.giveBackChunks(ctx); err != nil {
			return err
		}
	}
	if removed := s.freed.records.Load(); removed >= giveBackAt && removed >= int64(s.db.Metrics().DiskSpaceUsage()/giveBackShare) {
		return s.giveBackRecords(ctx)
	}
	return nil
}

func (s *Store) giveBackChunks(ctx context.Context) error {
	s.freed.chunks.Store(0)
	return s.compact(ctx, kindChunk)
}

func (s *Store) giveBackRecords(ctx context.Context) error {
	s.freed.records.Store(0)
	return errors.Join(s.compact(ctx, kindIndex), s.compact(ctx, kindValue), s.compact(ctx, kindExpiry))
}

// compact rewrites what lies under keys of a kind without what was removed.
func (s *Store) compact(ctx context.Context, kind byte) error {
	err := s.db.Flush()
	if err == nil {
		err = s.db.Compact(ctx, []byte{kind}, []byte{kind + 1}, false)
	}
	if err != nil {
		return fmt.Errorf("give back the room of what was removed: %w", err)
	}
	return nil
}
