package cli

import (
	"context"
	"fmt"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// kvWrite is a command of kv that writes, with the journal by which it is undone; without one for --no-undo.
type kvWrite struct {
	*kvOptions
	p      *kvPlace
	job    *transfer.Job // nil without
	counts transfer.Counts
}

// kvReport is what such a command did, for programs.
type kvReport struct {
	Version int       `json:"version"`
	Place   placeJSON `json:"place"`
	transfer.Counts
	Would   int64    `json:"would_delete,omitempty"` // of --dry-run, and the first of them
	Sample  []string `json:"sample,omitempty"`
	Missing []string `json:"missing_keys,omitempty"`
	Job     string   `json:"job,omitempty"`
}

// begin makes the journal of a command that is about these keys.
func (o *kvOptions) begin(p *kvPlace, command, keys string) (*kvWrite, error) {
	return o.resume(p, transfer.Spec{Command: command, From: keys}, true)
}

// resume takes up the journal of a command that was stopped, unless it is to begin anew.
func (o *kvOptions) resume(p *kvPlace, spec transfer.Spec, restart bool) (*kvWrite, error) {
	w := &kvWrite{kvOptions: o, p: p}
	if o.noUndo {
		return w, nil
	}
	root, err := p.jobs()
	if err != nil {
		return nil, err
	}
	spec.Started = o.now()
	spec.To = transfer.Target{Account: p.at.account.ID, Namespace: p.at.id, Label: p.at.String()}
	w.job, _, err = transfer.StartJob(root, spec, restart)
	if err == nil {
		w.counts = w.job.Counts
	}
	return w, err
}

// put writes a pair, after what it replaces is written down.
func (w *kvWrite) put(ctx context.Context, pair kv.Pair) error {
	if w.job != nil {
		recorder := transfer.Recorder{Job: w.job, To: w.p.keys}
		if err := recorder.Puts(ctx, []kv.Pair{pair}); err != nil {
			return err
		}
	}
	if err := w.p.store.Put(ctx, pair); err != nil {
		return err
	}
	w.counts.Keys++
	w.counts.Bytes += int64(len(pair.Value))
	return w.reached(transfer.Copying)
}

// remove deletes keys, after what they hold is written down.
func (w *kvWrite) remove(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	if w.job != nil {
		recorder := transfer.Recorder{Job: w.job, To: w.p.keys}
		if err := recorder.Deletes(ctx, keys); err != nil {
			return err
		}
	}
	if err := w.p.keys.Delete(ctx, keys); err != nil {
		return err
	}
	w.counts.Deleted += int64(len(keys))
	return w.reached(transfer.Deleting)
}

func (w *kvWrite) reached(phase transfer.Phase) error {
	if w.job == nil {
		return nil
	}
	return w.job.Reached(transfer.State{Phase: phase, Counts: w.counts})
}

// failed says that something may have been written.
func (w *kvWrite) failed(err error) error {
	if w.job == nil {
		return err
	}
	w.job.Close()
	return withHint(err, "`bindery undo %s` brings back what was", w.job.ID)
}

// done ends the journal, and says what was done. missing are keys that were not there.
func (w *kvWrite) done(text string, missing ...string) error {
	report := kvReport{Version: 1, Place: w.p.at.json(), Counts: w.counts, Missing: missing}
	if w.job != nil {
		defer w.job.Close()
		if err := w.reached(transfer.Done); err != nil {
			return err
		}
		report.Job = w.job.ID
	}
	if w.format.json() {
		return writeJSON(w.out, report)
	}
	if _, err := fmt.Fprintln(w.out, text); err != nil || w.job == nil {
		return err
	}
	_, err := fmt.Fprintf(w.out, "`bindery undo %s` brings back what was\n", w.job.ID)
	return err
}
