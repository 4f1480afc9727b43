package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bindery-dev/bindery/internal/kv"
)

// change is what becomes of a key: a new item, an upload, or nothing.
type change struct {
	key      string
	item     *kv.Item
	uploaded *header // of chunks that are in the database already
}

// Put implements kv.Namespace.
func (n *Namespace) Put(ctx context.Context, p kv.Pair) error {
	if err := p.Validate(n.store.now()); err != nil {
		return err
	}
	p = p.Normalize()
	return n.apply(ctx, change{key: p.Key, item: &p.Item})
}

// Delete implements kv.Namespace.
func (n *Namespace) Delete(ctx context.Context, key string) error {
	if err := kv.CheckKey(key); err != nil {
		return err
	}
	return n.apply(ctx, change{key: key})
}

// PutMany implements kv.Bulk. All pairs go into one batch: after a crash all are
// there or none.
func (n *Namespace) PutMany(ctx context.Context, pairs []kv.Pair) error {
	if err := kv.ValidatePairs(pairs, n.store.now()); err != nil {
		return err
	}
	items, changes := make([]kv.Item, len(pairs)), make([]change, len(pairs))
	for i, p := range pairs {
		items[i] = p.Normalize().Item
		changes[i] = change{key: p.Key, item: &items[i]}
	}
	return n.apply(ctx, changes...)
}

// DeleteMany implements kv.Bulk, in one batch too.
func (n *Namespace) DeleteMany(ctx context.Context, keys []string) error {
	if err := kv.CheckKeys(keys, kv.MaxBulkDelete); err != nil {
		return err
	}
	changes := make([]change, len(keys))
	for i, key := range keys {
		changes[i] = change{key: key}
	}
	return n.apply(ctx, changes...)
}

// apply makes changes in one batch, and returns once that is on disk. Of several to a
// key the last counts.
func (n *Namespace) apply(ctx context.Context, changes ...change) error {
	if err := n.begin(ctx); err != nil {
		return err
	}
	defer n.store.inUse.Done()
	return n.commit(changes...)
}

