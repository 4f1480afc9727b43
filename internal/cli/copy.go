package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/transfer"
)

func newCopyCommand(a *app) *cobra.Command {
	o := &writeOptions{moveOptions: moveOptions{app: a}, command: "copy"}
	cmd := &cobra.Command{
		Use:   "copy SRC DST",
		Short: "copy what one KV namespace holds into another, also of another account",
		Long: `Writes the keys of SRC into DST with values, metadata and absolute expirations. Keys that
only DST has stay, or go with --delete. What is replaced is written down first, so that
"bindery undo JOB" brings it back. Stopped by Ctrl-C, a kill or a lost network, the same
command goes on where it was. Fingerprints are never copied.

A DST that is sealed for another environment than it was named by, or is production, is
written to only where its environment is typed, or named with --yes.

With --follow it then compares both sides, values too, round after round, and brings over
what has changed, until nothing has for so long: a switch-over between two rounds is short.

SRC is ENVIRONMENT:BINDING (:BINDING at the top level), ACCOUNT/TITLE, ACCOUNT/ID, the id
of a namespace, a file, a folder/ or -. A file is made as "bindery export" makes it.`,
		Example: `  bindery copy test:API_GATEWAY_STORAGE production:API_GATEWAY_STORAGE --dry-run
  bindery copy production:SESSIONS staging:SESSIONS --prefix user/ --delete`,
		Args: exactArgs("a place to read", "a namespace to write"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0], args[1]) },
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.delete, "delete", false, "delete from DST what SRC does not have")
	cmd.Flags().DurationVar(&o.follow, "follow", 0, "go on with what changes in SRC until nothing has for so long, as in 10s")
	return cmd
}

// writeOptions are those of the commands that write a namespace.
type writeOptions struct {
	moveOptions
	command string // copy or import
	delete  bool
	dryRun  bool
	noUndo  bool
	restart bool
	yes     string
	follow  time.Duration
}

func (o *writeOptions) addFlags(cmd *cobra.Command) {
	o.moveOptions.addFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "say how many keys, calls and how much time it takes, and write nothing")
	f.BoolVar(&o.noUndo, "no-undo", false, "do not read and keep what is replaced")
	f.BoolVar(&o.restart, "restart", false, "begin anew, even if this command was stopped before its end")
	f.StringVar(&o.yes, "yes", "", "write to this `environment` without asking, if it is the destination's")
}

func (o *writeOptions) run(ctx context.Context, from, to string) error {
	as, err := o.form()
	switch {
	case err != nil:
		return err
	case o.delete && (o.filter.MinSize > 0 || o.filter.MaxSize > 0):
		return usagef("--delete does not know the sizes of values that are not there any more").hint("leave out --min-size and --max-size")
	case o.follow < 0:
		return usagef("--follow %s is no time to wait", o.follow)
	case o.delete && from == "-":
		return usagef("--delete reads its source twice, and a stream can be read once").hint("write it to a file first")
	}
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	src, err := l.find(ctx, from, as)
	if err != nil {
		return err
	}
	dst, err := l.find(ctx, to, "")
	switch {
	case err != nil:
		return err
	case o.command == "import" && src.isNamespace():
		return usagef("%s is no file", from).hint("`bindery copy` moves from namespace to namespace; a file is .ndjson, .json, a folder/ or -")
	case !dst.isNamespace() && (o.command == "import" || o.delete || o.dryRun || o.follow > 0):
		return usagef("%s is no namespace", to).hint("a file is made anew, as `bindery export` does")
	case !dst.isNamespace():
		return o.export(ctx, from, to)
	case o.follow > 0 && !src.isNamespace():
		return usagef("--follow is for a namespace, and %s is a file", from)
	case src.isNamespace() && src.id == dst.id && src.account.ID == dst.account.ID:
		return usagef("%s and %s are one namespace", from, to)
	}
	source, err := o.source(l, src)
	if err != nil {
		return err
	}
	store, err := l.store(dst)
	if err != nil {
		return err
	}
	m := startMove(l, "reading", src, dst)
	defer m.stop()
	if source, err = m.sorted(ctx, source, o.filter, o.delete); err != nil {
		return err
	}
	m.expects(source, o.filter)
	target := transfer.NewNamespace(store)
	if o.dryRun {
		return o.estimate(ctx, m, source, target)
	}
	if err := o.guard(ctx, l, dst, store); err != nil {
		return err
	}
	return o.work(ctx, l, m, source, target)
}

