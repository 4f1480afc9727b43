package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/survey"
	"github.com/bindery-dev/bindery/internal/wrangler"
	"github.com/bindery-dev/bindery/internal/wranglerrun"
)

type deployOptions struct {
	*app
	path    string
	env     string
	envSaid bool
	auto    bool
	plan    string
	dryRun  bool
	rest    []string // for wrangler
	environ []string
	format  formatFlag
}

func newDeployCommand(a *app) *cobra.Command {
	o := &deployOptions{app: a}
	cmd := &cobra.Command{
		Use:   "deploy [PATH] [-- WRANGLER ARGUMENTS]",
		Short: "deploy an environment with your own wrangler, if its account and bindings are what was agreed",
		Long: `Deploys an environment behind a gate: checks the configuration, asks the account, and
goes on only where the account, the Worker and every binding are what bindery.lock
says. Then the account's name has to be typed, or --auto given; then the project's own
wrangler deploys; then every KV binding is proven in that account.

--auto is for pipelines: it wants every binding to be locked, or --plan FILE, a plan
that "bindery plan --out" wrote and that still holds. --dry-run stops before wrangler
and, unlike wrangler's, has asked the account. Without --env it is the environment
whose account the token sees, if there is exactly one.`,
		Example: `  bindery deploy --env production
  bindery deploy --env production --auto -- --message "release 12"`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				args, o.rest = args[:at], args[at:]
			}
			if len(args) > 1 {
				return usagef("too many arguments: %s", strings.Join(args, " ")).hint("what is for wrangler goes behind --")
			}
			o.path = strings.Join(args, "")
			o.env = a.environmentName(cmd, o.env)
			o.envSaid = cmd.Flags().Changed("env") || o.env != ""
			o.environ = os.Environ()
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "the `environment` (or $CLOUDFLARE_ENV)")
	f.BoolVar(&o.auto, "auto", false, "ask nobody: for pipelines")
	f.StringVar(&o.plan, "plan", "", "with --auto: deploy what this `file` says, if it still holds")
	f.BoolVar(&o.dryRun, "dry-run", false, "stop before wrangler")
	addFormat(cmd, &o.format)
	return cmd
}

// gated is what became of a deploy, stage by stage. Where it stopped, what follows is empty.
type gated struct {
	findings  []check.Diagnostic
	plan      *planReport
	refusals  []string // what the gate says no to
	command   []string // as a person would type it
	outcome   *wranglerrun.Outcome
	explained []explanationOf // why wrangler failed
	proof     []selftest.Result
	titles    func(binding string) string
}

func (o *deployOptions) run(ctx context.Context) error {
	if o.plan != "" && !o.auto {
		return usagef("--plan goes with --auto").hint("without it, you see the plan and approve it yourself")
	}
	p, err := loadProject(o.path)
	if err != nil {
		return err
	}
	client, err := o.client(0)
	if err != nil {
		return err
	}
	defer client.Close()
	progress := startProgress(o.err)
	defer progress.stop()
	env, err := o.environment(ctx, p, client)
	if err != nil {
		return err
	}
	g := &gated{}
	progress.say("checking %s", env.config.Path)
	if err := g.check(env); err != nil {
		return err
	}
	if g.plan, err = o.app.plan(ctx, env, client, progress); err != nil {
		return err
	}
	if err := o.judge(g); err != nil {
		return err
	}
	found, err := wranglerrun.Find(filepath.Dir(env.config.Path))
	if err != nil && !o.dryRun {
		return err
	}
	progress.stop()
	s := o.out
	if o.format.json() {
		s = o.err // what a person may want to see meanwhile
	}
	if err := g.printPlan(s); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	if len(g.refusals) == 0 && !o.dryRun {
		if err := o.approve(g.plan.Account); err != nil {
			return err
		}
		if err := o.deploy(ctx, env, found, g, s); err != nil {
			return err
		}
		if g.outcome.Code == 0 {
			err = o.prove(ctx, env, client, g)
		} else {
			g.explained, err = explainLog(strings.NewReader(g.outcome.Output), []*wrangler.Environment{env.Environment})
		}
		if err != nil {
			return err
		}
	}
	if o.format.json() {
		err = writeJSON(o.out, g.json(o.dryRun))
	} else {
		err = g.print(s, o.dryRun)
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the report: %w", err)
	case ctx.Err() != nil:
		return ctx.Err()
	case !g.passed():
		return errProblems
	}
	return nil
}

