package bindery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// place is where the namespaces of an environment are.
type place interface {
	fmt.Stringer
	namespace(key string) kv.Namespace
	// titles are those of all namespaces that are there, by id; nil where any id leads to a namespace.
	titles(ctx context.Context) (map[string]string, error)
	account() string
	close() error
}

// limiter is of all clients of the process, since the API counts the calls of a token.
var limiter cloudflare.Limiter

// open opens the place that the options name.
func (e *Environment) open(ctx context.Context) (place, error) {
	switch {
	case e.options.Memory:
		return &local{store: memkv.New(memkv.Options{}), words: "in memory"}, nil
	case e.options.Folder != "":
		return openFolder(ctx, e.options)
	}
	client := cloudflare.New(cloudflare.Options{
		BaseURL: e.options.URL, Token: cloudflare.Token(e.options.Token), HTTP: e.options.HTTP, Log: e.options.Log, UserAgent: "bindery-go", Limiter: &limiter,
	})
	id, err := e.resolveAccount(ctx, client)
	if err != nil {
		client.Close()
		return nil, err
	}
	return &remote{client: client, id: id}, nil
}

// local is a store of this process's own.
type local struct {
	store interface {
		Namespace(id string) kv.Namespace
		Close() error
	}
	words string
}

// openFolder opens a store on disk. One in which a server has records keeps namespaces under other names: to look into it would be to find
// all of them empty.
func openFolder(ctx context.Context, o Options) (place, error) {
	store, err := pebblekv.Open(pebblekv.Options{Dir: o.Folder, Log: o.Log})
	if inUse := (*pebblekv.InUseError)(nil); errors.As(err, &inUse) {
		return nil, &alsoError{err, ErrInUse}
	}
	if err != nil {
		return nil, err
	}
	served := advised(fmt.Errorf("folder %s holds the data of `bindery serve`", o.Folder),
		"start the server on it, and give its URL and a token instead; or name another folder")
	if err := store.Scan(ctx, "", func(string, []byte) error { return served }); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &local{store: store, words: "in folder " + o.Folder}, nil
}

func (l *local) namespace(key string) kv.Namespace                 { return l.store.Namespace(key) }
func (l *local) titles(context.Context) (map[string]string, error) { return nil, nil }
func (l *local) account() string                                   { return "" }
func (l *local) close() error                                      { return l.store.Close() }
func (l *local) String() string                                    { return l.words }

// remote is an account that an API leads to.
type remote struct {
	client *cloudflare.Client
	id     string
	closed sync.Once
}

func (r *remote) namespace(key string) kv.Namespace { return r.client.Namespace(r.id, key) }
func (r *remote) account() string                   { return r.id }
func (r *remote) String() string                    { return "in account " + r.id }

func (r *remote) titles(ctx context.Context) (map[string]string, error) {
	all, err := r.client.Namespaces(ctx, r.id)
	if err != nil {
		return nil, fmt.Errorf("list the namespaces of account %s: %w", r.id, err)
	}
	titles := make(map[string]string, len(all))
	for _, ns := range all {
		titles[ns.ID] = ns.Title
	}
	return titles, nil
}

func (r *remote) close() error {
	r.closed.Do(r.client.Close)
	return nil
}

// resolveAccount is the account that the files name, else the options, the lock, or the token, if it sees a single one.
func (e *Environment) resolveAccount(ctx context.Context, client *cloudflare.Client) (string, error) {
	named, err := deploy.ResolveAccount(e.env, e.settings, func(string) string { return "" })
	var unnamed *deploy.NoAccountError
	agreed := e.locked.Environment(e.env.Name)
	switch {
	case err == nil && e.options.Account != "" && e.options.Account != named.Account.ID:
		return "", fmt.Errorf("Options.Account is %s, and %s says that %s belongs to %s", e.options.Account, named, e.env.Label(), named.Account.ID)
	case err == nil:
		return named.Account.ID, nil
	case !errors.As(err, &unnamed):
		return "", err
	case e.options.Account != "":
		return e.options.Account, nil
	case agreed != nil && agreed.AccountID != "":
		return agreed.AccountID, nil
	}
	seen, err := client.Memberships(ctx)
	if err != nil {
		return "", fmt.Errorf("find the account: %w", err)
	}
	if len(seen) == 1 {
		return seen[0].ID, nil
	}
	var names []string
	for _, a := range seen {
		names = append(names, fmt.Sprintf("%q (%s)", a.Name, a.ID))
	}
	return "", advised(fmt.Errorf("%w, and the token sees %d", unnamed, len(seen)),
		"write account_id into %s, or set Options.Account to one of: %s", e.env.Config.Path, strings.Join(names, ", "))
}
