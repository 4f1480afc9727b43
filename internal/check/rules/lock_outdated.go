package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// lock-outdated: the configuration binds what nobody has agreed to, or the lock has what is not bound any more.
var lockOutdated = &check.Rule{
	ID:       "lock-outdated",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "bindery.lock has other bindings than the configuration",
	Explain:  explain("lock-outdated"),
	Config: func(p *check.Pass) {
		file := p.Project.LockFor(p.Config)
		if file.Source == nil {
			return
		}
		others := newExplainer(p)
		for _, env := range environments(p.Config) {
			if slices.ContainsFunc(others.torn, func(s tear) bool { return s.odd == env }) {
				continue // environment-name-typo: a part of another one
			}
			of := p.Of(env)
			v, _ := lockedView(of)
			switch added := addedTo(env, v); {
			case v.agreed == nil && len(added) > 0:
				of.Report(placeOf(env), "the lock does not have %s", the(env)).Severity(check.Info).
					Help("`%s` writes down which account and which resources are its", lockCommand(env))
			case v.agreed != nil:
				gone, explained := goneFrom(of, v.agreed, others)
				if added = slices.DeleteFunc(added, explained); len(added)+len(gone) > 0 {
					reportOutdated(of, v, added, gone)
				}
			}
		}
		judgeLockedNames(p, file)
	},
}

// addedTo lists the bindings of an environment to a resource that the lock should have, and has not under their name. Of
// an id that the lock knows nowhere, or in another account, other rules speak; what has none yet is not agreed to.
func addedTo(env *wrangler.Environment, v lockView) (added []*wrangler.Binding) {
	known := identified(env)
	for _, b := range env.Bindings {
		isNew := b.Text() != "" && v.binding(b) == nil
		switch _, foreign := v.elsewhere(b); {
		case !isNew, localOnly(env):
		case slices.Contains(lockedByID, b.Type):
			if slices.Contains(known, b) && !foreign && (v.agreed == nil || len(v.holders(b)) > 0) {
				added = append(added, b)
			}
		case slices.Contains(lockedByName, b.Type) && b.Resource().Str() != "", b.Type == wrangler.DurableObject:
			added = append(added, b)
		}
	}
	return added
}

// goneFrom lists what the lock has and the environment does not bind, unless another rule says that it lacks it. Each that
// one speaks of may be bound under a wrong name: explained is true of as many bindings, of its type, and only once for each.
func goneFrom(p *check.Pass, agreed *lock.Environment, others *explainer) (gone []lock.Binding, explained func(*wrangler.Binding) bool) {
	lacking := map[string]int{} // by type
	for _, b := range agreed.Bindings {
		switch {
		case slices.ContainsFunc(p.Env.Bindings, func(own *wrangler.Binding) bool { return own.Text() == b.Name }):
		case missed(p, b.Name, others):
			lacking[b.Type]++
		default:
			gone = append(gone, b)
		}
	}
	return gone, func(b *wrangler.Binding) bool {
		lacking[string(b.Type)]--
		return lacking[string(b.Type)] >= 0
	}
}

// missed says whether another rule reports that an environment has no binding of this name.
func missed(p *check.Pass, name string, others *explainer) bool {
	code := p.Project.Code(p.Env)
	return slices.ContainsFunc(namesOf(p.Config.Top), func(n codeName) bool { return n.text == name }) && !off(p, "binding-not-inherited") ||
		slices.ContainsFunc(others.typos, func(s slip) bool { return s.tells(name, p.Env) }) ||
		slices.ContainsFunc(others.torn, func(s tear) bool { return s.holds(p.Env, name) }) ||
		len(others.twice[name]) > 0 ||
		code != nil && code.Mentions(name) && !off(p, "binding-unbound") ||
		slices.Contains(p.Settings().CriticalFor(p.Env.Name), name) && !off(p, "critical-missing")
}

func reportOutdated(p *check.Pass, v lockView, added []*wrangler.Binding, gone []lock.Binding) {
	var said, names []string
	for _, b := range added {
		names = append(names, typeWords(b.Type)+" "+b.Text())
	}
	if len(names) > 0 {
		said = append(said, fmt.Sprintf("the lock does not have %s of %s", sentence(firstOf(names)), the(p.Env)))
	}
	names = nil
	for _, b := range gone {
		names = append(names, typeWords(wrangler.Type(b.Type))+" "+b.Name)
	}
	if len(names) > 0 {
		said = append(said, fmt.Sprintf("%s of the lock is not bound %s", sentence(firstOf(names)), at(p.Env)))
	}
	found := p.Report(placeOf(p.Env), "%s", strings.Join(said, ", and ")).
		Help("`%s` asks the account, and writes down what is bound", lockCommand(p.Env))
	for _, b := range added[:min(shownPlaces, len(added))] {
		found.Note(b.Name.Span, "not in the lock")
	}
	for _, b := range gone[:min(shownPlaces, len(gone))] {
		found.NoteIn(v.file.Source, b.At, "%s is in the lock alone", b.Name)
	}
}

// judgeLockedNames looks at the lock's environments: does its configuration, or another one that shares it, declare each?
func judgeLockedNames(p *check.Pass, file *lock.File) {
	declared := map[string]bool{}
	for _, c := range p.Project.Configs {
		if p.Project.LockFor(c).Source != file.Source {
			continue
		}
		if len(declared) == 0 && c != p.Config {
			return // said of the first
		}
		for _, env := range environments(c) {
			declared[env.Name] = true
		}
	}
	for _, e := range file.Environments {
		if !declared[e.Name] {
			p.ReportIn(file.Source, e.At, "the lock has env %q, which no configuration declares", e.Name).
				Help("`bindery lock` without --env leaves it out")
		}
	}
}
