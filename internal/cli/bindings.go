package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/survey"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

type bindingsOptions struct {
	*app
	compare bool
	remote  bool
	format  formatFlag
}

func newBindingsCommand(a *app) *cobra.Command {
	o := &bindingsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "bindings [PATH]",
		Short: "show which resource each binding is in each environment",
		Long: `Shows the bindings of a configuration by environment: of each name the resource, its
id and title, and whether that is what bindery.lock says. --remote asks the accounts
whether they hold it.

With --compare, two environments stand side by side: accounts, Workers, resources,
Durable Objects, and variables by name with equal or different; no value is shown.`,
		Example: `  bindery bindings --remote
  bindery bindings --compare test production`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return o.parse(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.compare, "compare", false, "two environments, named as arguments, side by side")
	f.BoolVar(&o.remote, "remote", false, "ask the accounts what they hold")
	addFormat(cmd, &o.format)
	return cmd
}

// parse reads [PATH], or with --compare A B [PATH].
func (o *bindingsOptions) parse(ctx context.Context, args []string) error {
	var names []string
	if o.compare {
		if len(args) < 2 {
			return usagef("--compare needs two environments").hint("bindery bindings --compare test production")
		}
		names, args = args[:2], args[2:]
	}
	if len(args) > 1 {
		return usagef("too many arguments: %s", strings.Join(args, " ")).hint("bindery bindings [PATH]")
	}
	return o.run(ctx, strings.Join(args, ""), names)
}

func (o *bindingsOptions) run(ctx context.Context, path string, names []string) error {
	project, err := loadProject(path)
	if err != nil {
		return err
	}
	locked, _, err := readLock(project.lockPath())
	if err != nil {
		return err
	}
	environments := project.deployable()
	if o.compare {
		environments = nil
		for _, name := range names {
			env, err := project.config.Environment(name)
			if err != nil {
				return err
			}
			environments = append(environments, env)
		}
	}
	columns, err := o.columns(ctx, project, environments, locked)
	if err != nil {
		return err
	}
	m := deploy.MakeMatrix(columns, locked)
	switch {
	case o.format.json():
		err = writeJSON(o.out, m)
	case o.compare:
		err = printComparison(o.out, m)
	default:
		err = printMatrix(o.out, m)
	}
	if err != nil {
		return fmt.Errorf("print the bindings: %w", err)
	}
	return nil
}

// columns finds the account of each environment, as far as files and the lock name one, and with --remote asks it.
func (o *bindingsOptions) columns(ctx context.Context, p *project, environments []*wrangler.Environment, locked *lock.File) ([]deploy.Column, error) {
	var asked *survey.Survey
	if o.remote {
		client, err := o.client(0)
		if err != nil {
			return nil, err
		}
		defer client.Close()
		progress := startProgress(o.err)
		defer progress.stop()
		progress.say("asking the accounts")
		if asked, err = survey.Open(ctx, client); err != nil {
			return nil, err
		}
	}
	var columns []deploy.Column
	for _, env := range environments {
		one := deploy.Column{Env: env}
		r, err := o.accountOf(p.of(env), locked, asked)
		var unnamed *deploy.NoAccountError
		if errors.As(err, &unnamed) && !o.remote {
			columns = append(columns, one)
			continue
		}
		if err != nil {
			return nil, err
		}
		one.Account = r.Account
		if l := locked.Environment(env.Name); l != nil && l.AccountID == one.Account.ID {
			one.Account.Name = cmp.Or(one.Account.Name, l.Account)
		}
		if asked != nil {
			if one.Account, one.Verdicts, err = judged(ctx, asked, r.Account, env); err != nil {
				return nil, err
			}
		}
		columns = append(columns, one)
	}
	return columns, nil
}

