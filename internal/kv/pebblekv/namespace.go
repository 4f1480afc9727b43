package pebblekv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Namespace is a namespace of a store.
type Namespace struct {
	store   *Store
	id      string
	deleted atomic.Bool
}

var (
	_ kv.Namespace = (*Namespace)(nil)
	_ kv.Bulk      = (*Namespace)(nil)
	_ kv.Streamer  = (*Namespace)(nil)
)

// begin is Store.begin, and refuses a deleted namespace.
func (n *Namespace) begin(ctx context.Context) error {
	if n.deleted.Load() {
		return kv.ErrNamespaceNotFound
	}
	return n.store.begin(ctx)
}

// Get implements kv.Namespace.
func (n *Namespace) Get(ctx context.Context, key string) (kv.Item, error) {
	item, chunks, err := n.open(ctx, key)
	if err != nil || chunks == nil {
		return item, err
	}
	defer chunks.Close()
	item.Value = make([]byte, chunks.h.Size)
	if _, err := io.ReadFull(chunks, item.Value); err != nil {
		return kv.Item{}, err
	}
	return item, nil
}

// GetMany implements kv.Bulk.
func (n *Namespace) GetMany(ctx context.Context, keys []string) (map[string]kv.Item, error) {
	if err := kv.CheckKeys(keys, kv.MaxBulkGet); err != nil {
		return nil, err
	}
	found := make(map[string]kv.Item, len(keys))
	for _, key := range keys {
		item, err := n.Get(ctx, key)
		switch {
		case errors.Is(err, kv.ErrKeyNotFound):
		case err != nil:
			return nil, err
		default:
			found[key] = item
		}
	}
	return found, nil
}

// open reads the value record. Of a value in chunks the item lacks the value, and the
// reader of the chunks is the caller's to close.
func (n *Namespace) open(ctx context.Context, key string) (kv.Item, *chunkReader, error) {
	if err := kv.CheckKey(key); err != nil {
		return kv.Item{}, nil, err
	}
	if err := n.begin(ctx); err != nil {
		return kv.Item{}, nil, err
	}
	item, h, err := n.read(n.store.db, key)
	if err != nil || h.Chunks == 0 {
		n.store.inUse.Done()
		return item, nil, err
	}
	// Between two reads the key may be written again. A snapshot holds record and
	// chunks together.
	snapshot := n.store.db.NewSnapshot()
	item, h, err = n.read(snapshot, key)
	if err != nil || h.Chunks == 0 {
		n.store.release(snapshot)
		n.store.inUse.Done()
		return item, nil, err
	}
	return item, &chunkReader{ctx: ctx, n: n, snapshot: snapshot, h: h}, nil
}

// read reads the value record; of a value in chunks, the item lacks the value.
func (n *Namespace) read(from pebble.Reader, key string) (item kv.Item, h header, err error) {
	err = n.store.get(from, appendKey(nil, kindValue, n.id, key), func(raw []byte) (err error) {
		item, h, err = n.parse(raw)
		return err
	})
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return kv.Item{}, header{}, kv.ErrKeyNotFound
	case err != nil && err != kv.ErrKeyNotFound:
		return kv.Item{}, header{}, fmt.Errorf("read value: %w", err)
	}
	return item, h, err
}

// parse copies what a value record says: kv.ErrKeyNotFound if it has expired.
func (n *Namespace) parse(raw []byte) (kv.Item, header, error) {
	h, value, err := parseHeader(raw)
	switch {
	case err != nil:
		return kv.Item{}, header{}, err
	case h.Chunks == 0 && len(value) != h.Size:
		return kv.Item{}, header{}, errDamaged
	case kv.Expired(h.Expiration, n.store.now()):
		return kv.Item{}, header{}, kv.ErrKeyNotFound
	}
	item := kv.Item{Metadata: bytes.Clone(h.Metadata), Expiration: h.Expiration}
	if h.Chunks == 0 {
		item.Value = bytes.Clone(value)
	}
	h.Metadata = nil // it lies in Pebble's memory
	return item, h, nil
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
	if err := n.begin(ctx); err != nil {
		return kv.Page{}, err
	}
	defer n.store.inUse.Done()
	page, err := n.list(ctx, q, last)
	if err != nil {
		return kv.Page{}, fmt.Errorf("list keys: %w", err)
	}
	return page, nil
}

// list walks the index from the key after last, past those that have expired, and
// one key further than the page: only that shows whether there is another page.
func (n *Namespace) list(ctx context.Context, q kv.ListQuery, last string) (_ kv.Page, err error) {
	prefix := appendKey(nil, kindIndex, n.id, q.Prefix)
	first := prefix
	if last != "" {
		first = append(appendKey(nil, kindIndex, n.id, last), 0)
	}
	it, err := n.store.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: first, UpperBound: after(prefix)})
	if err != nil {
		return kv.Page{}, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()

	var page kv.Page
	now, name := n.store.now(), len(prefix)-len(q.Prefix)
	for ok := it.First(); ok; ok = it.Next() {
		raw, err := it.ValueAndErr()
		if err != nil {
			return kv.Page{}, err
		}
		h, _, err := parseHeader(raw)
		if err != nil {
			return kv.Page{}, err
		}
		if kv.Expired(h.Expiration, now) {
			if err := ctx.Err(); err != nil {
				return kv.Page{}, err
			}
			continue
		}
		if len(page.Keys) == q.PageSize() {
			page.Cursor = kv.MakeCursor(q.Prefix, page.Keys[len(page.Keys)-1].Name)
			break
		}
		page.Keys = append(page.Keys, kv.KeyInfo{
			Name: string(it.Key()[name:]), Expiration: h.Expiration, Metadata: bytes.Clone(h.Metadata),
		})
	}
	return page, nil
}
