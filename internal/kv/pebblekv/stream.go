package pebblekv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Open implements kv.Streamer. A value that is not cut into chunks comes with the
// record: one read, as for Get.
func (n *Namespace) Open(ctx context.Context, key string) (kv.Stream, error) {
	item, chunks, err := n.open(ctx, key)
	if err != nil {
		return kv.Stream{}, err
	}
	if chunks == nil {
		return wholeStream(item), nil
	}
	return kv.Stream{Value: chunks, Size: int64(chunks.h.Size), Metadata: item.Metadata, Expiration: item.Expiration}, nil
}

// OpenMany implements kv.Streamer. One iterator that goes forward takes about half the
// time of as many gets.
func (n *Namespace) OpenMany(ctx context.Context, keys []string) (_ []*kv.Stream, err error) {
	if err := kv.CheckKeys(keys, len(keys)); err != nil {
		return nil, err
	}
	if err := n.begin(ctx); err != nil {
		return nil, err
	}
	defer n.store.inUse.Done()
	it, err := n.store.db.NewIterWithContext(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("read values: %w", err)
	}
	all := make([]*kv.Stream, len(keys))
	var name []byte
	for i, key := range keys {
		name = appendKey(name[:0], kindValue, n.id, key)
		if all[i], err = n.openAt(ctx, it, name, key); err != nil {
			break
		}
	}
	if err = errors.Join(err, it.Close()); err == nil {
		return all, nil
	}
	for _, opened := range all {
		if opened != nil {
			err = errors.Join(err, opened.Value.Close())
		}
	}
	if pebble.IsCorruptionError(err) {
		n.store.health.fail(err)
	}
	return nil, fmt.Errorf("read values: %w", err)
}

// openAt opens the value of key, whose record is called name; nil if there is none.
func (n *Namespace) openAt(ctx context.Context, it *pebble.Iterator, name []byte, key string) (*kv.Stream, error) {
	if !it.SeekPrefixGE(name) { // a key is its own prefix here
		return nil, it.Error()
	}
	raw, err := it.ValueAndErr()
	if err != nil {
		return nil, err
	}
	item, h, err := n.parse(raw)
	opened := wholeStream(item)
	if err == nil && h.Chunks > 0 {
		opened, err = n.Open(ctx, key) // by a snapshot of its own, that lasts as long as the stream
	}
	switch {
	case errors.Is(err, kv.ErrKeyNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &opened, nil
}

func wholeStream(item kv.Item) kv.Stream {
	value := &wholeValue{}
	value.Reset(item.Value)
	return kv.Stream{Value: value, Size: int64(len(item.Value)), Metadata: item.Metadata, Expiration: item.Expiration}
}

// wholeValue is a value that is in memory.
type wholeValue struct{ bytes.Reader }

func (*wholeValue) Close() error { return nil }

// chunkBuffers hold a chunk, and one byte more, which says that the chunk is not the last.
var chunkBuffers = sync.Pool{New: func() any { return new([chunkBytes + 1]byte) }}

// chunkReader reads the chunks of a value, as they were when it was opened. It has one
// of them in memory: what Pebble has read is copied, as a slow reader would keep it from
// letting go of its tables.
type chunkReader struct {
	ctx      context.Context
	n        *Namespace // in use until Close
	snapshot *pebble.Snapshot
	h        header
	next     int // chunk

	buffer *[chunkBytes + 1]byte // nil until it is needed
	rest   []byte                // of the chunk in it
}

// fill reads the next chunk; io.EOF after the last.
func (r *chunkReader) fill() error {
	if r.next == r.h.Chunks {
		return io.EOF
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.buffer == nil {
		r.buffer = chunkBuffers.Get().(*[chunkBytes + 1]byte)
	}
	size := 0
	err := r.n.store.get(r.snapshot, chunkKey(r.n.id, r.h.Version, r.next), func(value []byte) error {
		if size = copy(r.buffer[:], value); len(value) != min(chunkBytes, r.h.Size-r.next*chunkBytes) {
			return errDamaged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read chunk %d of %d: %w", r.next, r.h.Chunks, err)
	}
	r.rest = r.buffer[:size]
	r.next++
	return nil
}

// Read implements io.Reader.
func (r *chunkReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// WriteTo implements io.WriterTo.
func (r *chunkReader) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if len(r.rest) == 0 {
			if err := r.fill(); err == io.EOF {
				return written, nil
			} else if err != nil {
				return written, err
			}
		}
		n, err := w.Write(r.rest)
		written += int64(n)
		r.rest = r.rest[n:]
		if err != nil {
			return written, err
		}
	}
}

// Close lets go of the snapshot. Closing twice is no error.
func (r *chunkReader) Close() error {
	if r.snapshot == nil {
		return nil
	}
	r.n.store.release(r.snapshot)
	if r.buffer != nil {
		chunkBuffers.Put(r.buffer)
	}
	r.snapshot, r.buffer, r.rest, r.next = nil, nil, nil, r.h.Chunks
	r.n.store.inUse.Done()
	return nil
}

var _ io.WriterTo = (*chunkReader)(nil)