// environment is the one that was named, else the one whose account the token sees.
func (o *deployOptions) environment(ctx context.Context, p *project, client *cloudflare.Client) (*environment, error) {
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
	asked, err := survey.Open(ctx, client)
	if err != nil {
		return nil, err
	}
	var fit []*wrangler.Environment
	var names []string
	for _, env := range p.deployable() {
		names = append(names, label(env.Name))
		r, err := o.accountOf(p.of(env), locked, nil)
		if err == nil && slices.ContainsFunc(asked.Seen(), func(a deploy.Account) bool { return a.ID == r.Account.ID }) {
			fit = append(fit, env)
		}
	}
	if len(fit) != 1 {
		return nil, usagef("no environment is named, and the token sees the accounts of %s", plural(len(fit), "environment", "environments")).
			hint("--env names one of %s", strings.Join(names, ", "))
	}
	return p.of(fit[0]), nil
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

// judge says what keeps the deploy from going on. It fails closed: what nobody has agreed to is a reason too.
func (o *deployOptions) judge(g *gated) error {
	for _, d := range g.findings {
		if d.Severity == check.Error {
			g.refusals = append(g.refusals, "the configuration has errors: `bindery check` shows them")
			break
		}
	}
	if g.plan.Failed() {
		g.refusals = append(g.refusals, "the plan has errors, shown above")
	}
	if g.plan.Account.Agreement == deploy.Unlocked {
		g.refusals = append(g.refusals, "nobody has agreed which account this environment belongs to: `bindery lock` writes it down")
	}
	if !o.auto {
		return nil
	}
	if o.plan != "" {
		return o.comparePlan(g)
	}
	for _, b := range g.plan.Bindings {
		if b.Agreement == deploy.Unlocked {
			g.refusals = append(g.refusals, fmt.Sprintf("%s is not in the lock, and --auto wants all that is deployed to be agreed: `bindery lock`", b.Name))
		}
	}
	return nil
}

// comparePlan holds the plan of now against the one that was approved.
func (o *deployOptions) comparePlan(g *gated) error {
	text, err := os.ReadFile(o.plan)
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	var approved deploy.Plan
	if err := json.Unmarshal(text, &approved); err != nil || approved.Version != deploy.PlanVersion {
		return withHint(fmt.Errorf("%s is no plan of this bindery", o.plan), "bindery plan --out %s makes one", o.plan)
	}
	g.refusals = append(g.refusals, deploy.Outdated(&approved, g.plan.Plan)...)
	return nil
}

// approve asks a person for the account's name.
func (o *deployOptions) approve(account deploy.PlannedAccount) error {
	if o.auto {
		return nil
	}
	file, ok := o.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return usagef("nobody is there to approve the deploy").hint("--auto deploys where everything is as it was agreed")
	}
	name := account.Name
	if name == "" {
		name = account.ID
	}
	fmt.Fprintf(o.err, "\nType the name of the account to deploy to it (%s): ", o.err.strong(name))
	line, err := bufio.NewReader(o.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != name {
		return fmt.Errorf("not approved: that is not %q, and nothing was deployed", name)
	}
	return nil
}

// deploy runs the project's wrangler, which goes to the account of the plan and to no other.
func (o *deployOptions) deploy(ctx context.Context, env *environment, found *wranglerrun.Wrangler, g *gated, s *stream) error {
	args := []string{"deploy"}
	if info, err := os.Stat(o.path); o.path != "" && err == nil && !info.IsDir() {
		args = append(args, "--config", filepath.Base(env.config.Path))
	}
	if env.Name != "" || len(env.config.Envs) > 0 {
		args = append(args, "--env="+env.Name)
	}
	args = append(args, o.rest...)
	g.command = append([]string{"wrangler"}, args...)
	fmt.Fprintf(s, "\n%s\n", s.strong(strings.Join(g.command, " ")))
	environ := slices.DeleteFunc(slices.Clone(o.environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return name == deploy.AccountVariable || name == "CLOUDFLARE_ENV"
	})
	environ = append(environ, deploy.AccountVariable+"="+g.plan.Account.ID)
	outcome, err := wranglerrun.Here(environ).Run(ctx, filepath.Dir(env.config.Path), append(found.Command, args...), func(line string) {
		fmt.Fprintf(s, "  %s\n", line)
	})
	g.outcome = &outcome
	return err
}

// prove runs the six stages on each KV binding, in the account, and looks at its fingerprint.
func (o *deployOptions) prove(ctx context.Context, env *environment, client *cloudflare.Client, g *gated) error {
	locked, _, err := readLock(env.lockPath())
	if err != nil {
		return err
	}
	remote := &remoteAccount{client: client, id: g.plan.Account.ID, titles: map[string]string{}}
	targets := env.targets(remote.open)
	for i, b := range env.Of(wrangler.KVNamespace) { // they stand first, in this order
		targets[i].Expected = env.expected(b, g.plan.Account.ID, locked)
	}
	g.proof = selftest.RunAll(ctx, targets, selftest.Options{Now: o.now})
	g.titles = remote.title
	return nil
}
