package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// servedEnvironment is an environment whose bindings lead into our own server.
type servedEnvironment struct {
	*environment
	platform *platform.Platform
}

// named is the account that files name for the environment; *deploy.NoAccountError if none does.
func (s *servedEnvironment) named() (deploy.Account, error) {
	// The server is its own world: CLOUDFLARE_ACCOUNT_ID is for its clients.
	r, err := deploy.ResolveAccount(s.Environment, s.settings, func(string) string { return "" })
	return r.Account, err
}

// account is the account that the environment belongs to, as this server has it.
func (s *servedEnvironment) account(ctx context.Context) (platform.Account, error) {
	named, err := s.named()
	var unnamed *deploy.NoAccountError
	if errors.As(err, &unnamed) {
		return s.onlyAccount(ctx)
	}
	if err != nil {
		return platform.Account{}, err
	}
	account, err := s.platform.Account(ctx, named.ID)
	if err != nil {
		return account, withHint(fmt.Errorf("this server has no account %s, which %s belongs to", nameAndID(named), s.Label()),
			"bindery account create %s --id %s, or start with --create-missing", cmp.Or(named.Name, named.ID), named.ID)
	}
	return account, nil
}

func (s *servedEnvironment) onlyAccount(ctx context.Context) (platform.Account, error) {
	all, err := s.platform.Accounts(ctx)
	switch {
	case err != nil:
		return platform.Account{}, err
	case len(all) != 1:
		return platform.Account{}, withHint(fmt.Errorf("nothing says which of the server's %d accounts %s belongs to", len(all), s.Label()),
			"set account_id in %s, or account in bindery.toml", s.config.Path)
	}
	return all[0], nil
}

// lookUp finds the namespace that a KV binding names, if the environment's account holds it.
func (s *servedEnvironment) lookUp(ctx context.Context, b *wrangler.Binding) (platform.Account, platform.NamespaceInfo, error) {
	account, err := s.account(ctx)
	if err != nil {
		return account, platform.NamespaceInfo{}, err
	}
	id, err := namespaceID(b)
	if err != nil {
		return account, platform.NamespaceInfo{}, err
	}
	info, err := s.platform.NamespaceInfo(ctx, account.ID, id)
	if errors.Is(err, kv.ErrNamespaceNotFound) {
		err = fmt.Errorf("account %q holds no namespace %s%s: %w", account.Name, id, s.holders(ctx, account, id), err)
	}
	return account, info, err
}

// open opens the namespace of a KV binding for the self-test.
func (s *servedEnvironment) open(ctx context.Context, b *wrangler.Binding) (kv.Namespace, error) {
	account, info, err := s.lookUp(ctx, b)
	if err != nil {
		return nil, err
	}
	return s.platform.Namespace(ctx, account.ID, info.ID)
}

