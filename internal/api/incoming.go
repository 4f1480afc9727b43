package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// wholeBytes is the size up to which a value is read whole, and put in one step. A
// larger one goes into the store piece by piece: what a request keeps in memory does
// not depend on what it sends.
const wholeBytes = 64 << 10

// incoming is a value that a request brings.
type incoming struct {
	ns  streamer
	ctx context.Context
	key string

	whole  []byte    // of a small value
	upload kv.Upload // of a large one; else nil
}

// receive takes a value of size bytes, -1 if that is unknown. Of several in a form the
// last counts.
func (in *incoming) receive(r io.Reader, size int64) (err error) {
	if size > kv.MaxValueBytes {
		return fmt.Errorf("%w: value length of %d exceeds limit of %d", kv.ErrValueTooLarge, size, kv.MaxValueBytes)
	}
	in.close()
	r = valueReader{r}
	if size <= wholeBytes {
		b := bytes.NewBuffer(make([]byte, 0, max(size, 0)+bytes.MinRead))
		n, err := b.ReadFrom(io.LimitReader(r, wholeBytes+1))
		if err != nil {
			return err
		}
		in.whole = b.Bytes()
		if n <= wholeBytes {
			return nil
		}
	}
	if in.upload, err = in.ns.Upload(in.ctx, in.key); err != nil {
		return err
	}
	if _, err = in.upload.Write(in.whole); err == nil {
		in.whole = nil
		_, err = io.Copy(in.upload, r)
	}
	return err
}

// commit stores what was received.
func (in *incoming) commit(metadata json.RawMessage, expiration int64) error {
	if in.upload != nil {
		return in.upload.Commit(metadata, expiration)
	}
	return in.ns.Put(in.ctx, kv.Pair{Key: in.key, Item: kv.Item{Value: in.whole, Metadata: metadata, Expiration: expiration}})
}

// close gives up what was not committed.
func (in *incoming) close() {
	if in.upload != nil {
		_ = in.upload.Close() // what it cannot remove now the store removes later
	}
	in.whole, in.upload = nil, nil
}

// valueReader makes of what a body's reader may say what it means for a value.
type valueReader struct{ io.Reader }

func (r valueReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	var long *http.MaxBytesError
	switch {
	case err == nil || err == io.EOF:
	case errors.As(err, &long):
		err = fmt.Errorf("%w: value length exceeds limit of %d", kv.ErrValueTooLarge, kv.MaxValueBytes)
	default:
		err = fmt.Errorf("%w: it broke off", wire.ErrShape)
	}
	return n, err
}
