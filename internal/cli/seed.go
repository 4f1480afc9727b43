package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/seed"
	"github.com/bindery-dev/bindery/internal/transfer"
)

type seedOptions struct {
	writeOptions
	env   string
	prune bool
	check bool
}

func newSeedCommand(a *app) *cobra.Command {
	o := &seedOptions{writeOptions: writeOptions{moveOptions: moveOptions{app: a}, command: "seed"}}
	cmd := &cobra.Command{
		Use:   "seed FILE...",
		Short: "make KV namespaces hold the keys that a file declares",
		Long: `Reads YAML, TOML or JSON that declares, for each binding, keys with values, metadata and
expirations, with an overlay for each environment; compares them with what the namespaces
of --env hold, shows the difference and writes it. What holds already what it should is
not written again, so the command may run with every deploy. Values that are JSON are held
against a JSON Schema. If anything in the files is wrong, nothing is written.

What is replaced is written down first, so that "bindery undo JOB" brings it back.
Production is written to only where its name is typed, or given with --yes. --check tells
a pipeline, with exit code 1, that a namespace differs. docs/data.md describes the files.`,
		Example: `  bindery seed examples/api-gateway/seeds/gateway.yaml --config examples/api-gateway --env test --dry-run
  bindery seed seeds/*.yaml --env production --prune --yes production`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("a seed is missing: a .yaml, .toml or .json file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.seed(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "the `environment` whose namespaces are meant (default the top level)")
	f.StringVarP(&o.config, "config", "c", "", "the wrangler `file` that binds them (default that of the current folder)")
	must(cmd.MarkFlagFilename("config", "toml", "json", "jsonc"))
	f.BoolVar(&o.check, "check", false, "write nothing; exit with 1 if a namespace differs")
	f.BoolVar(&o.dryRun, "dry-run", false, "show the difference, and write nothing")
	f.BoolVar(&o.prune, "prune", false, "delete keys that begin as the files' owns say, and that they do not know")
	f.BoolVar(&o.noUndo, "no-undo", false, "do not read and keep what is replaced")
	f.StringVar(&o.yes, "yes", "", "write to this `environment` without asking, if it is the destination's")
	addFormat(cmd, &o.format)
	return cmd
}

// sown is a binding on its way: what is to be done to which namespace, and in the end by which job.
type sown struct {
	at    *location
	store transfer.Store
	plan  *seed.Plan
	job   string
}

func (o *seedOptions) seed(ctx context.Context, files []string) error {
	l := &locator{app: o.app, config: o.config}
	defer l.close()
	declared, err := o.read(l, files)
	if err != nil {
		return err
	}
	all, err := o.compare(ctx, l, declared)
	if err != nil {
		return err
	}
	differs := false
	for _, s := range all {
		differs = differs || len(s.plan.Changes) > 0
		if !o.format.json() {
			o.show(s)
		}
	}
	if o.check || o.dryRun {
		if err := o.report(all, false); err != nil {
			return err
		}
		if o.check && differs {
			return errProblems
		}
		return nil
	}
	for _, s := range all { // before anything is written anywhere
		if len(s.plan.Changes) == 0 {
			continue
		}
		if err := o.guard(ctx, l, s.at, s.store); err != nil {
			return err
		}
	}
	for _, s := range all {
		if err := o.sow(ctx, l, files, s); err != nil {
			return err
		}
	}
	return o.report(all, true)
}

// read reads the files, and prints what is wrong with them.
func (o *seedOptions) read(l *locator, files []string) (*seed.Seed, error) {
	p, err := l.load()
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, usagef("a seed is for the bindings of a configuration, and there is none here").hint("--config names a wrangler file")
	}
	if _, err := p.config.Environment(o.env); err != nil {
		return nil, err
	}
	names := []string{}
	for _, env := range p.config.Envs {
		names = append(names, env.Name)
	}
	declared, err := seed.Read(files, seed.Options{Environment: o.env, Environments: names})
	var mistakes seed.Errors
	if !errors.As(err, &mistakes) {
		return declared, err
	}
	out := o.err.visible()
	for _, m := range mistakes {
		fmt.Fprintf(out, "%s: %s %s\n", out.strong(m.Place.String()), out.bad("error:"), m.Message)
		if m.Help != "" {
			fmt.Fprintf(out, "  hint: %s\n", m.Help)
		}
	}
	return nil, fmt.Errorf("%s: nothing was written", plural(len(mistakes), "mistake in the seed", "mistakes in the seed"))
}

// compare finds the namespaces, and what has to change in each.
func (o *seedOptions) compare(ctx context.Context, l *locator, declared *seed.Seed) (all []*sown, err error) {
	progress := startProgress(o.err)
	defer progress.stop()
	for _, b := range declared.Bindings {
		s := &sown{}
		if s.at, err = l.bound(ctx, o.env+":"+b.Name, o.env, b.Name); err != nil {
			return nil, fmt.Errorf("%s: %w", b.At, err)
		}
		progress.say("comparing %s", s.at)
		if s.store, err = l.store(s.at); err != nil {
			return nil, err
		}
		if s.plan, err = b.Plan(ctx, s.store, o.now(), o.prune); err != nil {
			return nil, fmt.Errorf("compare %s: %w", s.at, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// show prints a difference for people: a line a key, and none for those that are as they should be.
func (o *seedOptions) show(s *sown) {
	fmt.Fprintln(o.out, s.at)
	for _, c := range s.plan.Changes {
		switch c.Kind {
		case seed.New:
			fmt.Fprintln(o.out, o.out.good("  + "+keyText(c.Key)))
		case seed.Changed:
			var classes []string
			for _, class := range c.Differs {
				classes = append(classes, string(class))
			}
			fmt.Fprintln(o.out, o.out.warn("  ~ "+keyText(c.Key))+"  "+strings.Join(classes, ", "))
		case seed.Removed, seed.Extra:
			fmt.Fprintln(o.out, o.out.bad("  - "+keyText(c.Key))+"  "+string(c.Kind))
		}
	}
	if s.plan.Same > 0 {
		fmt.Fprintf(o.out, "  %s as declared\n", plural(s.plan.Same, "key is", "keys are"))
	}
	if s.plan.Expired > 0 {
		fmt.Fprintf(o.out, "  left out %s that expired, or will within 60 s\n", plural(s.plan.Expired, "key", "keys"))
	}
}

// sow writes what differs, as a job that can be undone.
func (o *seedOptions) sow(ctx context.Context, l *locator, files []string, s *sown) error {
	if len(s.plan.Changes) == 0 {
		return nil
	}
	root, err := l.jobs()
	if err != nil {
		return err
	}
	from, err := absolute(files)
	if err != nil {
		return err
	}
	spec := transfer.Spec{
		Command: o.command, From: from, NoUndo: o.noUndo, Started: o.now(),
		To: transfer.Target{Account: s.at.account.ID, Namespace: s.at.id, Label: s.at.String()},
	}
	// One that was stopped is not taken up again: what is left of it was worked out anew.
	job, _, err := transfer.StartJob(root, spec, true)
	if err != nil {
		return err
	}
	defer job.Close()
	s.job = job.ID
	progress := startProgress(o.err)
	defer progress.stop()
	err = job.Apply(ctx, transfer.NewNamespace(s.store), s.plan.Puts, s.plan.Deletes, o.now, func(c transfer.Counts) {
		progress.say("seeding %s: %d keys", s.at, c.Keys+c.Deleted)
	})
	if err != nil {
		progress.stop()
		fmt.Fprintf(o.err, "job %s stopped at %s; the same command writes the rest, and `bindery undo %s` brings back what was\n",
			job.ID, plural(int(job.Counts.Keys), "key", "keys"), job.ID)
		return fmt.Errorf("seed %s: %w", s.at, err)
	}
	return nil
}

func absolute(files []string) (string, error) {
	all := make([]string, len(files))
	for i, file := range files {
		path, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		all[i] = path
	}
	return strings.Join(all, string(os.PathListSeparator)), nil
}

// seedJSON is the report for programs.
type seedJSON struct {
	Version     int        `json:"version"`
	Environment string     `json:"environment"`
	Written     bool       `json:"written"`
	Namespaces  []sownJSON `json:"namespaces"`
}

type sownJSON struct {
	placeJSON
	Changes []seed.Change `json:"changes"`
	Same    int           `json:"same"`
	Expired int           `json:"expired"`
	Job     string        `json:"job,omitempty"`
}

func (o *seedOptions) report(all []*sown, written bool) error {
	if o.format.json() {
		report := seedJSON{Version: 1, Environment: o.env, Written: written, Namespaces: []sownJSON{}}
		for _, s := range all {
			report.Namespaces = append(report.Namespaces, sownJSON{s.at.json(), append([]seed.Change{}, s.plan.Changes...), s.plan.Same, s.plan.Expired, s.job})
		}
		return writeJSON(o.out, report)
	}
	if !written {
		return nil
	}
	for _, s := range all {
		if s.job == "" {
			continue
		}
		fmt.Fprintf(o.out, "seeded %s: %d written, %d deleted\n", s.at.text, len(s.plan.Puts), len(s.plan.Deletes))
		if !o.noUndo {
			fmt.Fprintf(o.out, "`bindery undo %s` brings back what was\n", s.job)
		}
	}
	return nil
}
