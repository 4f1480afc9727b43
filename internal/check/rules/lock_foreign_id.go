package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// lock-foreign-id: the id of a namespace or database that another environment's account holds, by the lock: the first
// incident, seen without a token.
var lockForeignID = &check.Rule{
	ID:       "lock-foreign-id",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "an id belongs to the account of another environment",
	Explain:  explain("lock-foreign-id"),
	Over:     append([]string{"resource-of-other-stage"}, sharingRules...),
	Environment: func(p *check.Pass) {
		v, ok := lockedView(p)
		if !ok {
			return
		}
		for _, b := range identified(p.Env) {
			if owner, foreign := v.elsewhere(b); foreign {
				reportForeignID(p, v, b, owner)
			}
		}
	},
}

func reportForeignID(p *check.Pass, v lockView, b *wrangler.Binding, owner holder) {
	place := idPlaces[b.Type][0]
	theirs := check.Account{ID: owner.env.AccountID, Name: owner.env.Account}
	found := p.Report(b.Resource().Span, "%s of %s, in %s, is bound %s, which belongs to %s",
		place.noun+lockedTitle(owner.binding), theNamed(owner.env.Name), accountWords(theirs), at(p.Env), accountWords(v.account)).
		Label("%s", place.unknown).
		NoteIn(v.file.Source, owner.binding.At, "the lock has it as %s of %s", owner.binding.Name, theNamed(owner.env.Name))
	if localOnly(p.Env) {
		found.Severity(check.Info)
	}
	if agreed := v.binding(b); agreed != nil {
		found.Help("write the id that was agreed for %s", b.Text())
		takeLocked(found, p, v, b, agreed)
		return
	}
	found.Help("run `%s` and paste the id, or let `bindery apply` create one", p.Env.Command(place.list))
}
