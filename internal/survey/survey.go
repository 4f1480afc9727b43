// Package survey asks accounts what they hold, as far as an environment's bindings name it: the same answers from
// Cloudflare's API and from a server of ours.
//
// Start with [Open], which asks who the token is, once; then [Survey.Account] asks an account, with one list for each
// kind of resource, and remembers the answer; and [Survey.Worker] asks what a Worker that is deployed is bound to.
// Everything is read, nothing is written.
package survey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Client is what is asked; *cloudflare.Client is one.
type Client interface {
	Accounts(ctx context.Context) ([]cloudflare.Account, error)
	Namespaces(ctx context.Context, account string) ([]cloudflare.NamespaceInfo, error)
	Buckets(ctx context.Context, account string) ([]string, error)
	Databases(ctx context.Context, account string) ([]cloudflare.Database, error)
	Queues(ctx context.Context, account string) ([]cloudflare.Queue, error)
	Workers(ctx context.Context, account string) ([]string, error)
	WorkerBindings(ctx context.Context, account, worker string) ([]cloudflare.WorkerBinding, error)
	Token(ctx context.Context, account string) (cloudflare.TokenInfo, error)
	TokenPolicies(ctx context.Context, account string, token cloudflare.TokenInfo) ([]wire.TokenPolicy, error)
}

// Survey is what was asked so far. It is safe for concurrent use.
type Survey struct {
	client Client
	seen   []deploy.Account

	mu      sync.Mutex
	held    map[string]*Holding // by account
	workers map[string]worker   // by account and name
}

type worker struct {
	bindings []cloudflare.WorkerBinding
	there    bool
}

// Holding is what one account holds.
type Holding struct {
	deploy.Account // Known, with a list for each kind that was asked for and shown
	// Denied are the kinds that the token may not list, with what the account answered.
	Denied map[wrangler.Type]error
	asked  map[wrangler.Type]bool
}

// Open asks which accounts the token sees. A token that an account owns may be refused that, and sees its account all
// the same: then Seen is empty.
func Open(ctx context.Context, client Client) (*Survey, error) {
	s := &Survey{client: client, held: map[string]*Holding{}, workers: map[string]worker{}}
	seen, err := client.Accounts(ctx)
	var refused *cloudflare.APIError
	switch {
	case err == nil:
	case errors.As(err, &refused) && errors.Is(err, kv.ErrPermission):
	default:
		return nil, fmt.Errorf("ask which accounts the token sees: %w", err)
	}
	for _, a := range seen {
		s.seen = append(s.seen, deploy.Account{ID: a.ID, Name: a.Name})
	}
	return s, nil
}

// Seen are the accounts that the token sees.
func (s *Survey) Seen() []deploy.Account { return s.seen }

// Name is what the API calls an account; "" if the token does not see it.
func (s *Survey) Name(account string) string {
	for _, a := range s.seen {
		if a.ID == account {
			return a.Name
		}
	}
	return ""
}

// list asks for one kind, and puts the answer into an account.
type list func(ctx context.Context, c Client, a *deploy.Account) error

// lists are the kinds that can be listed.
var lists = map[wrangler.Type]list{
	wrangler.KVNamespace: func(ctx context.Context, c Client, a *deploy.Account) (err error) {
		a.KVNamespaces, err = listed(func(n cloudflare.NamespaceInfo) deploy.Resource { return deploy.Resource{ID: n.ID, Name: n.Title} })(c.Namespaces(ctx, a.ID))
		return err
	},
	wrangler.R2Bucket: func(ctx context.Context, c Client, a *deploy.Account) (err error) {
		a.R2Buckets, err = listed(named)(c.Buckets(ctx, a.ID))
		return err
	},
	wrangler.D1: func(ctx context.Context, c Client, a *deploy.Account) (err error) {
		a.D1Databases, err = listed(func(d cloudflare.Database) deploy.Resource { return deploy.Resource{ID: d.ID, Name: d.Name} })(c.Databases(ctx, a.ID))
		return err
	},
	wrangler.Queue: func(ctx context.Context, c Client, a *deploy.Account) (err error) {
		a.Queues, err = listed(func(q cloudflare.Queue) deploy.Resource { return deploy.Resource{ID: q.ID, Name: q.Name} })(c.Queues(ctx, a.ID))
		return err
	},
	wrangler.Service: func(ctx context.Context, c Client, a *deploy.Account) (err error) {
		a.Workers, err = listed(named)(c.Workers(ctx, a.ID))
		return err
	},
}

func named(name string) deploy.Resource { return deploy.Resource{Name: name} }

// listed makes resources of an answer: never nil, as a nil list says that nothing is known.
func listed[T any](resource func(T) deploy.Resource) func([]T, error) ([]deploy.Resource, error) {
	return func(all []T, err error) ([]deploy.Resource, error) {
		if err != nil {
			return nil, err
		}
		resources := make([]deploy.Resource, len(all))
		for i, one := range all {
			resources[i] = resource(one)
		}
		return resources, nil
	}
}

// Account asks an account for its resources of these kinds, each once, all at the same time. Kinds that cannot be
// listed are left out. A kind that the token may not list is in Denied; any other failure is the error.
func (s *Survey) Account(ctx context.Context, id string, kinds ...wrangler.Type) (*Holding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held[id]
	if h == nil {
		h = &Holding{
			Account: deploy.Account{ID: id, Name: s.Name(id), Known: true},
			Denied:  map[wrangler.Type]error{}, asked: map[wrangler.Type]bool{},
		}
		s.held[id] = h
	}
	var asking sync.WaitGroup
	errs := make([]error, len(kinds))
	for i, kind := range kinds {
		if ask := lists[kind]; ask != nil && !h.asked[kind] {
			h.asked[kind] = true
			asking.Go(func() { errs[i] = ask(ctx, s.client, &h.Account) }) // each sets a list of its own
		}
	}
	asking.Wait()
	for i, err := range errs {
		if errors.Is(err, kv.ErrPermission) {
			h.Denied[kinds[i]], errs[i] = err, nil
		} else if err != nil {
			h.asked[kinds[i]] = false
		}
	}
	return h, errors.Join(errs...)
}

// Kinds are those that the bindings of environments ask for, in no order.
func Kinds(environments ...*wrangler.Environment) (kinds []wrangler.Type) {
	for _, e := range environments {
		for _, b := range e.Bindings {
			if lists[b.Type] != nil && !slices.Contains(kinds, b.Type) {
				kinds = append(kinds, b.Type)
			}
		}
	}
	return kinds
}

// Worker asks what a Worker that is deployed is bound to; false if there is none of this name.
func (s *Survey) Worker(ctx context.Context, account, name string) ([]cloudflare.WorkerBinding, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := account + "/" + name
	if w, asked := s.workers[key]; asked {
		return w.bindings, w.there, nil
	}
	bindings, err := s.client.WorkerBindings(ctx, account, name)
	if err != nil && !errors.Is(err, cloudflare.ErrWorkerNotFound) {
		return nil, false, fmt.Errorf("ask what Worker %s is bound to: %w", name, err)
	}
	s.workers[key] = worker{bindings, err == nil}
	return bindings, err == nil, nil
}

// Inventory is all that was asked for, to be judged by.
func (s *Survey) Inventory() *deploy.Inventory {
	s.mu.Lock()
	defer s.mu.Unlock()
	inv := &deploy.Inventory{}
	for _, h := range s.held {
		inv.Accounts = append(inv.Accounts, h.Account)
	}
	slices.SortFunc(inv.Accounts, func(a, b deploy.Account) int { return cmp.Compare(a.ID, b.ID) })
	return inv
}
