package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// route-inherited: an environment for tests is deployed to the routes of the top level,
// which one Worker can have at a time; or the route of any environment loses to them.
var routeInherited = &check.Rule{
	ID:       "route-inherited",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "an environment is deployed to the routes of the top level",
	Explain:  explain("route-inherited"),
	Seen:     check.Prevalence{Files: 5, Projects: 5},
	Config: func(p *check.Pass) {
		if p.Config.Pages {
			return
		}
		judgeHeirsOfRoutes(p)
		judgeLostRoutes(p)
	},
}

func judgeHeirsOfRoutes(p *check.Pass) {
	key := "routes"
	if p.Config.Top.Value(key) == nil {
		key = "route"
	}
	routes := p.Config.Top.Node.Field(key)
	if !filled(routes) && (routes == nil || routes.Value.Str() == "") {
		return
	}
	if envs := heirs(p.Config, "routes", "route"); len(envs) > 0 {
		reportHeirs(p, envs, routes, "the "+key+" of the top level").
			Label("one Worker at a time can be here").
			Help("say under %s which are its own; routes = [] is none, and leaves it on workers.dev", environmentTables(envs, ""))
	}
}

// judgeLostRoutes reports a route beside inherited routes: a deploy looks at route only where there are no routes.
func judgeLostRoutes(p *check.Pass) {
	inherited := p.Config.Top.Node.Field("routes")
	if inherited == nil || inherited.Value.Is(syntax.Null) {
		return
	}
	for _, env := range p.Config.Envs {
		route := env.Node.Field("route")
		if env.Value("routes") != inherited.Value || route == nil || route.Value != env.Value("route") {
			continue
		}
		p.Of(env).Report(route.NameAt, "the route of %s has no effect: it inherits routes, which come first", the(env)).
			Note(inherited.NameAt, "%s is deployed to these", the(env)).
			Help("write routes = [ … ] under %s instead", tablePath(env))
	}
}
