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
	pages := ahead(ctx, 1, n.pages(ctx, q), func(_ context.Context, p page) (page, error) { return p, nil })
	if q.KeysOnly {
		for p, err := range pages {
			if err != nil {
				return err
			}
			for _, k := range p.keys {
				pair := kv.Pair{Key: k.Name, Item: kv.Item{Metadata: k.Metadata, Expiration: k.Expiration}}
				if !yield(Entry{Pair: pair, Size: -1, At: Position{Cursor: p.cursor, After: k.Name}}, nil) {
					return errStopped
				}
			}
		}
		return nil
	}
	var sizes sizer
	groups := func(yield func(group, error) bool) {
		for p, err := range pages {
			if err != nil {
				yield(group{}, err)
				return
			}
			for g := range sizes.groups(p.names()) {
				g.cursor = p.cursor
				if !yield(g, nil) {
					return
				}
			}
		}
	}
	return n.items(ctx, groups, &sizes, func(g group, p kv.Pair) error {
		size := int64(len(p.Value))
		if q.Filter.size(size) && !yield(Entry{Pair: p, Size: size, At: Position{Cursor: g.cursor, After: p.Key}}, nil) {
			return errStopped
		}
		return nil
	})
}

// page is a page of a list, with the cursor that asked for it: only the keys that are meant.
type page struct {
	keys   []kv.KeyInfo
	cursor string
}

func (p page) names() []string {
	names := make([]string, len(p.keys))
	for i, k := range p.keys {
		names[i] = k.Name
	}
	return names
}

// pages lists what a query means, from its position on.
func (n *Namespace) pages(ctx context.Context, q Query) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		list := kv.ListQuery{Prefix: q.Filter.Prefix, Cursor: q.From.Cursor}
		for {
			listed, err := n.store.List(ctx, list)
			if errors.Is(err, kv.ErrCursorInvalid) && list.Cursor == q.From.Cursor && list.Cursor != "" {
				list.Cursor, q.From.Cursor = "", "" // it has aged: the keys before From.After are skipped instead
				continue
			}
			if err != nil {
				yield(page{}, err)
				return
			}
			keys := slices.DeleteFunc(listed.Keys, func(k kv.KeyInfo) bool {
				return q.From.After != "" && k.Name <= q.From.After || !q.Filter.key(k.Name)
			})
			if !yield(page{keys, list.Cursor}, nil) || listed.Cursor == "" {
				return
			}
			list.Cursor = listed.Cursor
		}
	}
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
