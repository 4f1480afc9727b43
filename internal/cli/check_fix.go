package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
)

// fixOptions are the flags of check that change files, or show how they would change.
type fixOptions struct {
	fix    bool
	diff   bool
	unsafe bool
}

func (o *fixOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.fix, "fix", false, "change the files: what is certainly meant, and reaches no other data")
	f.BoolVar(&o.diff, "diff", false, "print what --fix would change, and change nothing")
	f.BoolVar(&o.unsafe, "unsafe-fixes", false, "with --fix or --diff: also what is only probably meant, or reaches other data")
}

func (o *fixOptions) validate() error {
	switch {
	case o.fix && o.diff:
		return usagef("--fix and --diff exclude each other").hint("--diff shows, --fix does")
	case o.unsafe && !o.fix && !o.diff:
		return usagef("--unsafe-fixes goes with --fix or --diff").hint("bindery check --diff --unsafe-fixes shows what it would do")
	}
	return nil
}

// asked says whether this is more than a check.
func (o *fixOptions) asked() bool { return o.fix || o.diff }

// repair makes the findings go away that have a fix, or shows how. A file that cannot be written is left as it is, and
// does not keep the others from being written.
func (o *checkOptions) repair(ctx context.Context) error {
	project, err := check.Load(ctx, o.paths, check.LoadOptions{})
	if err != nil {
		return err
	}
	if o.env != nil {
		if err := project.RequireEnvironment(*o.env); err != nil {
			return err
		}
	}
	options, err := o.options(ctx)
	if err != nil {
		return err
	}
	r, err := check.Repair(ctx, project, check.RepairOptions{Options: options, Unsafe: o.unsafe})
	if err != nil {
		return err
	}
	if o.diff {
		return o.showChanges(r)
	}
	left, err := writeAll(ctx, r.Changes)
	o.sayFixed("fixed", slices.DeleteFunc(r.Fixed, func(f check.Fixed) bool { return left[f.Fix.File.Path] }), len(r.Changes)-len(left))
	if err != nil {
		return err
	}
	result := &check.Result{Diagnostics: r.Left, Unread: project.Unread}
	for _, c := range r.Project.Configs {
		result.Files = append(result.Files, c.Path)
	}
	if len(result.Files) == 0 && len(result.Unread) > 0 {
		return &check.UnreadError{Paths: result.Unread}
	}
	slices.Sort(result.Files)
	return o.conclude(result)
}

// writeAll writes changes one after the other, and no more once ctx is done. It returns the paths of the files that are left as
// they were; the others are written whole, whatever the error is.
func writeAll(ctx context.Context, changes []check.Change) (left map[string]bool, err error) {
	left = map[string]bool{}
	var failed []error
	for _, c := range changes {
		err := ctx.Err()
		if err == nil {
			err = c.Write()
		}
		if err != nil {
			left[c.Path] = true
			failed = append(failed, err)
		}
	}
	return left, errors.Join(failed...)
}

// showChanges prints what would change. It is a failure if anything would, or if what would be left is one.
func (o *checkOptions) showChanges(r *check.Repaired) error {
	if err := report.Diff(o.out, r.Changes); err != nil {
		return fmt.Errorf("print the diff: %w", err)
	}
	o.sayFixed("would fix", r.Fixed, len(r.Changes))
	switch {
	case len(r.Project.Unread) > 0:
		return &check.UnreadError{Paths: r.Project.Unread}
	case len(r.Changes) > 0, countAtLeast(r.Left, o.fails()) > 0:
		return errProblems
	}
	return nil
}

// sayFixed lists what was done to so many files, each with its place before it was.
func (o *checkOptions) sayFixed(did string, fixed []check.Fixed, files int) {
	out := o.err.visible()
	for _, f := range fixed {
		fmt.Fprintf(out, "%s: %s %s\n", place(f.Diagnostic.File, f.Diagnostic.Span), f.Fix.Title, o.err.faint("["+f.Diagnostic.Rule+"]"))
	}
	if len(fixed) > 0 {
		fmt.Fprintf(out, "%s %s in %s\n", did, plural(len(fixed), "finding", "findings"), plural(files, "file", "files"))
	}
}
