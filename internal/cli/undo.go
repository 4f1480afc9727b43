package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/transfer"
)

type undoOptions struct {
	writeOptions
	force bool
}

func newUndoCommand(a *app) *cobra.Command {
	o := &undoOptions{writeOptions: writeOptions{moveOptions: moveOptions{app: a}, command: "undo"}}
	cmd := &cobra.Command{
		Use:   "undo JOB",
		Short: "bring back what a copy, an import, a seed or a command of kv replaced",
		Long: `Puts back what was under each key before a job wrote or deleted it. A key that somebody
else has changed since is named and left as it is. Stopped, it goes on when it is run
again. JOB is what the command printed; its journal lies in .bindery-jobs beside the
configuration, or in the current folder.`,
		Example: `  bindery undo 20261122-101500.274-3f9a
  bindery undo 20261122-101500.274-3f9a --yes production --force`,
		Args: exactArgs("a job"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.undo(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.config, "config", "c", "", "the wrangler `file` beside which the job's journal lies")
	must(cmd.MarkFlagFilename("config", "toml", "json", "jsonc"))
	f.BoolVar(&o.force, "force", false, "bring back what somebody has changed since, too")
	f.StringVar(&o.yes, "yes", "", "write to this `environment` without asking, if it is the job's")
	addFormat(cmd, &o.format)
	addQuiet(cmd, a)
	return cmd
}

// undoJSON is the report for programs.
type undoJSON struct {
	Version int    `json:"version"`
	Job     string `json:"job"`
	transfer.UndoCounts
	ChangedKeys []string `json:"changed_keys"`
}

func (o *undoOptions) undo(ctx context.Context, id string) error {
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	root, err := l.jobs()
	if err != nil {
		return err
	}
	job, err := transfer.OpenJob(root, id)
	if err != nil {
		return err
	}
	defer job.Close()
	switch {
	case job.Phase == transfer.Undone:
		return usagef("job %s was undone already", id)
	case job.NoUndo:
		return usagef("job %s did not keep what it replaced", id).hint("it was run with --no-undo")
	}
	dst := &location{text: job.To.Label, account: deploy.Account{ID: job.To.Account}, id: job.To.Namespace}
	store, err := l.store(dst)
	if err != nil {
		return err
	}
	if err := o.guard(ctx, l, dst, store); err != nil {
		return err
	}
	progress := o.startWork()
	l.shows = progress
	defer progress.stop()
	progress.say("undoing job %s", id)
	changed := []string{}
	u := &transfer.Undo{
		Job: job, To: transfer.NewNamespace(store), Now: o.now, Force: o.force,
		Changed: func(key string) { changed = append(changed, key) },
		Progress: func(c transfer.UndoCounts) {
			progress.say("undoing job %s: %d keys", id, c.Restored+c.Deleted+c.Same+c.Changed)
		},
	}
	counts, err := u.Run(ctx)
	progress.stop()
	if err != nil {
		fmt.Fprintf(o.err, "the undo of job %s stopped; the same command goes on\n", id)
		return fmt.Errorf("undo job %s: %w", id, err)
	}
	if o.format.json() {
		err = writeJSON(o.out, undoJSON{Version: 1, Job: id, UndoCounts: counts, ChangedKeys: changed})
	} else {
		for _, key := range changed {
			fmt.Fprintf(o.out, "changed since: %s\n", keyText(key))
		}
		_, err = fmt.Fprintf(o.out, "undid job %s in %s: %d restored, %d deleted, %d as before already, %d changed since\n",
			id, job.To.Label, counts.Restored, counts.Deleted, counts.Same, counts.Changed)
	}
	if err == nil && counts.Changed > 0 && !o.force {
		return errProblems
	}
	return err
}
