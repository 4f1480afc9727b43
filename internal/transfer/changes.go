package transfer

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Apply does a job of few changes, which are all in memory: it writes pairs of different keys, then deletes keys. What each
// batch replaces is written down before it is sent, as by Run. There is nothing to go on with: whoever is stopped works
// out anew what is left.
func (j *Job) Apply(ctx context.Context, to *Namespace, puts []kv.Pair, deletes []string, now func() time.Time, progress func(Counts)) error {
	recorder := &Recorder{Job: j, To: to}
	copier := &Copier{From: pairs(puts), To: to, Now: now, After: func(at Position, c Counts) error {
		progress(c)
		return j.Reached(State{Phase: Copying, At: at, Counts: c})
	}}
	if !j.NoUndo {
		copier.Before = recorder.Puts
	}
	counts, err := copier.Copy(ctx)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(deletes, maxDeletes) {
		if !j.NoUndo {
			if err := recorder.Deletes(ctx, chunk); err != nil {
				return err
			}
		}
		if err := to.Delete(ctx, chunk); err != nil {
			return fmt.Errorf("delete: %w", err)
		}
		counts.Deleted += int64(len(chunk))
		progress(counts)
		if err := j.Reached(State{Phase: Deleting, At: j.At, Counts: counts}); err != nil {
			return err
		}
	}
	return j.Reached(State{Phase: Done, At: j.At, Counts: counts})
}

// pairs are a source that is in memory, in its own order.
type pairs []kv.Pair

func (p pairs) Ordered() bool { return false }

func (p pairs) Scan(_ context.Context, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for i, one := range p {
			size := int64(len(one.Value))
			if int64(i) < q.From.Read || !q.Filter.key(one.Key) || !q.Filter.size(size) {
				continue
			}
			if !yield(Entry{Pair: one, Size: size, At: Position{Read: int64(i) + 1}}, nil) {
				return
			}
		}
	}
}
