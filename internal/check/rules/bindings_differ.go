package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// bindings-differ: a name is bound in some environments and not in others, nor at the top level, while the code is
// the same everywhere. What the top level has and an environment lacks is binding-not-inherited's.
var bindingsDiffer = &check.Rule{
	ID:       "bindings-differ",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "a name is bound in some environments only",
	Explain:  explain("bindings-differ"),
	Seen:     check.Prevalence{Files: 21, Projects: 18},
	Config: func(p *check.Pass) {
		envs := siblings(p.Config)
		everywhere := &uneven{envs: envs}
		for _, u := range unevenIn(p.Config, envs) {
			if len(u.envs) == len(envs) {
				everywhere = u
			} else {
				reportUneven(p, u, envs)
			}
		}
		reportTop(p, everywhere)
	},
}

// siblings lists the environments that run the same code for different stages. Others may be Workers of
// their own that share a file, and bind what they like.
func siblings(c *wrangler.Config) []*wrangler.Environment {
	var all []*wrangler.Environment
	for _, env := range c.Envs {
		if stageOf(env) != unknownStage && env.Main.Str() == c.Top.Main.Str() {
			all = append(all, env)
		}
	}
	return all
}

// An uneven is what some environments bind and the top level does not.
type uneven struct {
	envs   []*wrangler.Environment
	groups []*missingGroup // places are in the first of envs
}

// unevenIn collects the bindings that the top level lacks by the environments that have them, in order of appearance.
// Variables do not count: what one environment has there, another may have as a secret.
func unevenIn(c *wrangler.Config, envs []*wrangler.Environment) []*uneven {
	typos := misspeltNames(c)
	var all []*uneven
	seen := map[string]bool{}
	for _, env := range envs {
		for _, g := range missing(env, c.Top) {
			for i, name := range g.names {
				if g.words == "vars" || seen[name] || typos[name] {
					continue
				}
				seen[name] = true
				with := slices.DeleteFunc(slices.Clone(envs), func(e *wrangler.Environment) bool { return !hasName(e, name) })
				at := slices.IndexFunc(all, func(u *uneven) bool { return slices.Equal(u.envs, with) })
				if at < 0 {
					at = len(all)
					all = append(all, &uneven{envs: with})
				}
				all[at].add(g.words, name, g.places[i])
			}
		}
	}
	return all
}

func (u *uneven) add(words, name string, at syntax.Span) {
	i := slices.IndexFunc(u.groups, func(g *missingGroup) bool { return g.words == words })
	if i < 0 {
		i = len(u.groups)
		u.groups = append(u.groups, &missingGroup{words: words})
	}
	u.groups[i].names = append(u.groups[i].names, name)
	u.groups[i].places = append(u.groups[i].places, at)
}

// misspeltNames are those of which binding-name-typo says that one was meant to be the other.
func misspeltNames(c *wrangler.Config) map[string]bool {
	names := map[string]bool{}
	spelt := spellingsIn(c)
	for i, odd := range spelt {
		if usual := odd.usual(spelt[:i], spelt[i+1:]); usual != nil {
			names[odd.text], names[usual.text] = true, true
		}
	}
	return names
}

func hasName(env *wrangler.Environment, name string) bool {
	return slices.ContainsFunc(namesOf(env), func(n codeName) bool { return n.text == name })
}

func reportUneven(p *check.Pass, u *uneven, envs []*wrangler.Environment) {
	var with, without []string
	var lacking []*wrangler.Environment
	for _, env := range envs {
		if slices.Contains(u.envs, env) {
			with = append(with, the(env))
		} else {
			without = append(without, the(env))
			lacking = append(lacking, env)
		}
	}
	verb := "has"
	if len(with) > 1 {
		verb = "have"
	}
	found := p.Of(u.envs[0]).Report(u.groups[0].places[0], "only %s %s %s", sentence(firstOf(with)), verb, list(u.groups, nil)).
		Label("code finds nothing under this name in %s", sentence(firstOf(without))).
		Help("give it to every environment, or let code ask first whether it is there").
		Also(append(lacking, u.envs[1:]...)...)
	for _, env := range lacking[:min(shownPlaces, len(lacking))] {
		found.Note(env.NameAt, "%s lacks it", the(env))
	}
}

// reportTop reports what every environment has and the top level lacks. Not where that binds nothing at all: it is
// meant to be left alone then, and wrangler dev tells at once.
func reportTop(p *check.Pass, u *uneven) {
	top := p.Config.Top
	sameWorker := func(env *wrangler.Environment) bool { return env.WorkerName() == top.WorkerName() }
	switch {
	case len(u.groups) == 0, len(top.Bindings) == 0,
		!p.Config.Pages && slices.ContainsFunc(u.envs, sameWorker): // env-same-worker says more
		return
	}
	p.Of(top).Report(u.groups[0].places[0], "the top level lacks %s", list(u.groups, nil)).
		Label("bound here, %s", at(u.envs[0])).
		Help("repeat it at the top level: without --env, `wrangler dev` and `wrangler deploy` have none of it")
}
