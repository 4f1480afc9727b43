package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/survey"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// environment is the one that was named, else the one whose account the token sees, else the one that a person names.
func (o *deployOptions) environment(ctx context.Context, p *project, client *cloudflare.Client, progress *progress) (*environment, error) {
	if o.envSaid || len(p.config.Envs) == 0 {
		env, err := p.config.Environment(o.env)
		if err != nil {
			return nil, err
		}
		return p.of(env), nil
	}
	locked, _, err := readLock(p.lockPath())
	if err != nil {
		return nil, err
	}
	progress.say("asking which accounts the token sees")
	asked, err := survey.Open(ctx, client)
	if err != nil {
		return nil, err
	}
	var fit []*wrangler.Environment
	for _, env := range p.deployable() {
		r, err := o.accountOf(p.of(env), locked, nil)
		if err == nil && slices.ContainsFunc(asked.Seen(), func(a deploy.Account) bool { return a.ID == r.Account.ID }) {
			fit = append(fit, env)
		}
	}
	if len(fit) == 1 {
		return p.of(fit[0]), nil
	}
	choices := fit
	if len(fit) == 0 {
		choices = p.deployable()
	}
	var names []string
	for _, env := range choices {
		names = append(names, label(env.Name))
	}
	if !o.terminal() || o.auto {
		return nil, usagef("no environment is named, and the token sees the accounts of %s", plural(len(fit), "environment", "environments")).
			hint("--env names one of %s", strings.Join(names, ", "))
	}
	progress.stop()
	fmt.Fprintf(o.err, "The token sees the accounts of %s. Which environment (%s)? ", plural(len(fit), "environment", "environments"), strings.Join(names, ", "))
	name, err := o.answer(ctx)
	if err != nil {
		return nil, err
	}
	for _, env := range choices {
		if name != "" && (env.Name == name || label(env.Name) == name) {
			return p.of(env), nil
		}
	}
	return nil, usagef("%q is none of them", name).hint("--env names one of %s", strings.Join(names, ", "))
}

// answer is a line that a person types. Who interrupts it is not asked again.
func (o *deployOptions) answer(ctx context.Context) (string, error) {
	type typed struct {
		line string
		err  error
	}
	done := make(chan typed, 1)
	go func() { // a read of a terminal cannot be interrupted: it ends with the process
		line, err := o.answers.ReadString('\n')
		done <- typed{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(o.err)
		return "", ctx.Err()
	case t := <-done:
		if t.err != nil && !errors.Is(t.err, io.EOF) {
			return "", fmt.Errorf("read the answer: %w", t.err)
		}
		return strings.TrimSpace(t.line), nil
	}
}

// check judges the configuration as `bindery check` does.
func (g *gated) check(env *environment) error {
	project, err := check.LoadProject(siblings(env.config.Path))
	if err != nil {
		return err
	}
	g.findings = check.Run(project, check.Options{Rules: rules.All(), Env: &env.Name})
	return nil
}

// lockChanged is the one rule of `bindery check` whose errors may be overridden, as the plan's words for the same may be.
const lockChanged = "lock-changed"

// judge says what keeps the gate shut. It fails closed: what nobody has agreed to is a reason too.
func (d *delivery) judge() error {
	firm := 0
	var all []deploy.Refusal
	for _, f := range d.g.findings {
		switch {
		case f.Severity != check.Error:
		case f.Rule == lockChanged:
			all = append(all, deploy.Refusal{Message: f.Message, Forcible: true})
		default:
			firm++
		}
	}
	if firm > 0 {
		all = append(all, deploy.Refusal{Message: "the configuration has errors: `bindery check` shows them"})
	}
	if token := d.g.plan.Token; token.Permissions != nil && len(token.Missing) > 0 {
		all = append(all, deploy.Refusal{Message: "the token lacks what a deploy takes: " + strings.Join(token.Missing, ", "), Forcible: true})
	}
	approved, err := d.approvedPlan()
	if err != nil {
		return err
	}
	all = append(all, d.g.plan.Refusals(d.auto, approved)...)
	d.g.refusals = all
	if d.force != "" {
		d.g.refusals, d.g.overridden = deploy.Force(all)
	}
	return nil
}

// approvedPlan is the plan of --plan, nil without one.
func (o *deployOptions) approvedPlan() (*deploy.Plan, error) {
	if o.plan == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.plan)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	var approved deploy.Plan
	if err := json.Unmarshal(text, &approved); err != nil || approved.Version != deploy.PlanVersion {
		return nil, withHint(fmt.Errorf("%s is no plan of this bindery", o.plan), "bindery plan --out %s makes one", o.plan)
	}
	return &approved, nil
}

// approve asks a person for the account's name.
func (d *delivery) approve(ctx context.Context) error {
	switch {
	case d.auto && d.plan != "":
		d.g.approval = "by --auto, as the plan " + d.plan + " still holds"
	case d.auto:
		d.g.approval = "by --auto, as everything is locked"
	}
	if d.auto && len(d.g.overridden) > 0 {
		d.g.approval = "by --auto --force"
	}
	if d.auto {
		return nil
	}
	if !d.terminal() {
		return usagef("nobody is there to approve the deploy").hint("--auto deploys where everything is as it was agreed")
	}
	account := d.g.plan.Account
	name := account.Name
	if name == "" {
		name = account.ID
	}
	fmt.Fprintf(d.err, "\nType the name of the account to deploy to it (%s): ", d.err.strong(name))
	typed, err := d.answer(ctx)
	if err != nil {
		return err
	}
	if typed != name {
		return fmt.Errorf("not approved: that is not %q", name)
	}
	d.g.approval = "by who typed the account's name"
	return nil
}

// record writes down what is overridden, before it is: what cannot be recorded is not deployed.
func (d *delivery) record() error {
	if len(d.g.overridden) == 0 {
		return nil
	}
	plan := d.g.plan
	v := deploy.Override{
		At: d.now().UTC(), Who: d.who(), Environment: plan.Environment, AccountID: plan.Account.ID, Worker: plan.Worker.Name,
		Reason: strings.TrimSpace(d.force), Overridden: []string{},
	}
	for _, r := range d.g.overridden {
		v.Overridden = append(v.Overridden, r.Message)
	}
	path := deploy.OverridesPath(d.env.lockPath())
	if err := v.Record(path); err != nil {
		return withHint(err, "what is overridden has to be written down first")
	}
	d.g.override, d.g.overrides = &v, path
	return nil
}

// who deploys: whom the CI server says, else the user of this machine.
func (a *app) who() string {
	for _, variable := range []string{"GITHUB_ACTOR", "GITLAB_USER_LOGIN"} {
		if name := a.getenv(variable); name != "" {
			return name
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
