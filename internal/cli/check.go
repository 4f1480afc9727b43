package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/syntax"
)

type checkOptions struct {
	*app
	paths   []string
	env     *string // nil: every environment
	format  formatFlag
	strict  bool
	explain string
}

func newCheckCommand(a *app) *cobra.Command {
	o := &checkOptions{app: a}
	var env string
	cmd := &cobra.Command{
		Use:   "check [PATH…]",
		Short: "judge configurations: ids, bindings and environments that cannot be right",
		Long: `Reads every wrangler configuration at or below each PATH (the current folder
without one), every environment of each, and reports what is wrong with its
bindings: with the place, and what to do about it. It runs nothing of the project
and needs no network.`,
		Example: `  bindery check
  bindery check --explain kv-id-shared`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			if cmd.Flags().Changed("env") {
				o.env = &env
			}
			return o.run()
		},
	}
	f := cmd.Flags()
	f.StringVarP(&env, "env", "e", "", "judge this `environment` only; \"\" is the top level")
	f.BoolVar(&o.strict, "strict", false, "count warnings as problems too")
	f.StringVar(&o.explain, "explain", "", "print the documentation of a `rule`, check nothing")
	addFormat(cmd, &o.format)
	must(cmd.RegisterFlagCompletionFunc("explain", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
	}))
	return cmd
}

func (o *checkOptions) run() error {
	if o.explain != "" {
		return o.printRule()
	}
	if len(o.paths) == 0 {
		o.paths = []string{"."}
	}
	project, err := check.LoadProject(o.paths)
	if err != nil {
		return err
	}
	if o.env != nil {
		if err := project.RequireEnvironment(*o.env); err != nil {
			return err
		}
	}
	found := check.Run(project, check.Options{Rules: rules.All(), Env: o.env})
	if o.format.json() {
		err = report.JSON(o.out, found)
	} else {
		err = report.Text(o.out, found, o.out.color)
	}
	if err != nil {
		return fmt.Errorf("print the findings: %w", err)
	}
	worst := check.Error
	if o.strict {
		worst = check.Warning
	}
	if countAtLeast(found, worst) > 0 {
		return errProblems
	}
	return nil
}

func (o *checkOptions) printRule() error {
	text, ok := rules.Explain(o.explain)
	if !ok {
		e := usagef("there is no rule %q", o.explain)
		if near, ok := syntax.Nearest(o.explain, ruleIDs()); ok {
			return e.hint("did you mean %s?", near)
		}
		return e.hint("one of: %s", strings.Join(ruleIDs(), ", "))
	}
	_, err := fmt.Fprintln(o.out, strings.TrimSpace(text))
	return err
}

func countAtLeast(ds []check.Diagnostic, s check.Severity) int {
	n := 0
	for _, d := range ds {
		if d.Severity >= s {
			n++
		}
	}
	return n
}

func ruleIDs() []string {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	return ids
}
