package memkv

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/bindery-dev/bindery/internal/kv"
)

var _ kv.Streamer = (*Namespace)(nil)

// Open implements kv.Streamer. The value is not copied: a put replaces it, and never
// changes it.
func (n *Namespace) Open(ctx context.Context, key string) (kv.Stream, error) {
	if err := kv.CheckKey(key); err != nil {
		return kv.Stream{}, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := n.usable(ctx); err != nil {
		return kv.Stream{}, err
	}
	return n.stream(key)
}

// OpenMany implements kv.Streamer.
func (n *Namespace) OpenMany(ctx context.Context, keys []string) ([]*kv.Stream, error) {
	if err := kv.CheckKeys(keys, len(keys)); err != nil {
		return nil, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := n.usable(ctx); err != nil {
		return nil, err
	}
	all := make([]*kv.Stream, len(keys))
	for i, key := range keys {
		if opened, err := n.stream(key); err == nil {
			all[i] = &opened
		}
	}
	return all, nil
}

// stream fails with kv.ErrKeyNotFound alone. The caller holds n.mu.
func (n *Namespace) stream(key string) (kv.Stream, error) {
	item, ok := n.live(key)
	if !ok {
		return kv.Stream{}, kv.ErrKeyNotFound
	}
	return kv.Stream{
		Value:      io.NopCloser(bytes.NewReader(item.Value)),
		Size:       int64(len(item.Value)),
		Metadata:   slices.Clone(item.Metadata),
		Expiration: item.Expiration,
	}, nil
}

// Upload implements kv.Streamer.
func (n *Namespace) Upload(ctx context.Context, key string) (kv.Upload, error) {
	if err := kv.CheckKey(key); err != nil {
		return nil, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := n.usable(ctx); err != nil {
		return nil, err
	}
	return &upload{ctx: ctx, n: n, key: key}, nil
}

type upload struct {
	ctx   context.Context
	n     *Namespace
	key   string
	value []byte
}

// Write implements io.Writer.
func (u *upload) Write(p []byte) (int, error) {
	if len(u.value)+len(p) > kv.MaxValueBytes {
		return 0, fmt.Errorf("%w: value length exceeds limit of %d", kv.ErrValueTooLarge, kv.MaxValueBytes)
	}
	u.value = append(u.value, p...)
	return len(p), u.ctx.Err()
}

// Commit implements kv.Upload.
func (u *upload) Commit(metadata json.RawMessage, expiration int64) error {
	return u.n.Put(u.ctx, kv.Pair{Key: u.key, Item: kv.Item{Value: u.value, Metadata: metadata, Expiration: expiration}})
}

// Close implements kv.Upload.
func (u *upload) Close() error { return nil }
