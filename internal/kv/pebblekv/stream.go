package pebblekv

import (
	"bytes"
	"context"
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
	stream := kv.Stream{Size: int64(len(item.Value)), Metadata: item.Metadata, Expiration: item.Expiration}
	if chunks != nil {
		stream.Value, stream.Size = chunks, int64(chunks.h.Size)
		return stream, nil
	}
	value := &wholeValue{}
	value.Reset(item.Value)
	stream.Value = value
	return stream, nil
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
