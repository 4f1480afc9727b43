package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/apply"
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

type applyOptions struct {
	*app
	path   string
	env    string
	dryRun bool
	format formatFlag
}

func newApplyCommand(a *app) *cobra.Command {
	o := &applyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "apply [PATH]",
		Short: "make what an environment's bindings lack, in its account, and write the ids down",
		Long: `Makes the KV namespaces, R2 buckets, D1 databases and queues that an environment binds
and its account does not hold, under the names that wrangler would give them; takes those
that are there under that name; seals each KV namespace with a fingerprint; writes the ids
into the configuration, every other byte of which stays; and updates bindery.lock.

It makes things only in the account that bindery.lock names for the environment, and
stops before anything is made if a binding cannot be helped: an id of another account
is a person's to correct. Run again, it goes on where it was, and then does nothing.`,
		Example: `  bindery apply --env production --dry-run
  bindery apply --env production`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = strings.Join(args, "")
			o.env = a.environmentName(cmd, o.env)
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "the `environment` (or $CLOUDFLARE_ENV; default the top level)")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be done, and do nothing")
	addFormat(cmd, &o.format)
	return cmd
}

// application is what apply does for one environment, and what became of it.
type application struct {
	env     *environment
	account deploy.Account
	by      string
	locked  *lock.File
	before  []byte // of the lock
	steps   []deploy.Step
	stuck   []deploy.Verdict
	entry   *lock.Environment // what the lock will say
	done    []apply.Done
	sealed  []string       // bindings whose namespaces were sealed now
	files   []check.Change // that are written, or would be
	failed  error          // what stopped it, after something was done
}

func (o *applyOptions) run(ctx context.Context) error {
	env, err := loadEnvironment(o.path, o.env)
	if err != nil {
		return err
	}
	if r := env.config.Redirect; r != nil {
		return withHint(fmt.Errorf("a deploy from here takes %s, which a build made: ids written into it are gone with the next build", env.config.Path),
			"name the configuration that it is made from, as in `bindery apply %s --env %s`, then build again", sourceOf(r), cmp.Or(env.Name, "NAME"))
	}
	client, err := o.client(0)
	if err != nil {
		return err
	}
	defer client.Close()
	progress := startProgress(o.err)
	defer progress.stop()
	r, err := o.prepare(ctx, env, client, progress)
	if err != nil {
		return err
	}
	if len(r.stuck) == 0 && !o.dryRun {
		r.failed = o.apply(ctx, r, client, progress)
	}
	progress.stop()
	if o.format.json() {
		err = writeJSON(o.out, r.json(o.dryRun))
	} else {
		err = r.print(o.out, o.dryRun)
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the report: %w", err)
	case r.failed != nil:
		return r.failed
	case len(r.stuck) > 0:
		return errProblems
	}
	return nil
}

// sourceOf names the configuration that a build was made from.
func sourceOf(r *wrangler.Redirect) string {
	if path, err := wrangler.InFolder(r.Base); err == nil {
		return path
	}
	return "wrangler.toml" // whose folder has none any more
}

// prepare finds out what is to be done, in the account that was agreed and no other.
func (o *applyOptions) prepare(ctx context.Context, env *environment, client *cloudflare.Client, progress *progress) (*application, error) {
	q, err := o.inquire(ctx, env, client, progress)
	if err != nil {
		return nil, err
	}
	account, agreed := q.account, q.locked.Environment(env.Name)
	switch {
	case agreed == nil:
		return nil, withHint(fmt.Errorf("nobody has agreed which account %s of %s belongs to", env.Label(), env.config.Path),
			"`bindery lock --env %q` writes down that it is %s; look whether that is so", env.Name, nameAndID(account.Account))
	case agreed.AccountID != account.Account.ID:
		return nil, withHint(fmt.Errorf("%s would get its resources in %s (%s), and the lock says %s", env.Label(), nameAndID(account.Account), account.By, agreed.AccountID),
			"nothing is made in an account that was not agreed to: correct the account, or let `bindery lock` write the new one down")
	}
	progress.say("asking %s", account.Account.Label())
	held, verdicts, err := judged(ctx, q.asked, account.Account, env.Environment)
	if err != nil {
		return nil, err
	}
	r := &application{env: env, account: held, by: account.String(), locked: q.locked, before: q.before}
	r.steps, r.stuck = deploy.Steps(env.Environment, held, verdicts)
	r.entry, _ = deploy.Agree(env.Environment, held, verdicts)
	return r, nil
}