// commit is apply for callers that have begun.
func (n *Namespace) commit(changes ...change) error {
	changes = inOrder(changes)
	which := make([]int, len(changes))
	size := 0
	for i, c := range changes {
		which[i] = n.store.writing.of(n.id, c.key)
		if c.item != nil {
			size += len(c.item.Value) + 3*(len(n.id)+len(c.key)+len(c.item.Metadata)+32)
		}
	}
	slices.Sort(which)
	which = slices.Compact(which)
	defer n.store.writing.lock(which)()
	if n.deleted.Load() { // while we waited
		return kv.ErrNamespaceNotFound
	}

	former, err := n.store.former(n.id, changes, which)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	b := n.store.db.NewBatchWithSize(size) // a large one that grows is in memory three times
	var next *header
	for i, c := range changes {
		if next, err = n.store.replace(b, n.id, c, former[i]); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if b.Empty() {
		return n.store.Health()
	}
	if err := n.store.commit(b, pebble.Sync); err != nil {
		n.store.writing.forget(which)
		return fmt.Errorf("write: %w", err)
	}
	if len(changes) == 1 {
		n.store.writing.locks[which[0]].learn(n.id, changes[0].key, next)
		return nil
	}
	n.store.writing.forget(which)
	return nil
}

// inOrder sorts changes by key, which is how the database reads and writes them best,
// and leaves the last to each key.
func inOrder(changes []change) []change {
	if len(changes) == 1 {
		return changes
	}
	slices.SortStableFunc(changes, func(a, b change) int { return strings.Compare(a.key, b.key) })
	last := changes[:0]
	for i, c := range changes {
		if i+1 == len(changes) || changes[i+1].key != c.key {
			last = append(last, c)
		}
	}
	return last
}

// replace adds to b what turns the key's records into those of the change, and returns their
// header without metadata. A header is nil if the key has none; the caller has held the key's
// stripe since the former one was read.
func (s *Store) replace(b *pebble.Batch, namespace string, c change, former *header) (next *header, err error) {
	expiration := int64(0)
	switch {
	case c.item != nil:
		h := headerOf(*c.item, s.now())
		err = set(b, namespace, c.key, h, c.item.Value)
		next, expiration = &h, h.Expiration
	case c.uploaded != nil:
		h := *c.uploaded
		next, expiration = &h, h.Expiration
		err = errors.Join(
			setRecords(b, namespace, c.key, h, nil),
			b.Delete(uploadKey(namespace, h.Version), nil),
		)
	case former != nil:
		err = errors.Join(
			b.Delete(appendKey(nil, kindIndex, namespace, c.key), nil),
			b.Delete(appendKey(nil, kindValue, namespace, c.key), nil),
		)
	}
	if next != nil {
		next.Metadata = nil // it is the caller's
	}
	if err != nil || former == nil {
		return next, err
	}
	s.freed.add(*former, len(namespace)+len(c.key))
	if former.Expiration != 0 && former.Expiration != expiration {
		if err := b.Delete(expiryKey(former.Expiration, namespace, c.key), nil); err != nil {
			return nil, err
		}
	}
	return next, deleteChunks(b, namespace, former.Version, former.Chunks)
}

// set adds the records and chunks of a key to b.
func set(b *pebble.Batch, namespace, key string, h header, value []byte) error {
	if h.Chunks == 0 {
		return setRecords(b, namespace, key, h, value)
	}
	for i := range h.Chunks {
		chunk := value[i*chunkBytes : min((i+1)*chunkBytes, len(value))]
		if err := b.Set(chunkKey(namespace, h.Version, i), chunk, nil); err != nil {
			return err
		}
	}
	return setRecords(b, namespace, key, h, nil)
}

// setRecords adds the records of a key to b; value is what follows the header.
func setRecords(b *pebble.Batch, namespace, key string, h header, value []byte) error {
	record := h.append(nil)
	if err := b.Set(appendKey(nil, kindIndex, namespace, key), record, nil); err != nil {
		return err
	}
	if h.Expiration != 0 {
		if err := b.Set(expiryKey(h.Expiration, namespace, key), nil, nil); err != nil {
			return err
		}
	}
	return b.Set(appendKey(nil, kindValue, namespace, key), append(record, value...), nil)
}

// deleteChunks adds the removal of chunks to b.
func deleteChunks(b *pebble.Batch, namespace string, v version, chunks int) error {
	for i := range chunks {
		if err := b.DeleteSized(chunkKey(namespace, v, i), chunkBytes, nil); err != nil {
			return err
		}
	}
	return nil
}

// header reads a key's index record, expired or not; nil if there is none.
func (s *Store) header(namespace, key string) (found *header, err error) {
	err = s.get(s.db, appendKey(nil, kindIndex, namespace, key), func(raw []byte) (err error) {
		found, err = parseFormer(raw)
		return err
	})
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// former is what changes replace; the caller has locked their stripes, which.
func (s *Store) former(namespace string, changes []change, which []int) (all []*header, err error) {
	if len(changes) != 1 {
		return s.headers(namespace, changes)
	}
	h, ok := s.writing.locks[which[0]].recall(namespace, changes[0].key)
	if !ok {
		h, err = s.header(namespace, changes[0].key)
	}
	return []*header{h}, err
}

// headers is header for the keys of changes in order. One iterator that goes forward
// takes a third of the time of as many gets.
func (s *Store) headers(namespace string, changes []change) (all []*header, err error) {
	all = make([]*header, len(changes))
	it, err := s.db.NewIter(nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	var name []byte
	for i, c := range changes {
		name = appendKey(name[:0], kindIndex, namespace, c.key)
		if !it.SeekPrefixGE(name) { // a key is its own prefix here
			if err := it.Error(); err != nil {
				return nil, err
			}
			continue
		}
		raw, err := it.ValueAndErr()
		if err == nil {
			all[i], err = parseFormer(raw)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// parseFormer is parseHeader for those who ask for no metadata, as that lies in Pebble's memory.
func parseFormer(raw []byte) (*header, error) {
	h, _, err := parseHeader(raw)
	if err != nil {
		return nil, err
	}
	h.Metadata = nil
	return &h, nil
}
