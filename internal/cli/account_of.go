package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/survey"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// client speaks to the accounts as the environment variables say. Without a token nobody is asked anything.
func (a *app) client(timeout time.Duration) (*cloudflare.Client, error) {
	o, err := a.apiOptions()
	if err != nil {
		return nil, err
	}
	o.Timeout = timeout
	return cloudflare.New(o), nil
}

func (a *app) apiOptions() (cloudflare.Options, error) {
	token := a.getenv("CLOUDFLARE_API_TOKEN")
	if token == "" {
		return cloudflare.Options{}, withHint(fmt.Errorf("no API token: %w", kv.ErrUnauthenticated),
			"set CLOUDFLARE_API_TOKEN to a token with \"Workers KV Storage Edit\" on the account; for a server of bindery's own, CLOUDFLARE_API_BASE_URL too")
	}
	return cloudflare.Options{
		BaseURL:   a.getenv("CLOUDFLARE_API_BASE_URL"),
		Token:     cloudflare.Token(token),
		UserAgent: "bindery/" + a.version,
		Limiter:   &a.limiter,
	}, nil
}

// accountOf is the account of an environment, and who says so: the files and variables that wrangler goes by, else the
// lock, else the token, if it sees a single one. asked is nil where nobody is asked.
func (a *app) accountOf(env *environment, locked *lock.File, asked *survey.Survey) (deploy.Resolution, error) {
	r, err := deploy.ResolveAccount(env.Environment, env.settings, a.getenv)
	var unnamed *deploy.NoAccountError
	if !errors.As(err, &unnamed) {
		if r.Account.Name == "" && asked != nil {
			r.Account.Name = asked.Name(r.Account.ID)
		}
		return r, err
	}
	if e := locked.Environment(env.Name); e != nil {
		return deploy.Resolution{
			Account: deploy.Account{ID: e.AccountID, Name: e.Account, At: deploy.Place{File: locked.Source, Span: e.At}},
			By:      "the lock",
		}, nil
	}
	if asked == nil {
		return r, err
	}
	seen := asked.Seen()
	if len(seen) == 1 {
		return deploy.Resolution{Account: seen[0], By: "the only one that the token sees"}, nil
	}
	var names []string
	for _, account := range seen {
		names = append(names, nameAndID(account))
	}
	return r, withHint(fmt.Errorf("%w, and the token sees %s", unnamed, plural(len(seen), "account", "accounts")),
		"write account_id into %s, or set CLOUDFLARE_ACCOUNT_ID to one of: %s", env.config.Path, strings.Join(names, ", "))
}

// inquiry is what every command begins with that asks the account of one environment.
type inquiry struct {
	locked  *lock.File
	before  []byte // the lock, as it was read
	asked   *survey.Survey
	account deploy.Resolution
}

// inquire reads the lock, asks who the token is, and finds the environment's account.
func (a *app) inquire(ctx context.Context, env *environment, client *cloudflare.Client, progress *progress) (q inquiry, err error) {
	if q.locked, q.before, err = readLock(env.lockPath()); err != nil {
		return q, err
	}
	progress.say("asking who the token is")
	if q.asked, err = survey.Open(ctx, client); err != nil {
		return q, err
	}
	q.account, err = a.accountOf(env, q.locked, q.asked)
	return q, err
}

// liveBindings are those of the environment's Worker as it is deployed. It is asked only where the file leaves
// to the account which resource a binding is.
func liveBindings(ctx context.Context, asked *survey.Survey, account string, env *wrangler.Environment) ([]deploy.Live, error) {
	needed := false
	for _, b := range env.Bindings {
		needed = needed || b.Resource() == nil && (b.Type == wrangler.KVNamespace || b.Type == wrangler.D1)
	}
	if !needed || env.WorkerName() == "" {
		return nil, nil
	}
	bindings, _, err := asked.Worker(ctx, account, env.WorkerName())
	if err != nil {
		return nil, err
	}
	return live(bindings), nil
}

func live(bindings []cloudflare.WorkerBinding) []deploy.Live {
	var all []deploy.Live
	for _, b := range bindings {
		all = append(all, deploy.Live{Type: wrangler.Type(b.Type), Name: b.Name, Resource: b.Resource()})
	}
	return all
}

// fingerprints opens namespaces to read what they say of themselves; *cloudflare.Client does.
type fingerprints interface {
	Namespace(account, id string) kv.Namespace
}

// readFingerprint is the digest of a namespace's record; "" if it is not sealed.
func readFingerprint(ctx context.Context, c fingerprints, account, id string) (string, error) {
	_, digest, err := fingerprint.Read(ctx, c.Namespace(account, id))
	if errors.Is(err, fingerprint.ErrUnsealed) || errors.Is(err, fingerprint.ErrDamaged) {
		return "", nil
	}
	return digest, err
}
