package r2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/bindery-dev/bindery/internal/kv"
)

// pieceBytes bounds a piece: a range begins by reading past at most that much.
const pieceBytes = 8 << 20

// write stores content of at most limit bytes in pieces that no record names yet; none are left
// after an error.
func (b *Bucket) write(ctx context.Context, content io.Reader, sums *sums, limit int64) (pieces []piece, size int64, err error) {
	version := newID()
	defer func() {
		if err != nil {
			b.remove(ctx, pieces)
			pieces = nil
		}
	}()
	content = io.TeeReader(&source{content}, sums)
	for {
		p := piece{ID: fmt.Sprintf("%s/%05d", version, len(pieces))}
		p.Size, err = b.writePiece(ctx, p.ID, io.LimitReader(content, pieceBytes))
		if err != nil {
			return pieces, 0, err
		}
		if p.Size > 0 {
			pieces, size = append(pieces, p), size+p.Size
		}
		if size > limit {
			return pieces, 0, ErrTooLarge
		}
		if p.Size < pieceBytes {
			return pieces, size, nil
		}
	}
}

// writePiece stores what r has, unless that is nothing.
func (b *Bucket) writePiece(ctx context.Context, id string, r io.Reader) (size int64, err error) {
	var first [1]byte
	switch _, err := io.ReadFull(r, first[:]); {
	case err == io.EOF:
		return 0, nil
	case err != nil:
		return 0, err
	}
	r = io.MultiReader(bytes.NewReader(first[:]), r)
	streams, ok := b.content.(kv.Streamer)
	if !ok {
		value, err := io.ReadAll(r)
		if err == nil {
			err = b.content.Put(ctx, kv.Pair{Key: id, Item: kv.Item{Value: value}})
		}
		return int64(len(value)), err
	}
	u, err := streams.Upload(ctx, id)
	if err != nil {
		return 0, gone(err)
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	if size, err = io.Copy(u, r); err != nil {
		return 0, gone(err)
	}
	return size, gone(u.Commit(nil, 0))
}

// gone: the place of a bucket's content is removed with the bucket.
func gone(err error) error {
	if errors.Is(err, kv.ErrNamespaceNotFound) {
		return ErrBucketNotFound
	}
	return err
}

// source tells an error of whoever sends the content from one of ours.
type source struct{ io.Reader }

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", errContentBroken, err)
	}
	return n, err
}

// read returns length bytes of pieces from offset. The pieces stay until it is closed.
func (b *Bucket) read(ctx context.Context, pieces []piece, offset, length int64) io.ReadCloser {
	var needed []piece
	skip := offset
	for _, p := range pieces {
		if length == 0 {
			break
		}
		if len(needed) == 0 && skip >= p.Size {
			skip -= p.Size
			continue
		}
		if end := sizeOf(needed); len(needed) > 0 && end-skip >= length {
			break
		}
		needed = append(needed, p)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range needed {
		b.reading[p.ID]++
	}
	return &reader{ctx: ctx, b: b, claimed: needed, rest: needed, skip: skip, left: length}
}

func sizeOf(pieces []piece) (size int64) {
	for _, p := range pieces {
		size += p.Size
	}
	return size
}

// reader reads one piece after the other.
type reader struct {
	ctx     context.Context
	b       *Bucket
	claimed []piece // until Close
	rest    []piece // not begun
	current io.ReadCloser
	skip    int64 // of the next piece
	left    int64 // bytes
}

func (r *reader) Read(p []byte) (int, error) {
	for r.left > 0 {
		if r.current == nil {
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.current.Read(p[:min(int64(len(p)), r.left)])
		r.left -= int64(n)
		if err == io.EOF {
			err = r.current.Close()
			r.current = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.EOF
}

// next opens the next piece.
func (r *reader) next() error {
	if len(r.rest) == 0 {
		return io.ErrUnexpectedEOF
	}
	id := r.rest[0].ID
	r.rest = r.rest[1:]
	var err error
	if streams, ok := r.b.content.(kv.Streamer); ok {
		var s kv.Stream
		s, err = streams.Open(r.ctx, id)
		r.current = s.Value
	} else {
		var item kv.Item
		item, err = r.b.content.Get(r.ctx, id)
		r.current = io.NopCloser(bytes.NewReader(item.Value))
	}
	if err != nil {
		r.current = nil
		return fmt.Errorf("read a piece of an object: %w", err)
	}
	_, err = io.CopyN(io.Discard, r.current, r.skip)
	r.skip = 0
	return err
}

// Close lets go of the pieces. Closing twice is no error.
func (r *reader) Close() (err error) {
	if r.current != nil {
		err = r.current.Close()
	}
	var free []piece
	r.b.mu.Lock()
	for _, p := range r.claimed {
		if r.b.reading[p.ID]--; r.b.reading[p.ID] > 0 {
			continue
		}
		delete(r.b.reading, p.ID)
		if r.b.doomed[p.ID] {
			delete(r.b.doomed, p.ID)
			free = append(free, p)
		}
	}
	r.b.mu.Unlock()
	r.current, r.claimed, r.rest, r.left = nil, nil, nil, 0
	r.b.removeNow(r.ctx, free)
	return err
}

// remove removes pieces that no record names, once nobody reads them.
func (b *Bucket) remove(ctx context.Context, pieces []piece) {
	var free []piece
	b.mu.Lock()
	for _, p := range pieces {
		if b.reading[p.ID] > 0 {
			b.doomed[p.ID] = true
		} else {
			free = append(free, p)
		}
	}
	b.mu.Unlock()
	b.removeNow(ctx, free)
}

// removeNow removes pieces whether or not the caller still waits. What cannot be removed is swept
// later.
func (b *Bucket) removeNow(ctx context.Context, pieces []piece) {
	ctx = context.WithoutCancel(ctx)
	for len(pieces) > 0 {
		some := pieces[:min(len(pieces), kv.MaxBulkDelete)]
		pieces = pieces[len(some):]
		keys := make([]string, len(some))
		for i, p := range some {
			keys[i] = p.ID
		}
		var err error
		if bulk, ok := b.content.(kv.Bulk); ok {
			err = bulk.DeleteMany(ctx, keys)
		} else {
			for _, key := range keys {
				err = errors.Join(err, b.content.Delete(ctx, key))
			}
		}
		if err != nil && !errors.Is(err, kv.ErrNamespaceNotFound) {
			b.all.o.Log.Error("pieces of objects not removed", "pieces", len(keys), "error", err)
		}
	}
}
