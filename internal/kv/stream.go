package kv

import (
	"context"
	"encoding/json"
	"io"
)

// Streamer is what a namespace offers for values that shall not be in memory whole.
type Streamer interface {
	// Open returns what is stored under key as it is now, whatever is written while
	// it is read; ErrKeyNotFound as for Get. The caller closes the value.
	Open(ctx context.Context, key string) (Stream, error)
	// OpenMany is Open for many keys, fastest if they are in byte order; nil stands for
	// one that is not there. The caller closes each value.
	OpenMany(ctx context.Context, keys []string) ([]*Stream, error)
	// Upload begins to put a value under key. The caller closes it. ctx is that of
	// the whole upload.
	Upload(ctx context.Context, key string) (Upload, error)
}

// Stream is an item whose value is read piece by piece.
type Stream struct {
	// Value ends after Size bytes, and never before without an error. It implements
	// io.WriterTo, which copies least.
	Value      io.ReadCloser
	Size       int64
	Metadata   json.RawMessage // as in Item
	Expiration int64           // as in Item
}

// Upload is a value on its way in, written piece by piece. Nobody sees any of it, and
// what it is to replace stays, until Commit. It is not safe for concurrent use.
type Upload interface {
	// Write takes the next bytes of the value: ErrValueTooLarge as soon as they are
	// more than MaxValueBytes. After an error nothing but Close makes sense.
	io.Writer
	// Commit stores what was written, with metadata and expiration, as Put does: when
	// it returns nil the pair is durable, otherwise it is as Put's error would say.
	Commit(metadata json.RawMessage, expiration int64) error
	// Close gives up what was not committed, and nothing of it stays.
	io.Closer
}
