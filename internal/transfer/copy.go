package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// maxBatch is how many bytes of request body a batch is about; a single value may be more. It bounds memory: a bulk
// put may have kv.MaxBulkPutBytes.
const maxBatch = 8 << 20

// maxPairs is how many pairs a batch has at the most; tests make it smaller.
var maxPairs = kv.MaxBulkPut

// Counts are what was moved so far.
type Counts struct {
	Keys     int64 `json:"keys"`     // written
	Bytes    int64 `json:"bytes"`    // of the values of these
	Expiring int64 `json:"expiring"` // left out: they expire within kv.MinTTL, or have expired
	Deleted  int64 `json:"deleted"`  // from the destination, which alone had them
}

// Copier moves what a source has into a sink.
type Copier struct {
	From   Source
	To     Sink
	Filter Filter
	// Now is the clock by which a key expires too soon to be written; nil for a sink that takes all, as files do.
	Now func() time.Time
	// At and Done are where an earlier copy of the same stopped; zero for the beginning.
	At   Position
	Done Counts
	// Before is shown each batch before it is written; nil if nobody asks.
	Before func(context.Context, []kv.Pair) error
	// After is told when all up to a position is written; nil if nobody asks.
	After func(Position, Counts) error
}

// Copy moves all that the filter means. A key that expires too soon to be written is counted and left out: without its
// expiration it would stay. When it returns an error, Counts is what was written for certain.
func (c *Copier) Copy(ctx context.Context) (Counts, error) {
	w := &batchWriter{Copier: c, keys: map[string]bool{}, at: c.At, done: c.Done}
	for e, err := range c.From.Scan(ctx, Query{Filter: c.Filter, From: c.At}) {
		if err != nil {
			return w.done, fmt.Errorf("read: %w", err)
		}
		if err := w.add(ctx, e); err != nil {
			return w.done, fmt.Errorf("write: %w", err)
		}
	}
	if err := w.flush(ctx); err != nil {
		return w.done, fmt.Errorf("write: %w", err)
	}
	return w.done, nil
}

// batchWriter gathers pairs into batches.
type batchWriter struct {
	*Copier
	batch    []kv.Pair
	size     int             // about, of the body of a bulk put
	keys     map[string]bool // of the batch: a source that is not ordered may have one twice
	expiring int64           // of the batch
	at       Position        // behind the batch
	done     Counts
}

func (w *batchWriter) add(ctx context.Context, e Entry) error {
	if w.expires(e.Pair, kv.MinTTL) {
		w.expiring++
		w.at = e.At
		return nil
	}
	size := encodedSize(e.Pair)
	if len(w.batch) > 0 && (w.size+size > maxBatch || w.keys[e.Key]) {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.batch, w.size, w.at = append(w.batch, e.Pair), w.size+size, e.At
	w.keys[e.Key] = true
	if len(w.batch) >= maxPairs {
		return w.flush(ctx)
	}
	return nil
}

// expires says whether p does within a time.
func (c *Copier) expires(p kv.Pair, within time.Duration) bool {
	return c.Now != nil && kv.Expired(p.Expiration, c.Now().Add(within))
}

// flush writes the batch.
func (w *batchWriter) flush(ctx context.Context) error {
	if err := w.put(ctx); err != nil {
		return err
	}
	for _, p := range w.batch {
		w.done.Keys++
		w.done.Bytes += int64(len(p.Value))
	}
	w.done.Expiring += w.expiring
	clear(w.batch) // lets go of the values
	clear(w.keys)
	w.batch, w.size, w.expiring = w.batch[:0], 0, 0
	if w.After != nil {
		return w.After(w.at, w.done)
	}
	return nil
}

// skew is how far a server's clock may be before ours, and how long a batch may be under way.
const skew = 30 * time.Second

// put writes the batch. What expires while it is under way makes a server refuse all of it: then that is left out too.
func (w *batchWriter) put(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	if w.Before != nil {
		if err := w.Before(ctx, w.batch); err != nil {
			return err
		}
	}
	err := w.To.Put(ctx, w.batch)
	if !errors.Is(err, kv.ErrExpirationInvalid) {
		return err
	}
	kept := w.batch[:0]
	for _, p := range w.batch {
		if w.expires(p, kv.MinTTL+skew) {
			w.expiring++
		} else {
			kept = append(kept, p)
		}
	}
	w.batch = kept
	if len(kept) == 0 {
		return nil
	}
	return w.To.Put(ctx, kept)
}
