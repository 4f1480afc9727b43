package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// A sweep removes expired keys in steps of this many. Between two it rests for three times
// as long as the step took: it has a quarter of one core at the most, and writers wait
// for no more than a step's records to be written.
const (
	sweepStep = 100
	sweepRest = 3
)

// sweepEvery removes what is of no use any more until ctx ends.
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
		removed, err := s.sweep(ctx, sweepRest)
		if removed > 0 {
			s.log.Debug("expired keys removed", "keys", removed, "took", time.Since(start))
		}
		err = errors.Join(err, s.removeAbandoned(ctx), s.giveBack(ctx))
		if err != nil && ctx.Err() == nil {
			s.log.Error("sweep failed", "error", err)
		}
	}
}

// Sweep removes the keys that have expired by now and returns their number. They
// are hidden already, so nothing is synced: a crash leaves some for the next time.
func (s *Store) Sweep(ctx context.Context) (removed int, err error) { return s.sweep(ctx, 0) }

// sweep is Sweep with rests, each rest times as long as the step before it.
func (s *Store) sweep(ctx context.Context, rest int) (removed int, err error) {
	for {
		start := time.Now()
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
		select {
		case <-time.After(time.Duration(rest) * time.Since(start)):
		case <-ctx.Done():
			return removed, ctx.Err()
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
	which := []int{s.writing.of(namespace, key)}
	defer s.writing.lock(which)()
	s.writing.forget(which)

	b := s.db.NewBatch()
	h, err := s.header(namespace, key)
	if err != nil {
		return false, err
	}
	if removed = h != nil && h.Expiration == expiration; removed {
		if _, err := s.replace(b, namespace, change{key: key}, h); err != nil {
			return false, err
		}
	} else if err := b.Delete(expiry, nil); err != nil { // its namespace was deleted
		return false, err
	}
	return removed, s.commit(b, pebble.NoSync)
}
