package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Follower brings over what changes in a namespace after it was copied. A list shows no values, so each round reads both
// sides in full; what differs is written as the round goes on.
type Follower struct {
	From, To *Namespace
	Filter   Filter
	Delete   bool          // what From has no more
	Quiet    time.Duration // how long nothing may have changed for it to end
	Pause    time.Duration // between rounds
	Now      func() time.Time
	Done     Counts
	// Before and Deletes are shown what is about to be written and deleted; After is told afterwards; nil if nobody asks.
	Before  func(context.Context, []kv.Pair) error
	Deletes func(context.Context, []string) error
	After   func(Counts) error
	// Round is told of each round.
	Round func(Round)
}

// Round is a comparison of all keys, and what it brought over.
type Round struct {
	Compared int64         `json:"compared"` // keys
	Written  int64         `json:"written"`
	Deleted  int64         `json:"deleted"`
	Lag      time.Duration `json:"-"` // a change made since the round before began took no longer than this to arrive
}

// Run goes round until nothing has changed for Quiet: between the beginnings of two rounds, neither of which found
// anything, nor one in between.
func (f *Follower) Run(ctx context.Context) (Counts, error) {
	var quietSince time.Time
	begun := f.Now()
	for {
		before := begun
		begun = f.Now()
		r, err := f.round(ctx)
		if err != nil {
			return f.Done, fmt.Errorf("follow: %w", err)
		}
		r.Lag = f.Now().Sub(before)
		if f.Round != nil {
			f.Round(r)
		}
		switch {
		case r.Written+r.Deleted > 0:
			quietSince = time.Time{}
		case quietSince.IsZero():
			quietSince = begun
		}
		if !quietSince.IsZero() && begun.Sub(quietSince) >= f.Quiet {
			return f.Done, nil
		}
		select {
		case <-time.After(f.Pause):
		case <-ctx.Done():
			return f.Done, ctx.Err()
		}
	}
}

func (f *Follower) round(ctx context.Context) (Round, error) {
	start := f.Done
	w := newBatchWriter(&Copier{To: f.To, Now: f.Now, Done: start, Before: f.Before, After: func(_ Position, c Counts) error {
		c.Deleted = f.Done.Deleted
		f.Done = c
		if f.After == nil {
			return nil
		}
		return f.After(c)
	}})
	var extra []string
	comparison := &Comparison{A: f.From, B: f.To, Filter: f.Filter}
	summary, err := comparison.compare(ctx, func(d Difference, a Entry) error {
		switch {
		case d.Differs[0] == Extra && f.Delete:
			extra = append(extra, d.Key)
			if len(extra) < maxDeletes {
				return nil
			}
			err := f.delete(ctx, w, extra)
			extra = extra[:0]
			return err
		case d.Differs[0] == Extra, kv.Expired(a.Expiration, f.Now().Add(kv.MinTTL+skew)): // what cannot be written is no change
			return nil
		}
		return w.add(ctx, a)
	})
	if err == nil && len(w.next.pairs) > 0 {
		err = w.flush(ctx)
	}
	if failed := w.wait(); err == nil {
		err = failed
	}
	if err == nil && len(extra) > 0 {
		err = f.delete(ctx, w, extra)
	}
	return Round{Compared: summary.Keys, Written: f.Done.Keys - start.Keys, Deleted: f.Done.Deleted - start.Deleted}, err
}

// delete deletes keys when nothing is being written: the journal knows one at a time.
func (f *Follower) delete(ctx context.Context, w *batchWriter, keys []string) error {
	if err := w.wait(); err != nil {
		return err
	}
	if f.Deletes != nil {
		if err := f.Deletes(ctx, keys); err != nil {
			return err
		}
	}
	if err := f.To.Delete(ctx, keys); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	f.Done.Deleted += int64(len(keys))
	if f.After == nil {
		return nil
	}
	return f.After(f.Done)
}
