package transfer

import (
	"context"
	"fmt"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Mirror deletes from a namespace what an ordered source does not have, as far as the filter means it.
type Mirror struct {
	From   Source
	To     *Namespace
	Filter Filter
	Done   Counts
	// Before is shown the keys of each call before they are deleted, After is told afterwards; nil if nobody asks.
	Before func(context.Context, []string) error
	After  func(Counts) error
}

// maxDeletes bounds the keys of a call: what they hold is read before for Before.
const maxDeletes = kv.MaxListLimit

// Delete walks the keys of both sides. Values are not read.
func (m *Mirror) Delete(ctx context.Context) (Counts, error) {
	done := m.Done
	var extra []string
	flush := func() error {
		if len(extra) == 0 {
			return nil
		}
		if m.Before != nil {
			if err := m.Before(ctx, extra); err != nil {
				return err
			}
		}
		if err := m.To.Delete(ctx, extra); err != nil {
			return fmt.Errorf("delete: %w", err)
		}
		done.Deleted += int64(len(extra))
		extra = extra[:0]
		if m.After != nil {
			return m.After(done)
		}
		return nil
	}
	comparison := &Comparison{A: m.From, B: m.To, Filter: m.Filter, Quick: true, Found: func(d Difference) error {
		if d.Differs[0] == Extra {
			extra = append(extra, d.Key)
		}
		if len(extra) < maxDeletes {
			return nil
		}
		return flush()
	}}
	if _, err := comparison.Compare(ctx); err != nil {
		return done, err
	}
	return done, flush()
}
