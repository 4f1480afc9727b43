package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/survey"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

type planOptions struct {
	*app
	path   string
	env    string
	file   string // where the plan goes too
	format formatFlag
}

func newPlanCommand(a *app) *cobra.Command {
	o := &planOptions{app: a}
	cmd := &cobra.Command{
		Use:   "plan [PATH]",
		Short: "say what a deploy of an environment would meet and change, in its account",
		Long: `Asks the account of an environment what is there, and says before anything is
deployed: who deploys, to which account, and who chose it; where each binding leads,
whether that is what bindery.lock says and what the other environments have; and what
a deploy would create, bind elsewhere or drop. It reads only.

Exit code 1 if a deploy should not go on: the account would refuse it, or it disagrees
with bindery.lock.`,
		Example: `  bindery plan --env production
  bindery plan --env production --format markdown --out plan.json`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = strings.Join(args, "")
			o.env = a.environmentName(cmd, o.env)
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.env, "env", "e", "", "the `environment` (or $CLOUDFLARE_ENV; default the top level)")
	f.StringVar(&o.file, "out", "", "write the plan as JSON to this `file` too")
	addFormats(cmd, &o.format, "print `text` for people, json for programs, or markdown for a pull request", formatText, formatJSON, formatMarkdown)
	return cmd
}

const formatMarkdown = "markdown"

func (o *planOptions) run(ctx context.Context) error {
	env, err := loadEnvironment(o.path, o.env)
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
	r, err := o.plan(ctx, env, client, progress)
	if err != nil {
		return err
	}
	progress.stop()
	if o.file != "" {
		var text strings.Builder
		if err := writeJSON(&text, r.Plan); err != nil {
			return err
		}
		if err := os.WriteFile(o.file, []byte(text.String()), 0o644); err != nil {
			return fmt.Errorf("write the plan: %w", err)
		}
	}
	switch o.format.name {
	case formatJSON:
		err = writeJSON(o.out, r)
	case formatMarkdown:
		err = r.printMarkdown(o.out)
	default:
		err = r.print(o.out)
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the plan: %w", err)
	case r.Failed():
		return errProblems
	}
	return nil
}

// planReport is a plan with who made it.
type planReport struct {
	*deploy.Plan
	Token plannedToken `json:"token"`
}

// plannedToken is who deploys.
type plannedToken struct {
	Owner    string     `json:"owner"` // "user" or "account"
	Expires  *time.Time `json:"expires_on,omitempty"`
	Accounts []string   `json:"accounts"` // that it sees, by name
	// Denied are the kinds of resource that it may not list, though the configuration binds some.
	Denied []string `json:"denied"`
	// Permissions are the groups that it has for the account; null if it may not read itself.
	Permissions []string `json:"permissions"`
	Missing     []string `json:"missing"`     // groups that an apply and a deploy take, as far as that is known
	Superfluous []string `json:"superfluous"` // groups that neither takes
	// OtherAccounts are those that it sees and the environment is not in, by name.
	OtherAccounts []string `json:"other_accounts"`
}

// plan asks, and puts together what it hears.
func (a *app) plan(ctx context.Context, env *environment, client *cloudflare.Client, progress *progress) (*planReport, error) {
	q, err := a.inquire(ctx, env, client, progress)
	if err != nil {
		return nil, err
	}
	locked, asked, account := q.locked, q.asked, q.account
	token, err := asked.Token(ctx, account.Account.ID)
	if err != nil {
		return nil, err
	}
	progress.say("asking %s", account.Account.Label())
	held, err := asked.Account(ctx, account.Account.ID, survey.Kinds(env.Environment)...)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", account.Account.Label(), err)
	}
	facts := deploy.Facts{Env: env.Environment, Account: account, Locked: locked}
	var bindings []cloudflare.WorkerBinding
	if env.WorkerName() != "" {
		bindings, facts.Deployed, err = asked.Worker(ctx, account.Account.ID, env.WorkerName())
		if errors.Is(err, kv.ErrPermission) {
			return nil, withHint(err, "the token does not see %s, or may not read its Workers: \"Workers Scripts Read\" on that account is needed", account.Account.Label())
		}
		if err != nil {
			return nil, err
		}
	}
	facts.Live = live(bindings)
	for _, b := range bindings {
		if b.Type == "secret_text" {
			facts.Secrets = append(facts.Secrets, b.Name)
		}
	}
	inventory := asked.Inventory()
	inventory.Remember(locked)
	facts.Verdicts = deploy.Judge(env.Environment, held.Account, inventory)
	deploy.Inherit(held.Account, facts.Verdicts, facts.Live)
	p := deploy.MakePlan(facts)
	sum := sha256.Sum256(env.config.File.Source)
	p.Digest = "sha256:" + hex.EncodeToString(sum[:])
	progress.say("reading fingerprints")
	if err := addFingerprints(ctx, p, locked, client); err != nil {
		return nil, err
	}
	r := &planReport{Plan: p, Token: whoDeploys(account.Account, token, asked.Seen())}
	r.addPermissions(facts, held, token)
	return r, nil
}

