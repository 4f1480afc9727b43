package check

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Account is the account an environment is deployed to, as far as files say.
type Account struct {
	ID   string // "" if no file says; not checked for its shape
	Name string // the name that bindery.toml gives it, or else the lock; may be empty
	File *syntax.File
	Span syntax.Span // where it is said
}

// String is `account "production"`, or the id for want of a name.
func (a Account) String() string {
	if a.Name != "" {
		return fmt.Sprintf("account %q", a.Name)
	}
	return "account " + a.ID
}

// AccountOf is the account of an environment: account_id, its own or inherited, as
// wrangler takes it before all else; then what bindery.toml says; then what the lock says.
func (p *Project) AccountOf(env *wrangler.Environment) Account {
	if a := p.AccountInConfig(env); a.ID != "" {
		return a
	}
	if a := p.AccountInSettings(env); a.ID != "" {
		return a
	}
	return p.AccountInLock(env)
}

// AccountInConfig is the account_id that applies to an environment; an empty one counts as none, as in wrangler.
func (p *Project) AccountInConfig(env *wrangler.Environment) Account {
	id := env.AccountID.Str()
	if id == "" {
		return Account{}
	}
	return Account{ID: id, Name: p.accountName(env.Config, id), File: env.Config.File, Span: env.AccountID.Span}
}

// AccountInSettings is the account that bindery.toml gives to an environment.
func (p *Project) AccountInSettings(env *wrangler.Environment) Account {
	s := p.SettingsFor(env.Config)
	said := s.Environments[env.Name]
	if said.Account == "" {
		return Account{}
	}
	return Account{ID: said.Account, Name: p.accountName(env.Config, said.Account), File: s.File, Span: said.At}
}

// AccountInLock is the account that the lock beside its configuration has for an environment.
func (p *Project) AccountInLock(env *wrangler.Environment) Account {
	f := p.LockFor(env.Config)
	e := f.Environment(env.Name)
	if e == nil {
		return Account{}
	}
	return Account{ID: e.AccountID, Name: p.accountName(env.Config, e.AccountID), File: f.Source, Span: e.At}
}

// accountName is what people call an account: the word of bindery.toml, else the name in the lock; "" if neither knows it.
func (p *Project) accountName(c *wrangler.Config, id string) string {
	if name := p.SettingsFor(c).AccountName(id); name != "" {
		return name
	}
	for _, e := range p.LockFor(c).Environments {
		if e.AccountID == id && e.Account != "" {
			return e.Account
		}
	}
	return ""
}
