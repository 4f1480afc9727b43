package memkv

import (
	"context"
	"slices"
	"strings"
)

// Apply sets and removes records in one step.
func (s *Store) Apply(ctx context.Context, set map[string][]byte, remove []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range remove {
		s.records.remove(key)
	}
	for key, value := range set {
		s.records.set(key, slices.Clone(value))
	}
	return nil
}

// Scan calls visit for every record whose key starts with prefix, in byte order,
// as they were when it began.
func (s *Store) Scan(ctx context.Context, prefix string, visit func(key string, value []byte) error) error {
	type record struct {
		key   string
		value []byte
	}
	var found []record
	s.mu.Lock()
	for key, value := range s.records.from(prefix) {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		found = append(found, record{key, value})
	}
	s.mu.Unlock()

	for _, r := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(r.key, slices.Clone(r.value)); err != nil {
			return err
		}
	}
	return nil
}
