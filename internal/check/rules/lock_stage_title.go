package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// lock-stage-title: what was agreed for production is called a test, or the other way round. An id tells nobody so; the
// lock has the title that the account shows.
var lockStageTitle = &check.Rule{
	ID:       "lock-stage-title",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "production binds what is called a test in bindery.lock, or the other way round",
	Explain:  explain("lock-stage-title"),
	Over:     sharingRules,
	Environment: func(p *check.Pass) {
		v, ok := lockedView(p)
		if own := stageOf(p.Env); ok && own != unknownStage {
			if titled := titledOtherwise(p.Env, v, own); len(titled) > 0 {
				reportTitled(p, v, own, titled)
			}
		}
	},
}

// A titledBinding is a binding with what the lock says of it.
type titledBinding struct {
	binding *wrangler.Binding
	agreed  *lock.Binding
}

// at is the id, or the name for want of one.
func (t titledBinding) at() syntax.Span {
	if id := t.binding.Resource(); id != nil {
		return id.Span
	}
	return t.binding.Name.Span
}

func titledOtherwise(env *wrangler.Environment, v lockView, own stage) (all []titledBinding) {
	other := func(name string) bool {
		s := stageInResource(name, env.WorkerName())
		return s != unknownStage && s != own
	}
	for _, b := range env.Bindings {
		agreed := v.binding(b)
		if agreed == nil || !slices.Contains(lockedByID, b.Type) || !other(agreed.Title) {
			continue
		}
		changed := b.Resource() != nil && b.Resource().Str() != agreed.ID // lock-changed and others say so
		named := other(b.Field(nameKeys[b.Type]).Str())                   // resource-of-other-stage says so
		if !changed && !named {
			all = append(all, titledBinding{b, agreed})
		}
	}
	return all
}

func reportTitled(p *check.Pass, v lockView, own stage, titled []titledBinding) {
	var names []string
	for _, t := range titled {
		names = append(names, typeWords(t.binding.Type)+" "+t.agreed.Title)
	}
	owner, use := "production", "tests"
	if own == productionStage {
		owner, use = use, owner
	}
	found := p.Report(titled[0].at(), "%s uses what by its title is for %s: %s", the(p.Env), owner, sentence(firstOf(names))).
		NoteIn(v.file.Source, titled[0].agreed.At, "so the lock has it").
		Help("bind what is for %s; if it is, give it another title, and run `%s`", use, lockCommand(p.Env))
	if localOnly(p.Env) {
		found.Severity(check.Info)
	}
	for _, t := range titled[1:min(shownPlaces, len(titled))] {
		found.Note(t.at(), "and this %s", typeWords(t.binding.Type))
	}
}
