package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

type selftestOptions struct {
	*app
	path    string
	env     string
	binding string
	format  formatFlag
	timeout time.Duration
	url     string
}

func newSelftestCommand(a *app) *cobra.Command {
	o := &selftestOptions{app: a}
	cmd := &cobra.Command{
		Use:   "selftest [PATH]",
		Short: "prove the KV bindings of an environment in its account, in six stages",
		Long: `Proves every KV binding of an environment straight in the account that it is
deployed to: the namespace is there, and takes, returns, lists and deletes a key of
ours. It costs one write and one delete a binding and touches no other key.

The configuration is found as wrangler finds it, or at PATH; the account is its
account_id, CLOUDFLARE_ACCOUNT_ID, bindery.toml's, or the only one that the token
sees. CLOUDFLARE_API_TOKEN is required, CLOUDFLARE_API_BASE_URL says where the API
is, if not at Cloudflare.

With --url it asks a running Worker that mounts the module of "bindery probe", or
"bindery serve --config", to prove its bindings itself: with the API key in
X_API_KEY, and without any configuration here.`,
		Example: `  bindery selftest examples/api-gateway --env test --binding API_GATEWAY_STORAGE --format json
  bindery selftest --url https://api.example.com`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = strings.Join(args, "")
			o.env = a.environmentName(cmd, o.env)
			if o.timeout <= 0 {
				return usagef("--timeout %s leaves a stage no time", o.timeout)
			}
			if o.url != "" {
				if o.path != "" || cmd.Flags().Changed("env") || cmd.Flags().Changed("timeout") {
					return usagef("--url takes neither PATH nor --env nor --timeout").hint("what answers there knows its environment")
				}
				return o.ask(cmd.Context())
			}
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "the `environment` (or $CLOUDFLARE_ENV; default the top level)")
	f.StringVar(&o.binding, "binding", "", "prove only the binding of this `name`")
	f.DurationVar(&o.timeout, "timeout", 10*time.Second, "how long a stage may take")
	f.StringVar(&o.url, "url", "", "ask what runs at this `URL` to prove its own bindings")
	addFormat(cmd, &o.format)
	return cmd
}

func (o *selftestOptions) run(ctx context.Context) error {
	env, err := loadEnvironment(o.path, o.env)
	if err != nil {
		return err
	}
	client, err := o.client(o.timeout)
	if err != nil {
		return err
	}
	defer client.Close()

	progress := startProgress(o.err)
	defer progress.stop()
	progress.say("looking for the account")
	account, by, err := o.account(ctx, env, client)
	if err != nil {
		return err
	}
	remote := &remoteAccount{client: client, id: account.ID, titles: map[string]string{}}
	locked, _, err := readLock(env.lockPath())
	if err != nil {
		return err
	}
	targets := env.targets(remote.open)
	for i, b := range env.Of(wrangler.KVNamespace) { // they stand first, in this order
		targets[i].Expected = env.expected(b, account.ID, locked)
	}
	if o.binding != "" {
		targets = slices.DeleteFunc(targets, func(t selftest.Target) bool { return t.Binding != o.binding })
		if len(targets) == 0 {
			targets = []selftest.Target{unboundTarget(o.binding)}
		}
		targets[0].Optional = false // who asks for it by name wants to know
	}
	progress.say("proving %s", plural(len(targets), "binding", "bindings"))
	results := selftest.RunAll(ctx, targets, selftest.Options{StageTimeout: o.timeout, Now: o.now})
	progress.stop()

	report := selftest.Summarize(results)
	if o.format.json() {
		err = writeJSON(o.out, report)
	} else {
		fmt.Fprintf(o.out, "Self-test of %s, %s\n", env.config.Path, env.Label())
		fmt.Fprintf(o.out, "  in account %s, from %s\n", nameAndID(account), by)
		fmt.Fprintf(o.out, "  through %s\n\n", client.BaseURL())
		printProof(o.out, results, remote.title)
		if ctx.Err() == nil {
			o.printOutcome(results, report)
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the report: %w", err)
	case ctx.Err() != nil:
		return ctx.Err()
	case report.Data.CriticalTestsPassed:
		return nil
	case refused(results):
		return errRefused
	case unanswered(results):
		return errUnanswered
	}
	return errProblems
}

// printOutcome is the last line.
func (o *selftestOptions) printOutcome(rs []selftest.Result, report selftest.Report) {
	failed := 0
	for _, r := range rs {
		if !r.Passed() {
			failed++
		}
	}
	switch {
	case report.Data.AllTestsPassed:
		fmt.Fprintf(o.out, "\n%s  %s proven\n", o.out.good("PASS"), plural(len(rs), "KV binding is", "KV bindings are"))
	case report.Data.CriticalTestsPassed:
		fmt.Fprintf(o.out, "\n%s  nothing critical failed, but %d of %d KV bindings did not pass every stage\n", o.out.warn("PASS"), failed, len(rs))
	case len(rs) == 0:
		fmt.Fprintf(o.out, "\n%s  %s\n", o.out.bad("FAIL"), strings.Join(report.Data.Recommendations, "; "))
	default:
		fmt.Fprintf(o.out, "\n%s  %d of %d KV bindings failed\n", o.out.bad("FAIL"), failed, len(rs))
	}
}

// account is the one that the environment is deployed to, and who says so. Where
// nobody does it is the only one that the token sees, as in wrangler.
func (o *selftestOptions) account(ctx context.Context, env *environment, client *cloudflare.Client) (deploy.Account, string, error) {
	r, err := deploy.ResolveAccount(env.Environment, env.settings, o.getenv)
	var unnamed *deploy.NoAccountError
	if !errors.As(err, &unnamed) {
		return r.Account, r.String(), err
	}
	seen, err := client.Memberships(ctx)
	switch {
	case err != nil:
		return deploy.Account{}, "", fmt.Errorf("find the account: %w", err)
	case len(seen) != 1:
		var names []string
		for _, a := range seen {
			names = append(names, fmt.Sprintf("%q (%s)", a.Name, a.ID))
		}
		return deploy.Account{}, "", withHint(fmt.Errorf("%w, and the token sees %s", unnamed, plural(len(seen), "account", "accounts")),
			"write account_id into %s, or set CLOUDFLARE_ACCOUNT_ID to one of: %s", env.config.Path, strings.Join(names, ", "))
	}
	return deploy.Account{ID: seen[0].ID, Name: seen[0].Name}, "the only one that the token sees", nil
}

// remoteAccount is an account reached over its API; it remembers what the
// namespaces that it was asked for are called.
type remoteAccount struct {
	client *cloudflare.Client
	id     string

	mu     sync.Mutex
	titles map[string]string // by binding
}

// open asks for the namespace, so that one that is not there fails binding_check and not a later stage.
func (a *remoteAccount) open(ctx context.Context, b *wrangler.Binding) (kv.Namespace, error) {
	id, err := namespaceID(b)
	if err != nil {
		return nil, err
	}
	info, err := a.client.NamespaceInfo(ctx, a.id, id)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.titles[b.Text()] = fmt.Sprintf("%s %q", info.ID, info.Title)
	return a.client.Namespace(a.id, id), nil
}

// title is what a binding leads to; "" if it leads nowhere.
func (a *remoteAccount) title(binding string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.titles[binding]
}
