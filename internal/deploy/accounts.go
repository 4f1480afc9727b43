package deploy

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Sources are all that may name accounts; each may be absent.
type Sources struct {
	Flags     []Account // as ParseAccountFlag read them
	Settings  *settings.Settings
	Inventory *Inventory
	Config    *wrangler.Config
	Chosen    *Resolution // the account of the environment at hand
}

// ParseAccountFlag reads the value NAME=ID of a flag --account.
func ParseAccountFlag(value string) (Account, error) {
	at := Place{Source: "--account " + value}
	name, id, ok := strings.Cut(value, "=")
	switch name = strings.TrimSpace(name); {
	case !ok || name == "":
		return Account{}, &Problem{Place: at, Message: "it is not of the form NAME=ID", Help: "for example --account production=4b1d0f6c2a7e49d38c5b6f1e0a9d7c32"}
	case !hexID.MatchString(id):
		return Account{}, &Problem{Place: at, Message: fmt.Sprintf("%q is no account id", id),
			Help: "an account id has " + hexIDForm + "; `wrangler whoami` lists those that a token sees"}
	}
	return Account{ID: id, Name: name, At: at}, nil
}

// MergeAccounts brings together what flags, bindery.toml, an inventory and a
// configuration say of accounts, in this order: the first name that an id is given
// is the one it keeps, so that a flag beats a file. One name for two ids, or two
// names that one source gives to one id, is a problem. What is known of an
// account's resources comes from the inventory. Account ids of a configuration
// that are no ids are left out: ResolveAccount refuses them where they matter.
func MergeAccounts(s Sources) ([]Account, []Problem) {
	m := merger{byID: map[string]int{}, byName: map[string]Account{}, named: map[[2]string]Account{}}
	for _, a := range s.Flags {
		m.add("flags", a)
	}
	if s.Settings != nil {
		for _, a := range s.Settings.Accounts {
			m.add("settings", Account{ID: a.ID, Name: a.Name, At: Place{File: s.Settings.File, Span: a.Span}})
		}
	}
	if s.Inventory != nil {
		for _, a := range s.Inventory.Accounts {
			m.add("inventory", a)
		}
	}
	if s.Chosen != nil {
		m.add("chosen", s.Chosen.Account)
	}
	if s.Config != nil {
		for _, e := range append([]*wrangler.Environment{s.Config.Top}, s.Config.Envs...) {
			if id := e.AccountID.Str(); hexID.MatchString(id) {
				m.add("configuration", Account{ID: id, At: Place{File: s.Config.File, Span: e.AccountID.Span}})
			}
		}
	}
	return m.accounts, m.problems
}

type merger struct {
	accounts []Account
	problems []Problem
	byID     map[string]int        // index into accounts
	byName   map[string]Account    // who was first given the name
	named    map[[2]string]Account // by source and id: the name it gave
}

func (m *merger) add(source string, a Account) {
	if a.Name != "" {
		if first, there := m.byName[a.Name]; there && first.ID != a.ID {
			m.conflict(a, first, fmt.Sprintf("account %q is %s here and %s elsewhere", a.Name, a.ID, first.ID), "a name stands for one account: correct one of them")
			return
		}
		if first, there := m.named[[2]string{source, a.ID}]; there && first.Name != a.Name {
			m.conflict(a, first, fmt.Sprintf("account %s is called both %q and %q", a.ID, first.Name, a.Name), "keep one of the names")
			return
		}
		m.byName[a.Name] = a
		m.named[[2]string{source, a.ID}] = a
	}
	i, there := m.byID[a.ID]
	if !there {
		m.byID[a.ID] = len(m.accounts)
		m.accounts = append(m.accounts, a)
		return
	}
	before := m.accounts[i]
	name := before.Name
	if name == "" {
		name = a.Name
	}
	if !a.Known {
		a = before
	}
	a.Name, a.At = name, before.At
	m.accounts[i] = a
}

func (m *merger) conflict(a, first Account, message, help string) {
	m.problems = append(m.problems, Problem{Place: a.At, Message: message, Help: help, Notes: []Note{{first.At, "said here first"}}})
}