// work does the job, or what is left of it.
func (o *writeOptions) work(ctx context.Context, l *locator, m *move, source transfer.Source, target *transfer.Namespace) error {
	spec, err := o.spec(ctx, m, target)
	if err != nil {
		return err
	}
	root, err := l.jobs()
	if err != nil {
		return err
	}
	job, resumed, err := transfer.StartJob(root, spec, o.restart || m.from.isStream())
	if err != nil {
		return err
	}
	defer job.Close()
	m.undo, m.before = !o.noUndo && !job.Empty, job.Counts
	if resumed {
		fmt.Fprintf(o.err, "going on with job %s, at %s\n", job.ID, plural(int(job.Counts.Keys), "key", "keys"))
	}
	err = job.Run(ctx, source, target, o.now, m.moved)
	if err == nil && o.follow > 0 {
		err = o.followOn(ctx, m, job, source.(*transfer.Namespace), target)
	}
	if err != nil {
		m.stop()
		fmt.Fprintf(o.err, "job %s stopped at %s; the same command goes on, and `bindery undo %s` brings back what was\n", job.ID, plural(int(job.Counts.Keys), "key", "keys"), job.ID)
		return fmt.Errorf("%s to %s: %w", o.command, m.to, err)
	}
	m.job = job.ID
	done := "copied"
	if o.command == "import" {
		done = "imported"
	}
	if err := m.report(done, job.Counts, o.format); err != nil || o.format.json() || o.noUndo {
		return err
	}
	_, err = fmt.Fprintf(o.out, "`bindery undo %s` brings back what was\n", job.ID)
	return err
}

// followPause lies between two rounds of --follow.
const followPause = time.Second

// followOn brings over what changes, and says of each round that found something how far DST is behind.
func (o *writeOptions) followOn(ctx context.Context, m *move, job *transfer.Job, source, target *transfer.Namespace) error {
	m.doing = "following"
	return job.RunFollower(ctx, &transfer.Follower{
		From: source, To: target, Quiet: o.follow, Pause: followPause, Now: o.now,
		Round: func(r transfer.Round) {
			m.lag = r.Lag
			if r.Written+r.Deleted > 0 {
				m.progress.say("")
				fmt.Fprintf(o.err, "followed: %s written, %d deleted, at most %.1f s behind\n", plural(int(r.Written), "key", "keys"), r.Deleted, r.Lag.Seconds())
			}
			m.progress.say("following %s: nothing new among %d keys, at most %.1f s behind", m.from, r.Compared, r.Lag.Seconds())
		},
	}, m.moved)
}

// spec says what this command does, so that it is known again.
func (o *writeOptions) spec(ctx context.Context, m *move, target *transfer.Namespace) (transfer.Spec, error) {
	from, err := m.from.identity()
	if err != nil {
		return transfer.Spec{}, err
	}
	spec := transfer.Spec{
		Command: o.command, From: from, Filter: o.filter, Delete: o.delete, NoUndo: o.noUndo, Follow: o.follow > 0, Started: o.now(),
		To: transfer.Target{Account: m.to.account.ID, Namespace: m.to.id, Label: m.to.String()},
	}
	if !o.noUndo {
		spec.Empty, err = target.IsEmpty(ctx)
	}
	return spec, err
}

// estimate says what it would take.
func (o *writeOptions) estimate(ctx context.Context, m *move, source transfer.Source, target *transfer.Namespace) error {
	p, err := transfer.Estimate(ctx, source, target, o.filter, !o.noUndo, o.delete)
	if err != nil {
		return err
	}
	m.stop()
	if o.format.json() {
		return writeJSON(o.out, planJSON{Version: 1, From: m.from.json(), To: m.to.json(), Plan: p})
	}
	size := ""
	if p.Bytes >= 0 {
		size = ", " + sizeText(p.Bytes)
	}
	fmt.Fprintf(o.out, "would %s %s%s from %s to %s\n", o.command, plural(int(p.Keys), "key", "keys"), size, m.from, m.to)
	if p.Deleted > 0 {
		fmt.Fprintf(o.out, "  and delete %s that only %s has\n", plural(int(p.Deleted), "key", "keys"), m.to)
	}
	fmt.Fprintf(o.out, "  %s: %d lists, %d bulk gets, %d bulk puts, %d bulk deletes; more where values are no text, or large\n", plural(int(p.Calls), "call", "calls"), p.Lists, p.Gets, p.Puts, p.Deletes)
	if p.AtLimit > 0 {
		fmt.Fprintf(o.out, "  %v at the least over Cloudflare's API, which takes 1,200 calls in 5 minutes\n", (time.Duration(p.AtLimit) * time.Second).Round(time.Second))
	}
	_, err = fmt.Fprintf(o.out, "  of the accounts' quotas: %d reads, %d writes, %d deletes, %d lists\n", p.Reads, p.Writes, p.Deleted, p.Listed)
	if err == nil && p.BeyondFree() {
		_, err = fmt.Fprintln(o.out, "  that is more than the free plan takes in a day: 100,000 reads, 1,000 writes, 1,000 deletes, 1,000 lists")
	}
	if err == nil && p.Bytes < 0 {
		_, err = fmt.Fprintln(o.out, "  how large the values are is not known: a list does not say it")
	}
	return err
}

// planJSON is the estimate for programs.
type planJSON struct {
	Version int       `json:"version"`
	From    placeJSON `json:"from"`
	To      placeJSON `json:"to"`
	transfer.Plan
}