// apply does it: first what the account is to hold, then the seals, then the configuration, then the lock. Each is written
// when all before it is true, so that whatever stops it leaves nothing that says too much.
func (o *applyOptions) apply(ctx context.Context, r *application, client *cloudflare.Client, progress *progress) error {
	progress.say("making %s", plural(len(r.steps), "resource", "resources"))
	var err error
	if r.done, err = apply.Make(ctx, client, r.account.ID, r.steps); err != nil {
		return err
	}
	for _, d := range r.done {
		b := lock.Binding{Name: d.Binding.Text(), Type: string(d.Binding.Type), ID: d.ID, Title: d.Name}
		if at := r.entry.Binding(b.Name); at != nil {
			*at = b
		} else {
			r.entry.Bindings = append(r.entry.Bindings, b)
		}
	}
	progress.say("sealing namespaces")
	if err := o.seal(ctx, r, client); err != nil {
		return err
	}
	configuration, err := r.configuration()
	if err != nil {
		return err
	}
	if configuration != nil {
		if err := configuration.Write(); err != nil {
			return err
		}
		r.files = append(r.files, *configuration)
	}
	after := r.locked.Write(r.locked.With(r.entry))
	if string(after) == string(r.before) {
		return nil
	}
	path := r.env.lockPath()
	if err := writeLock(path, r.before, after); err != nil {
		return err
	}
	r.files = append(r.files, check.Change{Path: path, Before: r.before, After: after})
	return nil
}

// seal gives each KV namespace its fingerprint. One that is sealed for another environment is not this one's to take.
func (o *applyOptions) seal(ctx context.Context, r *application, client *cloudflare.Client) error {
	for i := range r.entry.Bindings {
		b := &r.entry.Bindings[i]
		if b.Type != string(wrangler.KVNamespace) {
			continue
		}
		ns := client.Namespace(r.account.ID, b.ID)
		if r.env.settings.Unsealed {
			continue
		}
		before, err := readFingerprint(ctx, client, r.account.ID, b.ID)
		if err != nil {
			return fmt.Errorf("binding %s: %w", b.Name, err)
		}
		b.Fingerprint, err = fingerprint.Seal(ctx, ns, fingerprint.Record{
			Account: r.account.ID, Namespace: b.ID, Title: b.Title, Worker: r.env.WorkerName(), Environment: r.env.Name,
		}, o.now())
		var other *fingerprint.SealedError
		if errors.As(err, &other) {
			return withHint(fmt.Errorf("binding %s leads to a namespace of others: %w", b.Name, err),
				"bind a namespace of this environment's own; the data in this one is not its")
		}
		if err != nil {
			return fmt.Errorf("binding %s: %w", b.Name, err)
		}
		if b.Fingerprint != before {
			r.sealed = append(r.sealed, b.Name)
		}
	}
	return nil
}

// configuration is the file with the ids of what was done; nil if it names all of it already.
func (r *application) configuration() (*check.Change, error) {
	file := r.env.config.File
	var edits []syntax.Edit
	for _, d := range r.done {
		if d.Key == "" {
			continue
		}
		one := d.Write(file, d.ID)
		if one == nil {
			return nil, withHint(fmt.Errorf("%s: the entry of %s is written in a way that bindery does not add to", place(file, d.Binding.Node.Span), d.Binding.Text()),
				"write %s = %q there, and run this again", d.Key, d.ID)
		}
		edits = append(edits, one...)
	}
	if edits == nil {
		return nil, nil
	}
	after, err := syntax.Apply(file.Source, edits)
	if err != nil {
		return nil, fmt.Errorf("write the ids into %s: %w", file.Path, err)
	}
	return &check.Change{Path: r.env.config.Path, Before: file.Source, After: after}, nil
}
