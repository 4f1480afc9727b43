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
		for _, u := range unevenIn(p, envs) {
			if len(u.envs) == len(envs) {
				reportTop(p, u)
			} else {
				reportUneven(p, u, envs)
			}
		}
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
// Variables do not count: what one environment has there, another may have as a secret. Of more than a few such groups
// the first ones will do: each environment is meant to be another.
func unevenIn(p *check.Pass, envs []*wrangler.Environment) []*uneven {
	if len(envs) == 0 {
		return nil
	}
	having := havingNames(envs)
	ignored, needless := saidElsewhere(p), needlessIn(p)
	var all []*uneven
	for _, env := range envs {
		for _, g := range missing(env, p.Config.Top) {
			for i, name := range g.names {
				if g.words == "vars" || ignored[name] || needless(env, name) {
					continue
				}
				ignored[name] = true // from now on
				at := slices.IndexFunc(all, func(u *uneven) bool { return slices.Equal(u.envs, having[name]) })
				if at < 0 && len(all) <= shownPlaces {
					at = len(all)
					all = append(all, &uneven{envs: having[name]})
				}
				if at >= 0 {
					all[at].add(g.words, name, g.places[i])
				}
			}
		}
	}
	return all
}

// havingNames tells for each name which environments give it to code, in file order.
func havingNames(envs []*wrangler.Environment) map[string][]*wrangler.Environment {
	having := map[string][]*wrangler.Environment{}
	for _, env := range envs {
		for _, n := range namesOf(env) {
			if had := having[n.text]; len(had) == 0 || had[len(had)-1] != env {
				having[n.text] = append(had, env)
			}
		}
	}
	return having
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

// saidElsewhere are the names of which binding-name-typo says that one was meant to be the other, and those that an
// environment's code uses in vain: binding-unbound says so.
func saidElsewhere(p *check.Pass) map[string]bool {
	names := map[string]bool{}
	for _, s := range slipsIn(p) {
		names[s.odd.text], names[s.usual.text] = true, true
	}
	if off(p, "binding-unbound") {
		return names
	}
	for _, env := range environments(p.Config) {
		for _, l := range lacks(p.Of(env)) {
			names[l.use.Name] = true
		}
	}
	return names
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
	if len(top.Bindings) == 0 || !p.Config.Pages && slices.ContainsFunc(u.envs, sameWorker) {
		return // of the second, env-same-worker says more
	}
	p.Of(top).Report(u.groups[0].places[0], "the top level lacks %s", list(u.groups, nil)).
		Label("bound here, %s", at(u.envs[0])).
		Help("repeat it at the top level: without --env, `wrangler dev` and `wrangler deploy` have none of it")
}
