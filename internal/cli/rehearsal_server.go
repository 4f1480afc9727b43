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
	"github.com/bindery-dev/bindery/internal/wranglerrun"
)

// stage builds the known accounts on a server that lives in memory, so that nothing is left of it however the process
// ends. The user's own wrangler deploys to it, and the Worker runs; without wrangler, what the deploy would create is
// created here. Then every KV binding is self-tested through HTTP with a token that sees the environment's account only.
func (r *rehearsal) stage(ctx context.Context, o *rehearseOptions, progress *progress) (err error) {
	d, found, err := o.findDeployer(r)
	var missing *wranglerrun.MissingError
	switch {
	case errors.As(err, &missing):
		r.notDeployed = err
	case err != nil:
		return err
	}
	options := server.Options{Now: o.now, Version: o.version, NoEgress: !o.allowEgress, Refused: r.refusals.add}
	if d != nil {
		if options.Workerd, err = o.findWorkerd(ctx, r, found); err != nil {
			return err
		}
	}
	s, err := server.Open(options)
	if err != nil {
		return fmt.Errorf("open the rehearsal's server: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := r.furnish(ctx, s.Platform()); err != nil {
		return fmt.Errorf("build the accounts: %w", err)
	}
	if err := s.Listen(); err != nil {
		return err
	}
	token, err := rehearsalToken(ctx, s, r.account.ID)
	if err != nil {
		return err
	}
	client := cloudflare.New(cloudflare.Options{BaseURL: s.BaseURL(), Token: cloudflare.Token(token), UserAgent: "bindery/" + o.version})
	defer client.Close()

	if d != nil {
		if err := r.provide(ctx, s); err != nil {
			return err
		}
		reach := token
		if d.own { // who deploys several environments reaches the accounts of all
			if reach, err = rehearsalToken(ctx, s); err != nil {
				return err
			}
		}
		if err := r.deployTo(ctx, o, s, d, reach, progress); err != nil {
			return err
		}
		r.times.deploy = r.deployed.outcome.Took
	}
	if err := r.create(ctx, s, client); err != nil {
		return err
	}
	progress.say("proving the KV bindings of %s", r.env.Label())
	remote := &remoteAccount{client: client, id: r.account.ID, titles: map[string]string{}}
	targets := r.env.targets(func(ctx context.Context, b *wrangler.Binding) (kv.Namespace, error) {
		return r.open(ctx, remote, b)
	})
	r.proof = selftest.RunAll(ctx, targets, selftest.Options{Now: o.now})
	if r.deployed != nil && r.deployed.ok() && r.notRun == nil {
		if err := r.play(ctx, o, s, client, progress); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// rehearsalToken makes a token that may edit the accounts given, and all without any.
func rehearsalToken(ctx context.Context, s *server.Server, accounts ...string) (string, error) {
	token, _, err := s.Platform().CreateToken(ctx, platform.TokenInfo{Name: "rehearsal", Accounts: accounts, Permission: platform.Edit})
	return token, err
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

// create finds the namespaces that the deploy created, and creates those that it would create where nothing was deployed.
func (r *rehearsal) create(ctx context.Context, s *server.Server, client *cloudflare.Client) error {
	bound, _, err := s.BoundNamespaces(ctx, r.account.ID, r.env.WorkerName())
	if err != nil {
		return err
	}
	for _, v := range r.verdicts {
		if v.State != deploy.Create || v.Binding.Type != wrangler.KVNamespace || v.Refused() {
			continue
		}
		info, made, err := r.provision(ctx, client, v, bound)
		if err != nil {
			return fmt.Errorf("create the namespace of %s: %w", v.Binding.Text(), err)
		}
		r.leads[v.Binding] = info.ID
		if made {
			r.created = append(r.created, created{v.Binding, info.Title, info.ID})
		}
	}
	return nil
}

// provision says which namespace a binding without an id leads to, and whether it is new.
func (r *rehearsal) provision(ctx context.Context, client *cloudflare.Client, v deploy.Verdict, bound []server.BoundNamespace) (info cloudflare.NamespaceInfo, made bool, err error) {
	for _, b := range bound {
		if b.Binding == v.Binding.Text() {
			info, err := client.NamespaceInfo(ctx, r.account.ID, b.ID)
			return info, v.Meant == nil && !r.hasCreated(info.ID), err
		}
	}
	if v.Meant != nil { // a namespace of this title is there, and the deployed Worker has it
		return cloudflare.NamespaceInfo{ID: v.Meant.ID, Title: v.Meant.Name}, false, nil
	}
	all, err := client.Namespaces(ctx, r.account.ID)
	if err != nil {
		return info, false, err
	}
	for _, ns := range all { // one name bound twice, which check reports; or made by a deploy that failed later
		if ns.Title == v.Resource.Name {
			return ns, !r.hasCreated(ns.ID), nil
		}
	}
	info, err = client.CreateNamespace(ctx, r.account.ID, v.Resource.Name)
	return info, true, err
}

func (r *rehearsal) hasCreated(id string) bool {
	return slices.ContainsFunc(r.created, func(c created) bool { return c.id == id })
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
