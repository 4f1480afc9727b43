package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// critical-missing: bindery.toml says that the Worker is broken without a binding, and an environment does without it.
var criticalMissing = &check.Rule{
	ID:       "critical-missing",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "an environment lacks a binding that bindery.toml calls critical",
	Explain:  explain("critical-missing"),
	Config: func(p *check.Pass) {
		boundBy := map[string]*wrangler.Environment{}
		for _, env := range p.Config.Envs {
			for _, name := range boundNames(env) {
				if boundBy[name] == nil {
					boundBy[name] = env
				}
			}
		}
		top := boundNames(p.Config.Top)
		for _, env := range p.Config.Envs {
			var lacking []string
			here := boundNames(env)
			for _, name := range p.Settings().CriticalFor(env.Name) {
				// What the top level has, binding-not-inherited misses; what nothing has may be another file's.
				if boundBy[name] != nil && !slices.Contains(here, name) && !slices.Contains(top, name) {
					lacking = append(lacking, name)
				}
			}
			if len(lacking) > 0 {
				reportCritical(p.Of(env), lacking, boundBy)
			}
		}
	},
}

// boundNames lists the names that an environment binds; vars count.
func boundNames(env *wrangler.Environment) []string {
	var names []string
	for _, n := range namesOf(env) {
		if n.text != "" {
			names = append(names, n.text)
		}
	}
	return names
}

func reportCritical(p *check.Pass, lacking []string, boundBy map[string]*wrangler.Environment) {
	verb := "is"
	if len(lacking) > 1 {
		verb = "are"
	}
	found := p.Report(p.Env.NameAt, "%s lacks %s, which %s critical", the(p.Env), sentence(firstOf(lacking)), verb).
		Help("bind it under %s, with the resource of that environment", tablePath(p.Env))
	for _, name := range lacking[:min(shownPlaces, len(lacking))] {
		env := boundBy[name]
		for _, n := range namesOf(env) {
			if n.text == name {
				found.Note(n.at, "%s has it", the(env))
				break
			}
		}
	}
	s := p.Settings()
	if at, ok := criticalEntry(s, p.Env.Name, lacking[0]); ok {
		found.NoteIn(s.File, at, "called critical here")
	}
}

// criticalEntry finds where bindery.toml calls a binding critical for an environment.
func criticalEntry(s *settings.Settings, env, name string) (syntax.Span, bool) {
	list := s.File.Root.Get("environments", env, "critical")
	if list == nil {
		list = s.File.Root.Get("critical")
	}
	for _, item := range list.Items {
		if item.Str() == name {
			return item.Span, true
		}
	}
	return syntax.Span{}, false
}
