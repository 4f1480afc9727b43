package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// lock-changed: a binding leads to another resource than the one that was agreed, so that its Worker would see other data.
var lockChanged = &check.Rule{
	ID:       "lock-changed",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "a binding leads to another resource than bindery.lock says",
	Explain:  explain("lock-changed"),
	Over:     append([]string{"resource-of-other-stage"}, sharingRules...),
	Environment: func(p *check.Pass) {
		v, ok := lockedView(p)
		if !ok {
			return
		}
		for _, b := range identified(p.Env) {
			agreed := v.binding(b)
			if _, foreign := v.elsewhere(b); !foreign && agreed != nil && agreed.ID != "" && agreed.ID != b.Resource().Str() {
				reportChanged(p, v, b, agreed, agreed.ID+lockedTitle(agreed))
			}
		}
		for _, b := range p.Env.Bindings {
			if !slices.Contains(lockedByName, b.Type) {
				continue
			}
			if agreed := v.binding(b); agreed != nil && agreed.Title != "" && b.Resource().Str() != "" && agreed.Title != b.Resource().Str() {
				reportChanged(p, v, b, agreed, agreed.Title)
			}
		}
	},
}

func reportChanged(p *check.Pass, v lockView, b *wrangler.Binding, agreed *lock.Binding, was string) {
	found := p.Report(b.Resource().Span, "%s %q %s is not what the lock says: %s", typeWords(b.Type), b.Text(), at(p.Env), was).
		Label("changed without the lock").
		Help("if the change is meant, `%s` writes it down", lockCommand(p.Env))
	takeLocked(found, p, v, b, agreed)
	if localOnly(p.Env) {
		found.Severity(check.Info)
	}
}
