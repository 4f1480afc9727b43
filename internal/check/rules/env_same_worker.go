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
	Environment: func(p *check.Pass) {
		if p.Env.WorkerName() == "" || p.Config.Pages {
			return
		}
		for _, other := range environments(p.Config) {
			if other == p.Env {
				return // those that follow report it when their turn comes
			}
			if other.WorkerName() != p.Env.WorkerName() || inTwoAccounts(p.Project, other, p.Env) {
				continue
			}
			if difference := differ(other, p.Env); difference != "" {
				reportSameWorker(p, other, difference)
				return
			}
		}
	},
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
	onlyVars := func(g *missingGroup) bool { return g.words == "vars" }
	apart := append(missing(a, b), missing(b, a)...)
	switch {
	case len(differences(a, b)) > 0, len(apart) > 0 && !slices.ContainsFunc(apart, onlyVars):
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
