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
	w := newBatchWriter(c)
	err := c.copy(ctx, w)
	_ = w.wait() // where reading has failed
	return w.done, err
}

func (c *Copier) copy(ctx context.Context, w *batchWriter) error {
	for e, err := range c.From.Scan(ctx, Query{Filter: c.Filter, From: c.At}) {
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if err := w.add(ctx, e); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if err := w.finish(ctx); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// batchWriter gathers pairs into batches. While one is written, the next is gathered.
type batchWriter struct {
	*Copier
	next    *batch
	spare   *batch
	keys    map[string]bool // of next: a source that is not ordered may have one twice
	writing chan error      // of the batch before; nil if it was waited for
	done    Counts          // good once the writing was waited for
}

type batch struct {
	pairs    []kv.Pair
	size     int      // about, of the body of a bulk put
	expiring int64    // left out
	at       Position // behind it
}

func newBatchWriter(c *Copier) *batchWriter {
	return &batchWriter{Copier: c, next: &batch{at: c.At}, spare: &batch{}, keys: map[string]bool{}, done: c.Done}
}

func (w *batchWriter) add(ctx context.Context, e Entry) error {
	if w.expires(e.Pair, kv.MinTTL) {
		w.next.expiring++
		w.next.at = e.At
		return nil
	}
	size := encodedSize(e.Pair)
	if len(w.next.pairs) > 0 && (w.next.size+size > maxBatch || w.keys[e.Key]) {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	b := w.next
	b.pairs, b.size, b.at = append(b.pairs, e.Pair), b.size+size, e.At
	w.keys[e.Key] = true
	if len(b.pairs) >= maxPairs {
		return w.flush(ctx)
	}
	return nil
}

// expires says whether p does within a time.
func (c *Copier) expires(p kv.Pair, within time.Duration) bool {
	return c.Now != nil && kv.Expired(p.Expiration, c.Now().Add(within))
}

// flush begins to write the batch, once the one before is written.
func (w *batchWriter) flush(ctx context.Context) error {
	if err := w.wait(); err != nil {
		return err
	}
	b, writing := w.next, make(chan error, 1)
	go func() { writing <- w.write(ctx, b) }()
	w.writing = writing
	w.next, w.spare = w.spare, b
	w.next.at = b.at
	clear(w.keys)
	return nil
}

// wait returns what became of the batch that is being written.
func (w *batchWriter) wait() (err error) {
	if w.writing != nil {
		err = <-w.writing
		w.writing = nil
	}
	return err
}

// finish writes what was gathered.
func (w *batchWriter) finish(ctx context.Context) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.wait()
}

func (w *batchWriter) write(ctx context.Context, b *batch) error {
	if err := w.put(ctx, b); err != nil {
		return err
	}
	for _, p := range b.pairs {
		w.done.Keys++
		w.done.Bytes += int64(len(p.Value))
	}
	w.done.Expiring += b.expiring
	clear(b.pairs) // lets go of the values
	b.pairs, b.size, b.expiring = b.pairs[:0], 0, 0
	if w.After != nil {
		return w.After(b.at, w.done)
	}
	return nil
}

// skew is how far a server's clock may be before ours, and how long a batch may be under way.
const skew = 30 * time.Second

// put writes the batch. What expires while it is under way makes a server refuse all of it: then that is left out too.
func (w *batchWriter) put(ctx context.Context, b *batch) error {
	if len(b.pairs) == 0 {
		return nil
	}
	if w.Before != nil {
		if err := w.Before(ctx, b.pairs); err != nil {
			return err
		}
	}
	err := w.To.Put(ctx, b.pairs)
	if !errors.Is(err, kv.ErrExpirationInvalid) {
		return err
	}
	kept := b.pairs[:0]
	for _, p := range b.pairs {
		if w.expires(p, kv.MinTTL+skew) {
			b.expiring++
		} else {
			kept = append(kept, p)
		}
	}
	clear(b.pairs[len(kept):])
	b.pairs = kept
	if len(kept) == 0 {
		return nil
	}
	return w.To.Put(ctx, kept)
}
