package pebblekv

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Apply sets and removes records of the platform in one batch, and returns once it
// is on disk.
func (s *Store) Apply(ctx context.Context, set map[string][]byte, remove []string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.inUse.Done()
	b := s.db.NewBatch()
	for _, key := range remove {
		if err := b.Delete(recordKey(key), nil); err != nil {
			return err
		}
	}
	for key, value := range set {
		if err := b.Set(recordKey(key), value, nil); err != nil {
			return err
		}
	}
	if err := s.commit(b, pebble.Sync); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	return nil
}

// Scan calls visit for every record whose key starts with prefix, in byte order,
// as they were when it began. The value is visit's only until it returns.
func (s *Store) Scan(ctx context.Context, prefix string, visit func(key string, value []byte) error) (err error) {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.inUse.Done()
	first := recordKey(prefix)
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: first, UpperBound: after(first)})
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		if err := visit(string(it.Key()[1:]), value); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func recordKey(key string) []byte { return append([]byte{kindRecord}, key...) }
