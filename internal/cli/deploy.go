package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/wranglerrun"
)

type deployOptions struct {
	*app
	path    string
	env     string
	envSaid bool
	auto    bool
	plan    string
	force   string // why a disagreement is overridden
	canary  bool
	url     string // where the Worker answers
	timeout time.Duration
	dryRun  bool
	rest    []string // for wrangler
	environ []string
	format  formatFlag
	reports []string // files
	answers *bufio.Reader
}

func newDeployCommand(a *app) *cobra.Command {
	o := &deployOptions{app: a}
	cmd := &cobra.Command{
		Use:   "deploy [PATH] [-- WRANGLER ARGUMENTS]",
		Short: "deploy an environment with your own wrangler, if its account and bindings are what was agreed",
		Long: `Deploys an environment behind a gate: checks the configuration, asks the account, and
goes on only where the account, the Worker and every binding are what bindery.lock
says. Then the account's name has to be typed, or --auto given; then the project's own
wrangler deploys; then every KV binding is proven in that account, and by the Worker
itself if it mounts the module of "bindery probe" and X_API_KEY is set.

--auto is for pipelines: it wants every binding to be locked, or --plan FILE, a plan
that "bindery plan --out" wrote and that still holds. --canary uploads a version, has
it prove itself, and only then gives it the requests; if that fails afterwards, the
version before serves again. --force REASON overrides what the lock or the plan says,
never which account it is, and is written down in bindery.overrides.

--dry-run stops before wrangler and, unlike wrangler's, has asked the account. Without
--env it is the environment whose account the token sees, if there is exactly one.`,
		Example: `  bindery deploy --env production
  bindery deploy --env production --auto --canary --report deploy.xml -- --message "release 12"`,
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
			o.answers = bufio.NewReader(a.in)
			if err := o.validate(cmd.Flags().Changed("force")); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "the `environment` (or $CLOUDFLARE_ENV)")
	f.BoolVar(&o.auto, "auto", false, "ask nobody: for pipelines")
	f.StringVar(&o.plan, "plan", "", "with --auto: deploy what this `file` says, if it still holds")
	f.StringVar(&o.force, "force", "", "deploy in spite of a disagreement with the lock or the plan, for this `reason`")
	f.BoolVar(&o.canary, "canary", false, "upload a version, prove it, then let it serve; go back if it does not hold")
	f.StringVar(&o.url, "url", "", "ask the Worker at this `URL` to prove its own bindings")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long an answer may take, of the API or of the deployed Worker")
	f.BoolVar(&o.dryRun, "dry-run", false, "stop before wrangler")
	f.StringArrayVar(&o.reports, "report", nil, "write the report to this `file` too: .json, .xml (JUnit), .md, or text")
	addFormats(cmd, &o.format, "print `text` for people, json for programs, junit for a CI server or markdown for a pull request",
		formatText, formatJSON, formatJUnit, formatMarkdown)
	return cmd
}

const formatJUnit = "junit"

// judgedElsewhere are arguments of wrangler that would make it deploy something else than the gate has judged.
var judgedElsewhere = []string{"--env", "-e", "--config", "-c", "--name", "--cwd", "--dispatch-namespace", "--dry-run", "--legacy-env"}

func (o *deployOptions) validate(forced bool) error {
	switch {
	case o.plan != "" && !o.auto:
		return usagef("--plan goes with --auto").hint("without it, you see the plan and approve it yourself")
	case forced && strings.TrimSpace(o.force) == "":
		return usagef("--force wants a reason").hint("it is written down: --force \"the database moved, see issue 12\"")
	case o.timeout <= 0:
		return usagef("--timeout %s leaves nobody time to answer", o.timeout)
	}
	for _, argument := range o.rest {
		name, _, _ := strings.Cut(argument, "=")
		if slices.Contains(judgedElsewhere, name) {
			return usagef("%s may not be handed to wrangler: it would deploy something else than was judged", name).
				hint("bindery deploy has --env, --dry-run and PATH for that")
		}
	}
	if o.url != "" {
		return validURL(o.url)
	}
	return nil
}

// run is the gate, then wrangler, then the proof; and, whatever becomes of these, one report.
func (o *deployOptions) run(ctx context.Context) error {
	p, err := loadProject(o.path)
	if err != nil {
		return err
	}
	client, err := o.client(o.timeout)
	if err != nil {
		return err
	}
	defer client.Close()
	files, err := o.openReports()
	if err != nil {
		return err
	}
	defer files.abandon()
	s := o.out
	if o.format.name != formatText {
		s = o.err // what a person may want to see meanwhile
	}
	d := &delivery{deployOptions: o, client: client, s: s, g: &gated{dryRun: o.dryRun, canary: o.canary}}
	if err := d.pass(ctx, p); err != nil {
		return o.nothingDone(err)
	}
	if d.g.open() {
		d.g.failed = d.run(ctx)
	}
	err = d.g.failed
	if err == nil && !d.g.passed() {
		err = errProblems
	}
	d.g.exit = exitCode(err)
	if failed := d.report(files); failed != nil {
		return errors.Join(err, fmt.Errorf("write the report: %w", failed))
	}
	return err
}

// nothingDone says so, of what stopped a deploy before wrangler was run. A mistake on the command line says it itself.
func (o *deployOptions) nothingDone(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(o.err, "nothing was deployed")
		return err
	case exitCode(err) == exitUsage:
		return err
	}
	return fmt.Errorf("nothing was deployed: %w", err)
}

// delivery is one deploy, from the gate to the report.
type delivery struct {
	*deployOptions
	client *cloudflare.Client
	s      *stream // for what a person sees meanwhile
	g      *gated

	env    *environment
	found  *wranglerrun.Wrangler
	before serving // what served when the gate opened
}

// pass takes a deploy up to the gate, and through it if it opens. Nothing has been changed anywhere when it returns an error.
func (d *delivery) pass(ctx context.Context, p *project) (err error) {
	progress := startProgress(d.err)
	defer progress.stop()
	if d.env, err = d.environment(ctx, p, d.client, progress); err != nil {
		return err
	}
	progress.say("checking %s", d.env.config.Path)
	if err := d.g.check(d.env); err != nil {
		return err
	}
	if d.g.plan, err = d.app.plan(ctx, d.env, d.client, progress); err != nil {
		return err
	}
	if err := d.judge(); err != nil {
		return err
	}
	if d.found, err = wranglerrun.Find(filepath.Dir(d.env.config.Path)); err != nil && d.g.open() { // why it is refused comes first
		return err
	}
	progress.stop()
	if err := d.g.printPlan(d.s); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	if !d.g.open() {
		return nil
	}
	if d.before, err = d.serves(ctx); err != nil {
		return err
	}
	if err := d.approve(ctx); err != nil {
		return err
	}
	return d.record()
}

// terminal says whether a person is there to be asked.
func (a *app) terminal() bool {
	file, ok := a.in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
