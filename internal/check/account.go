package check

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Account is the account an environment is deployed to, as far as files say.
type Account struct {
	ID   string // "" if no file says; not checked for its shape
	Name string // the name bindery.toml gives it; may be empty
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
// wrangler takes it before all else; then what bindery.toml says.
func (p *Project) AccountOf(env *wrangler.Environment) Account {
	if a := p.AccountInConfig(env); a.ID != "" {
		return a
	}
	return p.AccountInSettings(env)
}

// AccountInConfig is the account_id that applies to an environment; an empty one counts as none, as in wrangler.
func (p *Project) AccountInConfig(env *wrangler.Environment) Account {
	id := env.AccountID.Str()
	if id == "" {
		return Account{}
	}
	return Account{ID: id, Name: p.SettingsFor(env.Config).AccountName(id), File: env.Config.File, Span: env.AccountID.Span}
}

// AccountInSettings is the account that bindery.toml gives to an environment.
func (p *Project) AccountInSettings(env *wrangler.Environment) Account {
	s := p.SettingsFor(env.Config)
	said := s.Environments[env.Name]
	if said.Account == "" {
		return Account{}
	}
	return Account{ID: said.Account, Name: s.AccountName(said.Account), File: s.File, Span: said.At}
}
