package deploy

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// AccountVariable is the environment variable from which wrangler takes an account where the file names none.
const AccountVariable = "CLOUDFLARE_ACCOUNT_ID"

// Resolution is the account that an environment is deployed to, and who said so.
type Resolution struct {
	Account Account // ID, the Name that bindery.toml gives it, and At
	By      string  // "account_id", "bindery.toml" or "CLOUDFLARE_ACCOUNT_ID"
}

// String says how the account was chosen, as in `account_id at wrangler.toml:3:14`.
func (r Resolution) String() string {
	if r.Account.At.File == nil {
		return r.By
	}
	return fmt.Sprintf("%s at %v", r.By, r.Account.At)
}

// ResolveAccount says to which account env is deployed, as wrangler does: its own
// or inherited account_id, else CLOUDFLARE_ACCOUNT_ID. Where bindery.toml names an
// account for the environment, that stands in for a missing account_id, and
// whatever wrangler would go by has to agree with it: a *Problem names both places.
// An id that is none is a *Problem too. *NoAccountError if nobody names an account:
// wrangler then asks which accounts the token sees.
func ResolveAccount(env *wrangler.Environment, s *settings.Settings, getenv func(string) string) (Resolution, error) {
	if s == nil {
		s = &settings.Settings{}
	}
	var found []Resolution // in wrangler's order
	add := func(by, id string, at Place) error {
		if !hexID.MatchString(id) {
			return &Problem{Place: at, Message: fmt.Sprintf("%q is no account id", id),
				Help: "an account id has " + hexIDForm + "; `wrangler whoami` lists those that a token sees"}
		}
		found = append(found, Resolution{Account: Account{ID: id, Name: s.AccountName(id), At: at}, By: by})
		return nil
	}
	if n := env.AccountID; n != nil {
		text := n.Text
		if !n.Is(syntax.String) {
			text = env.Config.File.Slice(n.Span)
		}
		if err := add("account_id", text, Place{File: env.Config.File, Span: n.Span}); err != nil {
			return Resolution{}, err
		}
	} else if id := getenv(AccountVariable); id != "" {
		if err := add(AccountVariable, id, Place{Source: AccountVariable}); err != nil {
			return Resolution{}, err
		}
	}
	if wanted := s.Environments[env.Name]; wanted.Account != "" {
		if err := add(settings.Name, wanted.Account, Place{File: s.File, Span: wanted.At}); err != nil {
			return Resolution{}, err
		}
	}
	switch {
	case len(found) == 0:
		return Resolution{}, &NoAccountError{Environment: env.Label(), Path: env.Config.Path}
	case len(found) == 2 && found[0].Account.ID != found[1].Account.ID:
		return Resolution{}, disagreement(env, found[0], found[1])
	case found[0].By == AccountVariable && len(found) == 2:
		return found[1], nil // the file is the better place to point at
	}
	return found[0], nil
}

func disagreement(env *wrangler.Environment, used, wanted Resolution) *Problem {
	help := fmt.Sprintf("write account_id = %q there, or correct %s", wanted.Account.ID, settings.Name)
	if used.By == AccountVariable {
		help = fmt.Sprintf("wrangler would go by the variable: unset it, or write account_id = %q for %s into %s", wanted.Account.ID, env.Label(), env.Config.Path)
	}
	return &Problem{
		Place:   used.Account.At,
		Message: fmt.Sprintf("%s would be deployed to %s, but %s says that it belongs to %s", env.Label(), withBoth(used.Account), settings.Name, withBoth(wanted.Account)),
		Help:    help,
		Notes:   []Note{{wanted.Account.At, "said here"}},
	}
}

// withBoth labels an account by name and id, where telling two apart is the point.
func withBoth(a Account) string {
	if a.Name == "" {
		return a.Label()
	}
	return fmt.Sprintf("%s (%s)", a.Label(), a.ID)
}

// NoAccountError: neither the configuration, bindery.toml nor the environment variable names an account.
type NoAccountError struct{ Environment, Path string }

func (e *NoAccountError) Error() string {
	return fmt.Sprintf("%s of %s names no account", e.Environment, e.Path)
}

// Hint says what to do.
func (e *NoAccountError) Hint() string {
	return "write account_id = \"…\" into the environment, or set " + AccountVariable + "; `wrangler whoami` lists the accounts of a token"
}
