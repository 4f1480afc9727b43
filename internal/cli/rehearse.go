package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/deploy"
)

type rehearseOptions struct {
	*app
	path      string
	env       string
	accounts  []deploy.Account
	inventory string
	format    formatFlag

	command     []string // that deploys; empty for the project's wrangler
	workerd     string
	allowEgress bool
	timeout     time.Duration
}

func newRehearseCommand(a *app) *cobra.Command {
	o := &rehearseOptions{app: a}
	var accounts []string
	cmd := &cobra.Command{
		Use:   "rehearse [PATH] [-- COMMAND]",
		Short: "rehearse the deploy of an environment: would its account accept it, and do its KV bindings work",
		Long: `Rehearses the deploy of one environment of the configuration at PATH (the current
folder without one) on a server of its own, which is gone afterwards: checks the
configuration, judges every binding as the environment's account would at upload,
has the project's own wrangler deploy to the server, runs the Worker on workerd,
and proves every KV binding in six stages, from inside and from outside. COMMAND is
any other command that deploys, as a script of package.json; it reaches the server's
accounts only. Without wrangler or workerd the rest is done, and the report says so.

What accounts hold is read from the inventory that --inventory or bindery.toml
names: {"accounts": [{"id": …, "name": …, "kv_namespaces": [{"id": …, "title": …}]}]},
or just what "wrangler kv namespace list" prints for the environment's account.
Without one, ids are assumed to be right, and the report says so.`,
		Example: `  bindery rehearse examples/incident-10041 --env production --format json
  bindery rehearse . --env production -- npm run deploy`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args, o.command = args[:dash], args[dash:]
				if len(o.command) == 0 {
					return usagef("no command stands behind --").hint("bindery rehearse . --env production -- npm run deploy")
				}
			}
			if err := atMost(1)(cmd, args); err != nil {
				return err
			}
			if o.path = strings.Join(args, ""); o.path == "" {
				o.path = "."
			}
			for _, value := range accounts {
				account, err := deploy.ParseAccountFlag(value)
				if err != nil {
					return usagef("%s", err).hint("--account NAME=ID, where ID is 32 lower-case hex digits")
				}
				o.accounts = append(o.accounts, account)
			}
			if o.timeout < 0 {
				return usagef("--timeout %s leaves a deploy no time", o.timeout).hint("--timeout 0 lets it be silent for ever")
			}
			o.env = a.environmentName(cmd, o.env)
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "the `environment` (or $CLOUDFLARE_ENV; default the top level)")
	f.StringArrayVar(&accounts, "account", nil, "an account by name, as `NAME=ID`; may be repeated")
	f.StringVar(&o.inventory, "inventory", "", "a JSON `file` that says what accounts hold (default the one that bindery.toml names)")
	f.StringVar(&o.workerd, "workerd", "", "run the Worker on this `file` (default wrangler's own, or one in node_modules or on PATH)")
	f.BoolVar(&o.allowEgress, "allow-egress", false, "let the Worker make outbound requests")
	f.DurationVar(&o.timeout, "timeout", 2*time.Minute, "end a deploy that has printed nothing for so long; 0 is never")
	addFormat(cmd, &o.format)
	return cmd
}

func (o *rehearseOptions) run(ctx context.Context) error {
	progress := startProgress(o.err)
	defer progress.stop()
	r, err := o.rehearse(ctx, progress)
	if err != nil {
		return err
	}
	progress.stop()
	if o.format.json() {
		err = r.writeJSON(o.out)
	} else {
		r.print(o.out)
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the report: %w", err)
	case !r.passed():
		return errProblems
	}
	return nil
}
