package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/lock"
)

// print shows what changed, environment by environment, and what could not be agreed to.
func (r *lockReport) print(s *stream, checking bool) error {
	p := &printer{w: s}
	for _, e := range r.environments {
		p.line("%s: account %s, from %s", s.strong(e.env.Label()), nameAndID(e.account), e.by)
		changes := of(r.changes, e.env.Name)
		for _, c := range changes {
			p.line("  %s", changeLine(s, c))
		}
		for _, v := range e.open {
			p.line("  %s %s  %s", s.warn("?"), v.Binding.Text(), notAgreed(v))
		}
		if len(changes)+len(e.open) == 0 {
			p.line("  as it was")
		}
	}
	for _, c := range r.changes {
		if !slices.ContainsFunc(r.environments, func(e lockedEnvironment) bool { return e.env.Name == c.Environment }) {
			p.line("%s: gone from the configuration, and from the lock", s.strong(label(c.Environment)))
		}
	}
	p.line("")
	switch {
	case checking && len(r.changes) > 0:
		p.line("%s  %s does not say what the accounts say: `bindery lock` writes it", s.bad("FAIL"), r.path)
	case r.written:
		p.line("%s  %s written", s.good("OK"), r.path)
	default:
		p.line("%s  %s says what the accounts say", s.good("OK"), r.path)
	}
	if n := r.unagreed(); n > 0 {
		p.line("%s  %s not there: the lock does not have them", s.bad("FAIL"), plural(n, "binding leads to what is", "bindings lead to what is"))
	}
	return p.err
}

// printer keeps the first error of many lines.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if _, err := fmt.Fprintf(p.w, format+"\n", args...); p.err == nil {
		p.err = err
	}
}

func of(changes []lock.Change, environment string) []lock.Change {
	var all []lock.Change
	for _, c := range changes {
		if c.Environment == environment {
			all = append(all, c)
		}
	}
	return all
}

// label is an environment's name for messages, as wrangler.Environment has it.
func label(environment string) string {
	if environment == "" {
		return "top level"
	}
	return fmt.Sprintf("env %q", environment)
}

func changeLine(s *stream, c lock.Change) string {
	what := cmp.Or(c.Binding, "account")
	switch {
	case c.Field == "" && c.Was == "":
		return fmt.Sprintf("%s %s  %s", s.good("+"), what, c.Is)
	case c.Field == "" && c.Is == "":
		return fmt.Sprintf("%s %s  %s", s.bad("-"), what, c.Was)
	}
	if c.Binding == "" {
		return fmt.Sprintf("%s %s  %s → %s", s.warn("~"), c.Field, cmp.Or(c.Was, "none"), cmp.Or(c.Is, "none"))
	}
	return fmt.Sprintf("%s %s  %s: %s → %s", s.warn("~"), c.Binding, c.Field, cmp.Or(c.Was, "none"), cmp.Or(c.Is, "none"))
}

// notAgreed says why a binding is not in the lock.
func notAgreed(v deploy.Verdict) string {
	switch {
	case v.State == deploy.Create && v.Meant != nil:
		return fmt.Sprintf("names no id, and a namespace %q is there: `bindery apply` takes it", v.Meant.Name)
	case v.State == deploy.Create:
		return "is not there yet: `bindery apply` makes it"
	case v.State == deploy.Assumed:
		return "cannot be looked up"
	}
	text := v.Message
	if v.Help != "" {
		text += " " + v.Help
	}
	return text
}

type lockJSON struct {
	Path         string                `json:"path"`
	Agrees       bool                  `json:"agrees"` // with what the accounts say, before anything was written
	Written      bool                  `json:"written"`
	Environments []lockEnvironmentJSON `json:"environments"`
	Changes      []lockChangeJSON      `json:"changes"`
}

type lockEnvironmentJSON struct {
	Name      string         `json:"name"` // "" is the top level
	AccountID string         `json:"account_id"`
	Account   string         `json:"account_name,omitempty"`
	By        string         `json:"account_from"`
	Open      []lockOpenJSON `json:"not_agreed"`
}

type lockOpenJSON struct {
	Binding string `json:"binding"`
	State   string `json:"state"`
	Code    int    `json:"code,omitempty"`
	Why     string `json:"why"`
}

type lockChangeJSON struct {
	Environment string `json:"environment"`
	Binding     string `json:"binding,omitempty"`
	Field       string `json:"field,omitempty"`
	Was         string `json:"was"`
	Is          string `json:"is"`
}

func (r *lockReport) json() lockJSON {
	j := lockJSON{Path: r.path, Agrees: len(r.changes) == 0, Written: r.written, Changes: []lockChangeJSON{}}
	for _, e := range r.environments {
		one := lockEnvironmentJSON{Name: e.env.Name, AccountID: e.account.ID, Account: e.account.Name, By: e.by, Open: []lockOpenJSON{}}
		for _, v := range e.open {
			one.Open = append(one.Open, lockOpenJSON{v.Binding.Text(), string(v.State), v.Code, notAgreed(v)})
		}
		j.Environments = append(j.Environments, one)
	}
	for _, c := range r.changes {
		j.Changes = append(j.Changes, lockChangeJSON(c))
	}
	return j
}
