package memkv

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Namespace is a namespace in memory. Expired keys are hidden; they are gone when
// they are written again, or with the store.
type Namespace struct {
	now func() time.Time

	mu      sync.RWMutex
	items   sortedMap[kv.Item]
	deleted bool
}

var (
	_ kv.Namespace = (*Namespace)(nil)
	_ kv.Bulk      = (*Namespace)(nil)
)

func (n *Namespace) delete() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.items, n.deleted = sortedMap[kv.Item]{}, true
}

// usable says whether a call may go on. The caller holds n.mu.
func (n *Namespace) usable(ctx context.Context) error {
	if n.deleted {
		return kv.ErrNamespaceNotFound
	}
	return ctx.Err()
}

// Get implements kv.Namespace.
func (n *Namespace) Get(ctx context.Context, key string) (kv.Item, error) {
	if err := kv.CheckKey(key); err != nil {
		return kv.Item{}, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := n.usable(ctx); err != nil {
		return kv.Item{}, err
	}
	item, ok := n.live(key)
	if !ok {
		return kv.Item{}, kv.ErrKeyNotFound
	}
	return clone(item), nil
}

// live returns what is stored under key and has not expired. The caller holds n.mu.
func (n *Namespace) live(key string) (kv.Item, bool) {
	item, ok := n.items.get(key)
	return item, ok && !kv.Expired(item.Expiration, n.now())
}

// Put implements kv.Namespace.
func (n *Namespace) Put(ctx context.Context, p kv.Pair) error {
	if err := p.Validate(n.now()); err != nil {
		return err
	}
	return n.store(ctx, p)
}

// Delete implements kv.Namespace.
func (n *Namespace) Delete(ctx context.Context, key string) error {
	if err := kv.CheckKey(key); err != nil {
		return err
	}
	return n.remove(ctx, key)
}

// List implements kv.Namespace.
func (n *Namespace) List(ctx context.Context, q kv.ListQuery) (kv.Page, error) {
	if err := q.Validate(); err != nil {
		return kv.Page{}, err
	}
	last, err := kv.ReadCursor(q)
	if err != nil {
		return kv.Page{}, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := n.usable(ctx); err != nil {
		return kv.Page{}, err
	}

	var page kv.Page
	now, first := n.now(), q.Prefix
	if last != "" {
		first = last + "\x00"
	}
	for name, item := range n.items.from(first) {
		if !strings.HasPrefix(name, q.Prefix) {
			break
		}
		if kv.Expired(item.Expiration, now) {
			continue
		}
		if len(page.Keys) == q.PageSize() {
			page.Cursor = kv.MakeCursor(q.Prefix, page.Keys[len(page.Keys)-1].Name)
			break
		}
		page.Keys = append(page.Keys, kv.KeyInfo{
			Name: name, Expiration: item.Expiration, Metadata: slices.Clone(item.Metadata),
		})
	}
	return page, nil
}

// GetMany implements kv.Bulk.
func (n *Namespace) GetMany(ctx context.Context, keys []string) (map[string]kv.Item, error) {
	if err := kv.CheckKeys(keys, kv.MaxBulkGet); err != nil {
		return nil, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := n.usable(ctx); err != nil {
		return nil, err
	}
	found := make(map[string]kv.Item, len(keys))
	for _, key := range keys {
		if item, ok := n.live(key); ok {
			found[key] = clone(item)
		}
	}
	return found, nil
}

// PutMany implements kv.Bulk.
func (n *Namespace) PutMany(ctx context.Context, pairs []kv.Pair) error {
	if err := kv.ValidatePairs(pairs, n.now()); err != nil {
		return err
	}
	return n.store(ctx, pairs...)
}

// DeleteMany implements kv.Bulk.
func (n *Namespace) DeleteMany(ctx context.Context, keys []string) error {
	if err := kv.CheckKeys(keys, kv.MaxBulkDelete); err != nil {
		return err
	}
	return n.remove(ctx, keys...)
}

// store keeps pairs that were found valid.
func (n *Namespace) store(ctx context.Context, pairs ...kv.Pair) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.usable(ctx); err != nil {
		return err
	}
	for _, p := range pairs {
		n.items.set(p.Key, clone(p.Normalize().Item))
	}
	return nil
}

func (n *Namespace) remove(ctx context.Context, keys ...string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.usable(ctx); err != nil {
		return err
	}
	for _, key := range keys {
		n.items.remove(key)
	}
	return nil
}

func clone(i kv.Item) kv.Item {
	i.Value, i.Metadata = slices.Clone(i.Value), slices.Clone(i.Metadata)
	return i
}
