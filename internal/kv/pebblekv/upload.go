package pebblekv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bindery-dev/bindery/internal/kv"
)

// upload is a value on its way in. What does not fit into one chunk goes into the
// database while it comes, not synced, as chunks of a version that no record names; an
// upload key, older in the log than any of them, says so. Commit writes the records and
// removes the upload key in one synced batch. Where the upload key is still there and
// the upload is not, its chunks are nobody's: see abandoned.
type upload struct {
	ctx context.Context
	n   *Namespace // in use until Close
	key string

	buffer *[chunkBytes + 1]byte // nil after Close
	filled int                   // bytes in buffer
	size   int                   // bytes taken
	stored header                // of the chunks that are in the database
	fate   bool                  // Commit has handed the records to the database
}

var errUploadEnded = errors.New("upload has ended")

// Upload implements kv.Streamer.
func (n *Namespace) Upload(ctx context.Context, key string) (kv.Upload, error) {
	if err := kv.CheckKey(key); err != nil {
		return nil, err
	}
	if err := n.begin(ctx); err != nil {
		return nil, err
	}
	u := &upload{ctx: ctx, n: n, key: key, buffer: chunkBuffers.Get().(*[chunkBytes + 1]byte)}
	u.stored.Version = newVersion(n.store.now())
	n.store.uploads.Store(u.stored.Version, nil)
	return u, nil
}

// Write implements io.Writer.
func (u *upload) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		if u.buffer == nil {
			return written, errUploadEnded
		}
		n := copy(u.buffer[u.filled:], p)
		if err := u.take(n); err != nil {
			return written, err
		}
		written += n
		p = p[n:]
	}
	return written, nil
}

// ReadFrom implements io.ReaderFrom: nothing is copied on the way into the chunk.
func (u *upload) ReadFrom(r io.Reader) (read int64, err error) {
	for u.buffer != nil {
		n, err := r.Read(u.buffer[u.filled:])
		read += int64(n)
		if err := u.take(n); err != nil {
			return read, err
		}
		if err == io.EOF {
			return read, nil
		}
		if err != nil {
			return read, err
		}
	}
	return read, errUploadEnded
}

// take accepts n bytes more in the buffer. When there is a byte beyond the chunk, the
// chunk is not the last and can go.
func (u *upload) take(n int) error {
	u.size += n
	u.filled += n
	if u.size > kv.MaxValueBytes {
		return fmt.Errorf("%w: value length exceeds limit of %d", kv.ErrValueTooLarge, kv.MaxValueBytes)
	}
	if u.filled <= chunkBytes {
		return nil
	}
	if err := u.store(u.buffer[:chunkBytes]); err != nil {
		return err
	}
	u.buffer[0], u.filled = u.buffer[chunkBytes], 1
	return nil
}

// store writes the next chunk.
func (u *upload) store(chunk []byte) error {
	if u.n.deleted.Load() {
		return kv.ErrNamespaceNotFound
	}
	if err := u.ctx.Err(); err != nil {
		return err
	}
	b := u.n.store.db.NewBatch()
	if u.stored.Chunks == 0 {
		if err := b.Set(uploadKey(u.n.id, u.stored.Version), nil, nil); err != nil {
			return err
		}
	}
	if err := b.Set(chunkKey(u.n.id, u.stored.Version, u.stored.Chunks), chunk, nil); err != nil {
		return err
	}
	u.stored.Chunks++
	if err := u.n.store.commit(b, pebble.NoSync); err != nil {
		return fmt.Errorf("write chunk: %w", err)
	}
	return nil
}

// Commit implements kv.Upload.
func (u *upload) Commit(metadata json.RawMessage, expiration int64) error {
	if u.buffer == nil || u.fate {
		return errUploadEnded
	}
	if err := u.ctx.Err(); err != nil {
		return err
	}
	p := kv.Pair{Key: u.key, Item: kv.Item{Metadata: metadata, Expiration: expiration}}
	if err := p.Validate(u.n.store.now()); err != nil {
		return err
	}
	p = p.Normalize()
	if u.stored.Chunks == 0 {
		p.Value = u.buffer[:u.filled]
		u.fate = true
		return u.n.commit(change{key: u.key, item: &p.Item})
	}
	if err := u.store(u.buffer[:u.filled]); err != nil {
		return err
	}
	u.stored.Size, u.stored.Metadata, u.stored.Expiration = u.size, p.Metadata, p.Expiration
	// From here the database decides: after an error the records may be there all the
	// same, and their chunks must then be, too.
	u.fate = true
	return u.n.commit(change{key: u.key, uploaded: &u.stored})
}

// Close implements kv.Upload. Closing twice is no error.
func (u *upload) Close() error {
	if u.buffer == nil {
		return nil
	}
	chunkBuffers.Put(u.buffer)
	u.buffer = nil
	defer u.n.store.inUse.Done()
	defer u.n.store.uploads.Delete(u.stored.Version)
	if u.fate || u.stored.Chunks == 0 {
		return nil
	}
	u.n.store.freed.chunks.Add(int64(u.size))
	b := u.n.store.db.NewBatch()
	err := errors.Join(
		b.Delete(uploadKey(u.n.id, u.stored.Version), nil),
		deleteChunks(b, u.n.id, u.stored.Version, u.stored.Chunks),
	)
	if err == nil {
		err = u.n.store.commit(b, pebble.NoSync) // after a crash, abandoned does it again
	}
	if err != nil {
		return fmt.Errorf("remove an upload: %w", err)
	}
	return nil
}

// removeAbandoned removes the chunks of uploads that ended without Commit or Close: in a
// crash, or because the disk refused.
func (s *Store) removeAbandoned(ctx context.Context) (err error) {
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: []byte{kindUpload}, UpperBound: []byte{kindUpload + 1}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		namespace, v, err := parseUploadKey(it.Key())
		if err != nil {
			return err
		}
		if err := s.removeUpload(namespace, v); err != nil {
			return fmt.Errorf("remove an upload: %w", err)
		}
	}
	return it.Error()
}

// removeUpload removes the chunks of an upload unless it is under way or was committed.
func (s *Store) removeUpload(namespace string, v version) error {
	if _, underWay := s.uploads.Load(v); underWay {
		return nil
	}
	// It has ended, so that what its key says now is the last word.
	_, closer, err := s.db.Get(uploadKey(namespace, v))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	b := s.db.NewBatch()
	chunks := chunkPrefix(namespace, v)
	err = errors.Join(
		closer.Close(),
		b.Delete(uploadKey(namespace, v), nil),
		b.DeleteRange(chunks, after(chunks), nil),
	)
	if err != nil {
		return err
	}
	return s.commit(b, pebble.NoSync)
}