// judged asks an account, and judges the bindings of an environment by the answer.
func judged(ctx context.Context, asked *survey.Survey, account deploy.Account, env *wrangler.Environment) (deploy.Account, []deploy.Verdict, error) {
	held, err := asked.Account(ctx, account.ID, survey.Kinds(env)...)
	if err != nil {
		return account, nil, fmt.Errorf("ask %s: %w", account.Label(), err)
	}
	for _, denied := range held.Denied {
		return account, nil, withHint(fmt.Errorf("%s: %w", env.Label(), denied), "the token does not see %s, or may not list what it holds", account.Label())
	}
	live, err := liveBindings(ctx, asked, account.ID, env)
	if err != nil {
		return account, nil, err
	}
	known := held.Account
	known.Name = cmp.Or(known.Name, account.Name)
	verdicts := deploy.Judge(env, known, asked.Inventory())
	deploy.Inherit(known, verdicts, live)
	return known, verdicts, nil
}

// printMatrix shows a block for each binding, a line for each environment.
func printMatrix(s *stream, m *deploy.Matrix) error {
	s = s.visible()
	p := &printer{w: s}
	width := 0
	for _, e := range m.Environments {
		width = max(width, len(label(e.Name)))
	}
	for _, e := range m.Environments {
		p.line("%-*s  %s, account %s", width, label(e.Name), cmp.Or(e.Worker, "no name"), matrixAccount(e))
	}
	for _, row := range m.Rows {
		p.line("\n%s", s.strong(row.Name))
		for i, cell := range row.Cells {
			p.line("  %-*s  %s", width, label(m.Environments[i].Name), cellText(s, cell))
		}
	}
	return p.err
}

func matrixAccount(e deploy.MatrixEnvironment) string {
	if e.AccountID == "" {
		return "that nobody names"
	}
	return nameAndID(deploy.Account{ID: e.AccountID, Name: e.Account})
}

func cellText(s *stream, c deploy.MatrixCell) string {
	if !c.Bound {
		return s.warn("not bound")
	}
	parts := []string{strings.TrimSpace(strings.Join(slices.DeleteFunc([]string{c.Type, c.ID, quotedTitle(c.Title)}, func(t string) bool { return t == "" }), " "))}
	if c.State != "" && c.State != deploy.Local {
		parts = append(parts, stateText(s, c.State))
	}
	if c.Agreement != "" {
		parts = append(parts, lockText(s, c.Agreement))
	}
	return strings.Join(parts, ", ")
}

// printComparison shows two environments side by side, and of each line whether both have the same.
func printComparison(s *stream, m *deploy.Matrix) error {
	s = s.visible()
	a, b := m.Environments[0], m.Environments[1]
	rows := [][4]string{{"", label(a.Name), label(b.Name), ""}}
	add := func(name, left, right string, same bool) {
		verdict := s.faint("different")
		if same {
			verdict = "same"
		}
		rows = append(rows, [4]string{name, left, right, verdict})
	}
	add("account", matrixAccount(a), matrixAccount(b), a.AccountID == b.AccountID && a.AccountID != "")
	add("Worker", a.Worker, b.Worker, a.Worker == b.Worker && a.AccountID == b.AccountID)
	for _, row := range m.Rows {
		left, right := row.Cells[0], row.Cells[1]
		same := left.Bound && right.Bound && left.Resource() == right.Resource() && left.Type == right.Type &&
			(left.ID != "" || a.AccountID == b.AccountID && a.AccountID != "")
		add(row.Name, plainCell(left), plainCell(right), same)
	}
	for _, v := range m.Vars {
		has := func(group int) string {
			if group == 0 {
				return "not there"
			}
			return "a variable"
		}
		add(v.Name, has(v.Group[0]), has(v.Group[1]), v.Group[0] == v.Group[1] && v.Group[0] != 0)
	}
	var widths [3]int
	for _, row := range rows {
		for i := range widths {
			widths[i] = max(widths[i], len([]rune(row[i])))
		}
	}
	p := &printer{w: s}
	for _, row := range rows {
		p.line("%s", strings.TrimRight(fmt.Sprintf("%-*s  %-*s  %-*s  %s", widths[0], row[0], widths[1], row[1], widths[2], row[2], row[3]), " "))
	}
	return p.err
}

func plainCell(c deploy.MatrixCell) string {
	if !c.Bound {
		return "not bound"
	}
	if text := strings.TrimSpace(c.ID + " " + quotedTitle(c.Title)); text != "" {
		return text
	}
	return c.Type
}
