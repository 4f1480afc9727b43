package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bindery-dev/bindery/internal/kv"
)

// stripes are locks that keys share by hash. A write holds the one of its key from
// reading what it replaces until it is on disk: the chunks and the expiry of the
// former value are removed by exactly one writer. Writes to different keys seldom
// meet in a stripe, so that they go on sharing syncs.
type stripes struct {
	seed  maphash.Seed
	locks [1024]sync.Mutex
}

func (s *stripes) of(namespace, key string) int {
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(namespace)
	h.WriteString(key)
	return int(h.Sum64() % uint64(len(s.locks)))
}

// lock locks stripes, in order, so that no two callers wait for each other.
func (s *stripes) lock(which []int) (unlock func()) {
	slices.Sort(which)
	which = slices.Compact(which)
	for _, i := range which {
		s.locks[i].Lock()
	}
	return func() {
		for _, i := range which {
			s.locks[i].Unlock()
		}
	}
}

func (s *stripes) lockAll() {
	for i := range s.locks {
		s.locks[i].Lock()
	}
}

func (s *stripes) unlockAll() {
	for i := range s.locks {
		s.locks[i].Unlock()
	}
}

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
	last := make(map[string]*kv.Item, len(pairs))
	for _, p := range pairs {
		p = p.Normalize()
		last[p.Key] = &p.Item
	}
	changes := make([]change, 0, len(last))
	for key, item := range last {
		changes = append(changes, change{key: key, item: item})
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

// apply makes changes to distinct keys (deletions may repeat) in one batch, and
// returns once that is on disk.
func (n *Namespace) apply(ctx context.Context, changes ...change) error {
	if err := n.begin(ctx); err != nil {
		return err
	}
	defer n.store.inUse.Done()
	return n.commit(changes...)
}

// commit is apply for callers that have begun.
func (n *Namespace) commit(changes ...change) error {
	which := make([]int, len(changes))
	size := 0
	for i, c := range changes {
		which[i] = n.store.writing.of(n.id, c.key)
		if c.item != nil {
			size += len(c.item.Value) + 3*(len(n.id)+len(c.key)+len(c.item.Metadata)+32)
		}
	}
	defer n.store.writing.lock(which)()
	if n.deleted.Load() { // while we waited
		return kv.ErrNamespaceNotFound
	}

	b := n.store.db.NewBatchWithSize(size) // a large one that grows is in memory three times
	for _, c := range changes {
		if err := n.store.replace(b, n.id, c); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if b.Empty() {
		return n.store.Health()
	}
	if err := n.store.commit(b, pebble.Sync); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// replace adds to b what turns the key's records into those of the change. The caller
// holds the key's stripe.
func (s *Store) replace(b *pebble.Batch, namespace string, c change) error {
	old, found, err := s.header(namespace, c.key)
	if err != nil {
		return err
	}
	var next header
	switch {
	case c.item != nil:
		next = headerOf(*c.item, s.now())
		err = set(b, namespace, c.key, next, c.item.Value)
	case c.uploaded != nil:
		next = *c.uploaded
		err = errors.Join(
			setRecords(b, namespace, c.key, next, nil),
			b.Delete(uploadKey(namespace, next.Version), nil),
		)
	case found:
		err = errors.Join(
			b.Delete(appendKey(nil, kindIndex, namespace, c.key), nil),
			b.Delete(appendKey(nil, kindValue, namespace, c.key), nil),
		)
	}
	if err != nil || !found {
		return err
	}
	s.freed.add(old, len(namespace)+len(c.key))
	if old.Expiration != 0 && old.Expiration != next.Expiration {
		if err := b.Delete(expiryKey(old.Expiration, namespace, c.key), nil); err != nil {
			return err
		}
	}
	return deleteChunks(b, namespace, old.Version, old.Chunks)
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

// header reads a key's index record, expired or not.
func (s *Store) header(namespace, key string) (h header, found bool, err error) {
	err = s.get(s.db, appendKey(nil, kindIndex, namespace, key), func(raw []byte) (err error) {
		h, _, err = parseHeader(raw)
		h.Metadata = nil // it lies in Pebble's memory
		return err
	})
	if errors.Is(err, pebble.ErrNotFound) {
		return header{}, false, nil
	}
	return h, err == nil, err
}
