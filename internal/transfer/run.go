package transfer

import (
	"context"
	"time"
)

// Run does what is left of a job: it copies, then deletes. Each batch is written down before it is sent, with what it
// replaces, and after it was answered: stopped anywhere, no more than one is sent twice.
func (j *Job) Run(ctx context.Context, from Source, to *Namespace, now func() time.Time, progress func(Counts)) error {
	recorder := &Recorder{Job: j, To: to}
	if j.Phase == Copying {
		copier := &Copier{
			From: from, To: to, Filter: j.Filter, Now: now, At: j.At, Done: j.Counts,
			After: func(at Position, c Counts) error {
				progress(c)
				return j.Reached(State{Phase: Copying, At: at, Counts: c})
			},
		}
		if !j.NoUndo {
			copier.Before = recorder.Puts
		}
		counts, err := copier.Copy(ctx)
		if err != nil {
			return err
		}
		if err := j.Reached(State{Phase: Deleting, At: j.At, Counts: counts}); err != nil {
			return err
		}
	}
	if j.Delete {
		mirror := &Mirror{From: from, To: to, Filter: j.Filter, Done: j.Counts, After: func(c Counts) error {
			progress(c)
			return j.Reached(State{Phase: Deleting, At: j.At, Counts: c})
		}}
		if !j.NoUndo {
			mirror.Before = recorder.Deletes
		}
		if _, err := mirror.Delete(ctx); err != nil {
			return err
		}
	}
	return j.Reached(State{Phase: Done, At: j.At, Counts: j.Counts})
}