// holders says which other accounts of this server hold a namespace.
func (s *servedEnvironment) holders(ctx context.Context, not platform.Account, id string) string {
	all, _ := s.platform.Accounts(ctx) // what cannot be read holds nothing that we could name
	var names []string
	for _, a := range all {
		if _, err := s.platform.NamespaceInfo(ctx, a.ID, id); err == nil && a.ID != not.ID {
			names = append(names, fmt.Sprintf("%q", a.Name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", but account " + strings.Join(names, ", ") + " does"
}

// bindings is every binding with its state, as the data endpoints show it.
func (s *servedEnvironment) bindings() []probe.Binding {
	ctx := context.Background() // the server's own records, all in memory
	// Who edits the lock while the server runs is answered by the new one. One that cannot be read says nothing; the start says so, and check.
	locked, _, err := readLock(s.lockPath())
	if err != nil {
		locked = &lock.File{}
	}
	account, unnamed := s.account(ctx)
	var all []probe.Binding
	for _, b := range s.Bindings {
		shown := probe.Binding{Name: b.Text(), Kind: b.RuntimeKind(), Critical: s.critical(b.Text()), OK: true, Declared: true}
		if r := b.Resource(); r != nil {
			shown.Detail = r.Str()
		}
		if b.Type == wrangler.KVNamespace {
			shown.Target = &selftest.Target{Open: func(ctx context.Context) (kv.Namespace, error) { return s.open(ctx, b) }}
			if unnamed == nil {
				shown.Target.Expected = s.expected(b, account.ID, locked)
			}
			shown.Declared = false
			shown.OK, shown.Detail = s.state(ctx, b)
		}
		all = append(all, shown)
	}
	for _, l := range s.lost() {
		all = append(all, probe.Binding{Name: l.name, Critical: true, Detail: "critical in bindery.toml, but not bound in this environment"})
	}
	for _, v := range s.Vars {
		all = append(all, probe.Binding{Name: v.Name, Kind: probe.Var, OK: true})
	}
	return all
}

// state says whether a KV binding leads to a namespace, and to which, or why not and what to do.
func (s *servedEnvironment) state(ctx context.Context, b *wrangler.Binding) (ok bool, detail string) {
	_, info, err := s.lookUp(ctx, b)
	if err == nil {
		return true, fmt.Sprintf("%s %q", info.ID, info.Title)
	}
	detail = err.Error()
	if hint := hintOf(err); hint != "" {
		detail += "; " + hint
	}
	return false, detail
}

// log states at the start what each binding is, a line each.
func (s *servedEnvironment) log(log *slog.Logger) {
	for _, p := range s.settings.Problems {
		log.Warn("bindery.toml has a mistake", logPlace, place(s.settings.File, p.Span), logReason, p.Message)
	}
	if _, _, err := readLock(s.lockPath()); err != nil {
		log.Warn("the lock says nothing: it cannot be read", logReason, err.Error())
	}
	for _, b := range s.bindings() {
		log := log.With(logBinding, b.Name, logKind, b.Kind)
		switch {
		case b.Kind == probe.Var:
			log.Debug("variable declared")
		case !b.OK && b.Critical:
			log.Error("binding leads nowhere", logCritical, true, logReason, b.Detail)
		case !b.OK:
			log.Warn("binding leads nowhere", logCritical, false, logReason, b.Detail)
		case b.Kind == probe.KVNamespace:
			log.Info("binding leads to a namespace", logNamespace, b.Detail)
		default:
			log.Info("binding declared; this server does not serve its kind", logResource, b.Detail)
		}
	}
	for _, b := range s.Bindings {
		log.Debug("binding read", logBinding, b.Text(), logType, string(b.Type),
			logPlace, place(s.config.File, b.Node.Span), logCritical, s.critical(b.Text()))
	}
}

// createAccount makes the account that files name, if it is not there; which may be none.
func (s *servedEnvironment) createAccount(ctx context.Context, log *slog.Logger) error {
	named, err := s.named()
	if err != nil {
		return nil // whoever asks for the account says so
	}
	if _, err := s.platform.Account(ctx, named.ID); err == nil {
		return nil
	}
	account, err := s.platform.EnsureAccount(ctx, named.Name, named.ID)
	if err == nil {
		log.Info("account created", logAccount, account.ID, logName, account.Name)
	}
	return err
}

// createMissing makes the environment's account and the namespaces that its ids name.
func (s *servedEnvironment) createMissing(ctx context.Context, log *slog.Logger) error {
	if err := s.createAccount(ctx, log); err != nil {
		return err
	}
	account, err := s.account(ctx)
	if err != nil {
		return err
	}
	for _, b := range s.Of(wrangler.KVNamespace) {
		id, err := namespaceID(b)
		if err != nil {
			continue // the log says so right after
		}
		if _, err := s.platform.NamespaceInfo(ctx, account.ID, id); err == nil {
			continue
		}
		title := deploy.ProvisionedName(s.Environment, b)
		info, err := s.platform.CreateNamespace(ctx, account.ID, id, title)
		if errors.Is(err, platform.ErrTitleTaken) {
			info, err = s.platform.CreateNamespace(ctx, account.ID, id, title+"-"+id[:8])
		}
		if err != nil {
			return fmt.Errorf("create the namespace of %s: %w", b.Text(), err)
		}
		log.Info("namespace created", logBinding, b.Text(), logNamespace, info.ID, logTitle, info.Title, logAccount, account.ID)
	}
	return nil
}
