package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// lock-account: an environment would be deployed to another account than the one that was agreed.
var lockAccount = &check.Rule{
	ID:       "lock-account",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "an environment's account is not the one that bindery.lock names",
	Explain:  explain("lock-account"),
	Over:     append([]string{"account-mismatch"}, sharingRules...),
	Config: func(p *check.Pass) {
		for _, d := range departuresIn(p) {
			reportDeparture(p, d)
		}
	},
}

// A departure is an account that environments have, and not the one that the lock has for them.
type departure struct {
	is, agreed check.Account // agreed is that of the first environment
	envs       []*wrangler.Environment
}

// departuresIn lists them by the place at which the account is said, and by the account that was agreed: an account_id
// of the top level may be that of many environments.
func departuresIn(p *check.Pass) (all []*departure) {
	type mistake struct {
		file   *syntax.File
		at     syntax.Span
		agreed string
	}
	known := map[mistake]*departure{}
	for _, env := range environments(p.Config) {
		agreed, is := p.Project.AccountInLock(env), p.Project.AccountOf(env)
		if agreed.ID == "" || is.ID == agreed.ID || !hexShape.isGenuine(is.ID) {
			continue
		}
		m := mistake{is.File, is.Span, agreed.ID}
		if known[m] == nil {
			known[m] = &departure{is: is, agreed: agreed}
			all = append(all, known[m])
		}
		known[m].envs = append(known[m].envs, env)
	}
	return all
}

func reportDeparture(p *check.Pass, d *departure) {
	var names []string
	for _, env := range d.envs {
		names = append(names, the(env))
	}
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	found := p.Of(d.envs[0]).ReportIn(d.is.File, d.is.Span, "%s %s deployed to %s, but the lock says %s",
		sentence(firstOf(names)), verb, accountWords(d.is), accountWords(d.agreed)).
		NoteIn(d.agreed.File, d.agreed.Span, "agreed here").Also(d.envs...).
		Help("correct it; if the move is meant, `%s` writes it down", lockCommand(d.envs[0]))
	if said := p.Project.AccountInSettings(d.envs[0]); said.ID != "" && !slices.Contains([]string{d.is.ID, d.agreed.ID}, said.ID) {
		found.NoteIn(said.File, said.Span, "a third account")
	}
	if slices.ContainsFunc(d.envs, localOnly) && len(d.envs) == 1 {
		found.Severity(check.Info)
	}
}
