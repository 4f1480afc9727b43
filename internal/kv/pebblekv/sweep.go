package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// sweepStep bounds how many expired keys are looked up at a time.
const sweepStep = 1000

// sweepEvery removes expired keys until ctx ends.
func (s *Store) sweepEvery(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if s.Health() != nil {
			return
		}
		start := time.Now()
		removed, err := s.Sweep(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Error("expired keys not removed", "error", err)
		case removed > 0:
			s.log.Debug("expired keys removed", "keys", removed, "took", time.Since(start))
		}
		if err := s.removeAbandoned(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("abandoned uploads not removed", "error", err)
		}
	}
}

// Sweep removes the keys that have expired by now and returns their number. They
// are hidden already, so nothing is synced: a crash leaves some for the next time.
func (s *Store) Sweep(ctx context.Context) (removed int, err error) {
	for {
		due, err := s.due(ctx)
		if err != nil {
			return removed, fmt.Errorf("find expired keys: %w", err)
		}
		for _, expiry := range due {
			was, err := s.expire(ctx, expiry)
			if err != nil {
				return removed, fmt.Errorf("remove expired key: %w", err)
			}
			if was {
				removed++
			}
		}
		if len(due) < sweepStep {
			return removed, nil
		}
	}
}

// due returns the first expiry keys whose time has come.
func (s *Store) due(ctx context.Context) (keys [][]byte, err error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.inUse.Done()
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{
		LowerBound: []byte{kindExpiry},
		UpperBound: appendExpiry(nil, s.now().Unix()+1),
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok && len(keys) < sweepStep; ok = it.Next() {
		keys = append(keys, append([]byte(nil), it.Key()...))
	}
	return keys, nil
}

// expire removes the key that an expiry key names, unless it was written again and
// no longer expires at that time: whoever writes holds the same stripe.
func (s *Store) expire(ctx context.Context, expiry []byte) (removed bool, err error) {
	expiration, namespace, key, err := parseExpiryKey(expiry)
	if err != nil {
		return false, err
	}
	if err := s.begin(ctx); err != nil {
		return false, err
	}
	defer s.inUse.Done()
	defer s.writing.lock([]int{s.writing.of(namespace, key)})()

	b := s.db.NewBatch()
	h, found, err := s.header(namespace, key)
	if err != nil {
		return false, err
	}
	if removed = found && h.Expiration == expiration; removed {
		if err := s.replace(b, namespace, change{key: key}); err != nil {
			return false, err
		}
	} else if err := b.Delete(expiry, nil); err != nil { // its namespace was deleted
		return false, err
	}
	return removed, s.commit(b, pebble.NoSync)
}
