package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// env-same-worker: two environments deploy to one Worker, each with its own
// bindings. Whichever is deployed last replaces the other.
var envSameWorker = &check.Rule{
	ID:       "env-same-worker",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "two environments deploy to the same Worker with different bindings",
	Explain:  explain("env-same-worker"),
	Config: func(p *check.Pass) {
		if p.Config.Pages || p.Config.ServiceEnvironments() {
			return
		}
		unlike := map[string][]*wrangler.Environment{} // by Worker: those that are not like one before
		for _, env := range environments(p.Config) {
			if name := env.WorkerName(); name != "" && !judgeSameWorker(p.Of(env), unlike[name]) {
				unlike[name] = append(unlike[name], env)
			}
		}
	},
}

// judgeSameWorker reports the first of the earlier environments of a Worker from which this one
// differs, and returns whether it is like one of them.
func judgeSameWorker(p *check.Pass, earlier []*wrangler.Environment) (like bool) {
	for _, other := range earlier {
		if inTwoAccounts(p.Project, other, p.Env) {
			continue
		}
		if difference := differ(other, p.Env); difference != "" {
			reportSameWorker(p, other, difference)
			return false
		}
		like = true
	}
	return like
}

func reportSameWorker(p *check.Pass, other *wrangler.Environment, difference string) {
	found := p.Report(p.Env.Worker.Span, "%s deploys to the Worker %q of %s, with other %s",
		the(p.Env), p.Env.WorkerName(), the(other), difference).
		Note(other.Worker.Span, "the name %s", at(other)).
		Help("give the environment a Worker of its own: without name it is called %s-%s", other.WorkerName(), p.Env.Name)
	if other.Name == "" {
		found.Label("a deploy without --env replaces it")
	} else {
		found.Label("whichever is deployed last replaces the other").Also(other)
	}
}

// differ says in what two environments differ: "bindings", "vars", or "" for neither.
func differ(a, b *wrangler.Environment) string {
	noVars := func(g *missingGroup) bool { return g.words != "vars" }
	apart := append(missing(a, b), missing(b, a)...)
	switch {
	case len(differences(a, b)) > 0, slices.ContainsFunc(apart, noVars):
		return "bindings"
	case len(apart) > 0, slices.ContainsFunc(a.Vars, func(v wrangler.Var) bool { return otherValue(v, b) }):
		return "vars"
	}
	return ""
}

// otherValue says whether env gives the variable another value. Lists and tables are not compared.
func otherValue(v wrangler.Var, env *wrangler.Environment) bool {
	return slices.ContainsFunc(env.Vars, func(w wrangler.Var) bool { return w.Name == v.Name && w.Value.Text != v.Value.Text })
}

// inTwoAccounts says that two environments are known to live in different accounts.
func inTwoAccounts(p *check.Project, a, b *wrangler.Environment) bool {
	here, there := p.AccountOf(a), p.AccountOf(b)
	return here.ID != "" && there.ID != "" && here.ID != there.ID
}
