package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// prove builds the known accounts on a server that lives in memory, so that
// nothing is left of it however the process ends, creates there what the deploy
// would create, and self-tests every KV binding through HTTP with a token that
// sees the environment's account only.
func (r *rehearsal) prove(ctx context.Context, o *rehearseOptions) (err error) {
	s, err := server.Open(server.Options{Now: o.now, Version: o.version})
	if err != nil {
		return fmt.Errorf("open the rehearsal's server: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := r.furnish(ctx, s.Platform()); err != nil {
		return fmt.Errorf("build the accounts: %w", err)
	}
	token, _, err := s.Platform().CreateToken(ctx, platform.TokenInfo{
		Name: "rehearsal", Accounts: []string{r.account.ID}, Permission: platform.Edit,
	})
	if err != nil {
		return err
	}
	if err := s.Listen(); err != nil {
		return err
	}
	client := cloudflare.New(cloudflare.Options{BaseURL: s.BaseURL(), Token: cloudflare.Token(token), UserAgent: "bindery/" + o.version})
	defer client.Close()

	if err := r.create(ctx, client); err != nil {
		return err
	}
	remote := &remoteAccount{client: client, id: r.account.ID, titles: map[string]string{}}
	targets := r.env.targets(func(ctx context.Context, b *wrangler.Binding) (kv.Namespace, error) {
		return r.open(ctx, remote, b)
	})
	r.proof = selftest.RunAll(ctx, targets, selftest.Options{Now: o.now})
	return ctx.Err()
}

// furnish makes the accounts and what they hold, and the namespaces of the
// environment that are assumed to be there.
func (r *rehearsal) furnish(ctx context.Context, p *platform.Platform) error {
	named := map[string]bool{}
	for _, v := range r.verdicts {
		named[v.Resource.ID] = true
		if v.Meant != nil {
			named[v.Meant.ID] = true
		}
	}
	for _, a := range r.accounts {
		if _, err := p.EnsureAccount(ctx, a.Name, a.ID); err != nil {
			return err
		}
		for _, ns := range a.KVNamespaces {
			if !named[ns.ID] { // an account may hold more than a server takes
				continue
			}
			if _, err := p.CreateNamespace(ctx, a.ID, ns.ID, ns.Name); err != nil {
				return fmt.Errorf("namespace %s of %s: %w", ns.ID, a.Label(), err)
			}
		}
	}
	made := map[string]bool{} // two bindings may share an id
	for _, v := range r.assumedNamespaces() {
		id := v.Resource.ID
		if made[id] {
			continue
		}
		made[id] = true
		if _, err := p.CreateNamespace(ctx, r.account.ID, id, "assumed: "+id); err != nil {
			return fmt.Errorf("namespace %s: %w", id, err)
		}
	}
	return nil
}

// create asks the server for the namespaces that the deploy would create.
func (r *rehearsal) create(ctx context.Context, client *cloudflare.Client) error {
	for _, v := range r.verdicts {
		if v.State != deploy.Create || v.Binding.Type != wrangler.KVNamespace || v.Refused() {
			continue
		}
		if v.Meant != nil { // a namespace of this title is there, and the deployed Worker has it
			r.leads[v.Binding] = v.Meant.ID
			continue
		}
		same := func(c created) bool { return c.title == v.Resource.Name }
		if i := slices.IndexFunc(r.created, same); i >= 0 { // one name bound twice, which check reports
			r.leads[v.Binding] = r.created[i].id
			continue
		}
		info, err := client.CreateNamespace(ctx, r.account.ID, v.Resource.Name)
		if err != nil {
			return fmt.Errorf("create the namespace of %s: %w", v.Binding.Text(), err)
		}
		r.leads[v.Binding] = info.ID
		r.created = append(r.created, created{v.Binding, info.Title, info.ID})
	}
	return nil
}

// open opens what a binding would lead to once deployed. Nothing is invented for one
// that would be refused: its id is asked for like any other, and the no that comes
// back is put in the words of the verdict, which knows more.
func (r *rehearsal) open(ctx context.Context, remote *remoteAccount, b *wrangler.Binding) (kv.Namespace, error) {
	if id := r.leads[b]; id != "" {
		return remote.client.Namespace(remote.id, id), nil
	}
	ns, err := remote.open(ctx, b)
	if v := r.verdict(b); err != nil && v.Refused() {
		return nil, withHint(fmt.Errorf("%s [code: %d]", v.Message, v.Code), "%s", v.Help)
	}
	return ns, err
}
