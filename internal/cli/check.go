package cli

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

type checkOptions struct {
	*app
	paths   []string
	env     *string // nil: every environment
	format  formatFlag
	strict  bool
	explain string
	since   string
	fixOptions
}

func newCheckCommand(a *app) *cobra.Command {
	o := &checkOptions{app: a}
	var env string
	cmd := &cobra.Command{
		Use:   "check [PATH…]",
		Short: "judge configurations: ids, bindings and environments that cannot be right",
		Long: `Reads every wrangler configuration at or below each PATH (the current folder
without one) that git does not ignore, every environment of each, and reports what
is wrong with its bindings: with the place, and what to do about it. It runs nothing
of the project and needs no network.`,
		Example: `  bindery check
  bindery check --explain kv-id-shared`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			if cmd.Flags().Changed("env") {
				o.env = &env
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&env, "env", "e", "", "judge this `environment` only; \"\" is the top level")
	f.BoolVar(&o.strict, "strict", false, "count warnings as problems too")
	f.StringVar(&o.since, "since", "", "show only what is in or about files that changed since a git `revision`")
	o.fixOptions.addFlags(cmd)
	f.StringVar(&o.explain, "explain", "", "print the documentation of a `rule`, check nothing")
	addFormats(cmd, &o.format, "print `text` for people; oneline, json, sarif, github or junit for programs", formatNames()...)
	must(cmd.RegisterFlagCompletionFunc("explain", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
	}))
	return cmd
}

func (o *checkOptions) run(ctx context.Context) error {
	if o.explain != "" {
		return o.printRule()
	}
	if err := o.fixOptions.validate(); err != nil {
		return err
	}
	if len(o.paths) == 0 {
		o.paths = []string{"."}
	}
	if o.fixOptions.asked() {
		return o.repair(ctx)
	}
	result, err := o.judge(ctx)
	if err != nil {
		return err
	}
	return o.conclude(result)
}

// fails is the severity that makes the command fail.
func (o *checkOptions) fails() check.Severity {
	if o.strict {
		return check.Warning
	}
	return check.Error
}

// conclude prints what was found, and says whether that is a failure.
func (o *checkOptions) conclude(result *check.Result) error {
	if err := o.print(result); err != nil {
		return fmt.Errorf("print the findings: %w", err)
	}
	if len(result.Unread) > 0 {
		return &check.UnreadError{Paths: result.Unread}
	}
	if countAtLeast(result.Diagnostics, o.fails()) > 0 {
		return errProblems
	}
	return nil
}

// print writes the findings in the form that was asked for.
func (o *checkOptions) print(result *check.Result) error {
	run := report.Run{
		Diagnostics: result.Diagnostics, Files: result.Files,
		Rules: rules.All(), Fails: o.fails(), Version: o.version, Color: o.out.color,
	}
	if root, err := os.Getwd(); err == nil { // without it absolute paths stay what they are
		run.Root = root
	}
	i := slices.Index(formatNames(), o.format.name)
	return report.Formats[i].Write(o.out, run)
}

func formatNames() []string {
	var names []string
	for _, f := range report.Formats {
		names = append(names, f.Name)
	}
	return names
}

func countAtLeast(ds []check.Diagnostic, s check.Severity) int {
	n := 0
	for _, d := range ds {
		if d.Severity >= s {
			n += d.Count()
		}
	}
	return n
}
