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
	if j.Delete && j.Phase == Deleting {
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
	if j.Follow {
		return j.Reached(State{Phase: Following, At: j.At, Counts: j.Counts})
	}
	return j.Finish()
}

// Finish says that a job is done.
func (j *Job) Finish() error { return j.Reached(State{Phase: Done, At: j.At, Counts: j.Counts}) }

// RunFollower goes on with what changes, after Run, until nothing does. It sets what the follower has to ask and tell the
// journal.
func (j *Job) RunFollower(ctx context.Context, f *Follower, progress func(Counts)) error {
	recorder := &Recorder{Job: j, To: f.To}
	f.Filter, f.Delete, f.Done = j.Filter, j.Delete, j.Counts
	if !j.NoUndo {
		f.Before, f.Deletes = recorder.Puts, recorder.Deletes
	}
	f.After = func(c Counts) error {
		progress(c)
		return j.Reached(State{Phase: Following, At: j.At, Counts: c})
	}
	if _, err := f.Run(ctx); err != nil {
		return err
	}
	return j.Finish()
}