func whoDeploys(account deploy.Account, token survey.Token, seen []deploy.Account) plannedToken {
	t := plannedToken{
		Owner: token.Owner, Expires: token.Expires, Permissions: token.Granted,
		Accounts: []string{}, Denied: []string{}, Missing: []string{}, Superfluous: []string{}, OtherAccounts: []string{},
	}
	for _, a := range seen {
		t.Accounts = append(t.Accounts, nameOrID(a))
		if a.ID != account.ID {
			t.OtherAccounts = append(t.OtherAccounts, nameOrID(a))
		}
	}
	return t
}

// addPermissions holds what the token may do against what the environment takes: by what the account says of the token, and by
// what it refused to list. That something is missing for a deploy only is no error here: who plans need not be who deploys.
func (r *planReport) addPermissions(facts deploy.Facts, held *survey.Holding, token survey.Token) {
	t := &r.Token
	if token.Granted != nil {
		missing, superfluous := deploy.JudgePermissions(facts.Env, facts.Verdicts, token.Granted)
		t.Missing, t.Superfluous = append(t.Missing, missing...), append(t.Superfluous, superfluous...)
	}
	for _, kind := range slices.Sorted(maps.Keys(held.Denied)) {
		t.Denied = append(t.Denied, string(kind))
		if name := deploy.ReadPermission(kind); token.Granted == nil {
			t.Missing = append(t.Missing, name)
		}
		r.Problems = append(r.Problems, deploy.PlannedProblem{
			Error: true, Message: fmt.Sprintf("the token may not list what bindings of type %s lead to: %v", kind, held.Denied[kind]),
			Help: fmt.Sprintf("give it %q on %s", deploy.ReadPermission(kind), facts.Account.Account.Label()),
		})
	}
}

// addFingerprints reads what the namespaces of a plan say of themselves.
func addFingerprints(ctx context.Context, p *deploy.Plan, locked *lock.File, c fingerprints) error {
	for i := range p.Bindings {
		b := &p.Bindings[i]
		if b.Type != string(wrangler.KVNamespace) || b.State != deploy.Exists {
			continue
		}
		want := fingerprint.Expected{Record: fingerprint.Record{
			Account: p.Account.ID, Namespace: b.ID, Worker: p.Worker.Name, Environment: p.Environment,
		}}
		if l := locked.Environment(p.Environment).Binding(b.Name); l != nil {
			want.Digest = l.Fingerprint
		}
		for _, other := range p.Bindings {
			if want.Twin == "" && other.Name != b.Name && other.Type == b.Type && other.ID == b.ID {
				want.Twin = other.Name
			}
		}
		record, digest, err := fingerprint.Read(ctx, c.Namespace(p.Account.ID, b.ID))
		fact, err := fingerprint.Judge(want, record, digest, err)
		if err != nil {
			return fmt.Errorf("binding %s: %w", b.Name, err)
		}
		b.Fingerprint = string(fact.State)
		if fact.Failed() {
			p.Problems = append(p.Problems, deploy.PlannedProblem{
				Error: true, Binding: b.Name, Message: b.Name + ": " + fact.Message, Help: fact.Advice, Place: b.Place,
				// Another's namespace stays another's, whatever anybody says.
				Forcible: fact.State == fingerprint.Changed || fact.State == fingerprint.Unsealed || fact.State == fingerprint.Damaged,
			})
		}
	}
	return nil
}
