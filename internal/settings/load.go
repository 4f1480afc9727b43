package settings

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// Parse reads src as the bindery.toml at path.
func Parse(path string, src []byte) *Settings {
	s := &Settings{File: syntax.Parse(path, src), Environments: map[string]Environment{}, Rules: map[string]string{}}
	root := s.File.Root
	s.known("bindery.toml", root, "inventory", "critical", "seal", "accounts", "environments", "top-level", "rules")
	if inventory := s.text("inventory", root.Get("inventory")); inventory != "" {
		s.Inventory = inventory
		if !filepath.IsAbs(inventory) {
			s.Inventory = filepath.Join(filepath.Dir(path), inventory)
		}
	}
	s.Critical = s.texts("critical", root.Get("critical"))
	if seal := root.Get("seal"); s.is("seal", seal, syntax.Bool) {
		s.Unsealed = !seal.Bool
	}
	s.accounts(s.table("accounts", root.Get("accounts")))
	for _, field := range s.table("environments", root.Get("environments")) {
		s.environment(field.Name, "environments."+field.Name, field.Value)
	}
	if top := root.Get("top-level"); top != nil {
		s.environment("", "top-level", top)
	}
	s.rules(s.table("rules", root.Get("rules")))
	if len(s.File.Errors) > 0 {
		s.Problems = nil // what seems wrong may follow from the syntax
	}
	for _, e := range s.File.Errors {
		s.Problems = append(s.Problems, Problem{Span: e.Span, Message: e.Message, Help: e.Help})
	}
	slices.SortStableFunc(s.Problems, func(a, b Problem) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return s
}

// AccountName returns the name the file gives to an account id, "" if none.
func (s *Settings) AccountName(id string) string {
	for _, a := range s.Accounts {
		if a.ID == strings.ToLower(id) {
			return a.Name
		}
	}
	return ""
}

// CriticalFor returns the critical bindings of an environment; nil means all.
func (s *Settings) CriticalFor(env string) []string {
	if e := s.Environments[env]; e.Critical != nil {
		return e.Critical
	}
	return s.Critical
}

var accountID = pattern.New(`^[0-9a-fA-F]{32}$`)

func (s *Settings) accounts(fields []*syntax.Field) {
	for _, field := range fields {
		id := s.text("accounts."+field.Name, field.Value)
		switch name := s.AccountName(id); {
		case !field.Value.Is(syntax.String):
		case !accountID.MatchString(id):
			s.problem(field.Value.Span, "%q is no account id", id).
				Help = "an account id has 32 hex digits; `wrangler whoami` shows yours"
		case name != "":
			s.problem(field.Value.Span, "accounts %q and %q have the same id", name, field.Name).Help = "keep one: several environments may name it"
		default:
			s.Accounts = append(s.Accounts, Account{Name: field.Name, ID: strings.ToLower(id), Span: field.Value.Span})
		}
	}
}

func (s *Settings) environment(name, path string, n *syntax.Node) {
	if !s.is(path, n, syntax.Table) {
		return
	}
	s.known(path, n, "account", "critical")
	e := Environment{At: n.Span, Critical: s.texts(path+".critical", n.Get("critical"))}
	if account := n.Get("account"); account != nil {
		e.At = account.Span
		e.Account = s.account(path, account)
	}
	s.Environments[name] = e
}

// account resolves a name from [accounts]; an id stands for itself.
func (s *Settings) account(path string, n *syntax.Node) string {
	given := s.text(path+".account", n)
	var names []string
	for _, a := range s.Accounts {
		if a.Name == given {
			return a.ID
		}
		names = append(names, a.Name)
	}
	if accountID.MatchString(given) {
		return strings.ToLower(given)
	}
	if !n.Is(syntax.String) || s.File.Root.Get("accounts", given) != nil { // said already
		return ""
	}
	p := s.problem(n.Span, "no account is called %q", given)
	switch near, ok := syntax.Nearest(given, names); {
	case ok:
		p.Help = fmt.Sprintf("did you mean %q?", near)
		p.Meant, p.Guess = near, true
	case len(names) > 0:
		p.Help = "[accounts] names " + strings.Join(names, ", ")
	default:
		p.Help = "name it in [accounts], or give its id: 32 hex digits"
	}
	return ""
}

var severities = []string{"error", "warning", "info", "off"}

func (s *Settings) rules(fields []*syntax.Field) {
	for _, field := range fields {
		severity := s.text("rules."+field.Name, field.Value)
		switch {
		case slices.Contains(severities, severity):
			s.Rules[field.Name] = severity
		case field.Value.Is(syntax.String):
			p := s.problem(field.Value.Span, "rule %q cannot be %q", field.Name, severity)
			p.Help = "one of " + strings.Join(severities, ", ")
			p.Meant, _ = syntax.Nearest(severity, severities)
		}
	}
}
