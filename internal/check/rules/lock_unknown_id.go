package rules

import "github.com/bindery-dev/bindery/internal/check"

// lock-unknown-id: an id that was agreed for nothing, so that nobody knows in whose account it is.
var lockUnknownID = &check.Rule{
	ID:       "lock-unknown-id",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "bindery.lock does not know an id",
	Explain:  explain("lock-unknown-id"),
	Environment: func(p *check.Pass) {
		v, ok := lockedView(p)
		if !ok || v.agreed == nil {
			return
		}
		for _, b := range identified(p.Env) {
			if v.binding(b) != nil || len(v.holders(b)) > 0 {
				continue
			}
			found := p.Report(b.Resource().Span, "the lock does not know the id of %s %q %s", typeWords(b.Type), b.Text(), at(p.Env)).
				Label("in whose account is it?").
				Help("`%s` asks %s, and writes it down", lockCommand(p.Env), v.account)
			if localOnly(p.Env) {
				found.Severity(check.Info)
			}
		}
	},
}
