package transfer

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Store is a namespace that takes bulk calls: one of ours, or an account's that the client reaches.
type Store interface {
	kv.Namespace
	kv.Bulk
}

// eachGetter is what a store offers whose values come one by one when they are no text, or too many for one answer:
// then no more than one of them is in memory. found is called in the order of keys.
type eachGetter interface {
	GetEach(ctx context.Context, keys []string, found func(key string, item kv.Item) error) error
}

// Namespace is a namespace as a place to read and to write.
type Namespace struct{ store Store }

var (
	_ Source = (*Namespace)(nil)
	_ Sink   = (*Namespace)(nil)
)

// NewNamespace makes a place of a store.
func NewNamespace(store Store) *Namespace { return &Namespace{store} }

// Ordered: lists are in byte order.
func (n *Namespace) Ordered() bool { return true }

// errStopped ends a scan whose reader has had enough.
var errStopped = errors.New("stopped")

// Scan asks for a page of keys, and for the values of those that are meant a hundred at a time. A key that has gone
// in between is left out.
func (n *Namespace) Scan(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := n.scan(ctx, q, yield); err != nil && !errors.Is(err, errStopped) {
			yield(Entry{}, err)
		}
	}
}

func (n *Namespace) scan(ctx context.Context, q Query, yield func(Entry, error) bool) error {
	list := kv.ListQuery{Prefix: q.Filter.Prefix, Cursor: q.From.Cursor}
	for {
		page, err := n.store.List(ctx, list)
		if errors.Is(err, kv.ErrCursorInvalid) && list.Cursor == q.From.Cursor && list.Cursor != "" {
			list.Cursor, q.From.Cursor = "", "" // it has aged: the keys before From.After are skipped instead
			continue
		}
		if err != nil {
			return err
		}
		keys := slices.DeleteFunc(page.Keys, func(k kv.KeyInfo) bool {
			return q.From.After != "" && k.Name <= q.From.After || !q.Filter.key(k.Name)
		})
		if q.KeysOnly {
			err = n.yieldKeys(keys, list.Cursor, yield)
		} else {
			err = n.yieldItems(ctx, q, keys, list.Cursor, yield)
		}
		if err != nil || page.Cursor == "" {
			return err
		}
		list.Cursor = page.Cursor
	}
}

func (n *Namespace) yieldKeys(keys []kv.KeyInfo, cursor string, yield func(Entry, error) bool) error {
	for _, k := range keys {
		pair := kv.Pair{Key: k.Name, Item: kv.Item{Metadata: k.Metadata, Expiration: k.Expiration}}
		if !yield(Entry{Pair: pair, Size: -1, At: Position{Cursor: cursor, After: k.Name}}, nil) {
			return errStopped
		}
	}
	return nil
}

func (n *Namespace) yieldItems(ctx context.Context, q Query, keys []kv.KeyInfo, cursor string, yield func(Entry, error) bool) error {
	for chunk := range slices.Chunk(keys, kv.MaxBulkGet) {
		names := make([]string, len(chunk))
		for i, k := range chunk {
			names[i] = k.Name
		}
		err := n.each(ctx, names, func(key string, item kv.Item) error {
			size := int64(len(item.Value))
			if !q.Filter.size(size) {
				return nil
			}
			if !yield(Entry{Pair: kv.Pair{Key: key, Item: item}, Size: size, At: Position{Cursor: cursor, After: key}}, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// each calls found for those of at most kv.MaxBulkGet keys that are there, in their order.
func (n *Namespace) each(ctx context.Context, keys []string, found func(key string, item kv.Item) error) error {
	if store, ok := n.store.(eachGetter); ok {
		return store.GetEach(ctx, keys, found)
	}
	items, err := n.store.GetMany(ctx, keys)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if item, ok := items[key]; ok {
			if err := found(key, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// Put stores pairs by one bulk call. A value that would fill one by itself goes as it is, which costs the same call.
func (n *Namespace) Put(ctx context.Context, pairs []kv.Pair) error {
	if len(pairs) == 1 && encodedSize(pairs[0]) > maxBatch {
		return n.store.Put(ctx, pairs[0])
	}
	return n.store.PutMany(ctx, pairs)
}

// Delete removes keys, kv.MaxBulkDelete in a call.
func (n *Namespace) Delete(ctx context.Context, keys []string) error {
	for chunk := range slices.Chunk(keys, kv.MaxBulkDelete) {
		if err := n.store.DeleteMany(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}
