package rules

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// route-shared: two environments, each a Worker of its own, are written to be deployed to one route, and only
// one Worker can have it.
var routeShared = &check.Rule{
	ID:       "route-shared",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "two environments claim one route",
	Explain:  explain("route-shared"),
	Seen:     check.Prevalence{Files: 3, Projects: 3},
	Config: func(p *check.Pass) {
		if p.Config.Pages {
			return
		}
		first := map[string]claimedRoute{}
		for _, env := range environments(p.Config) {
			var lost []claimedRoute
			for _, r := range ownRoutes(env) {
				switch earlier, taken := first[r.pattern]; {
				case !taken:
					first[r.pattern] = r
				case earlier.env != env && earlier.env.WorkerName() != env.WorkerName():
					lost = append(lost, r)
				}
			}
			if len(lost) > 0 {
				reportSharedRoutes(p.Of(env), lost, first)
			}
		}
	},
}

// A claimedRoute is a route that an environment names for itself.
type claimedRoute struct {
	pattern string // as Cloudflare compares it: without a scheme, the host in lower case
	at      syntax.Span
	env     *wrangler.Environment
}

// ownRoutes lists the routes of an environment. What it inherits is route-inherited's.
func ownRoutes(env *wrangler.Environment) []claimedRoute {
	var all []claimedRoute
	add := func(n *syntax.Node) {
		if n.Is(syntax.Table) {
			n = n.Get("pattern")
		}
		if pattern := routePattern(n.Str()); pattern != "" {
			all = append(all, claimedRoute{pattern, n.Span, env})
		}
	}
	add(env.Node.Get("route"))
	if routes := env.Node.Get("routes"); routes.Is(syntax.Array) {
		for _, route := range routes.Items {
			add(route)
		}
	}
	return all
}

func routePattern(text string) string {
	_, rest, hasScheme := strings.Cut(text, "://")
	if !hasScheme {
		rest = text
	}
	host, path, hasPath := strings.Cut(rest, "/")
	if hasPath {
		return strings.ToLower(host) + "/" + path
	}
	return strings.ToLower(host)
}

// reportSharedRoutes says once for an environment which of its routes others claim, too.
func reportSharedRoutes(p *check.Pass, lost []claimedRoute, first map[string]claimedRoute) {
	var patterns []string
	var others []*wrangler.Environment
	for _, r := range lost {
		patterns = append(patterns, clip(r.pattern))
		if other := first[r.pattern].env; !slices.Contains(others, other) {
			others = append(others, other)
		}
	}
	names := []string{the(p.Env)}
	for _, other := range others {
		names = append(names, the(other))
	}
	noun := "the route"
	if len(patterns) > 1 {
		noun = "the routes"
	}
	found := p.Report(lost[0].at, "%s claim %s %s", sentence(firstOf(names)), noun, sentence(firstOf(patterns))).
		Label("one Worker at a time can be here").
		Help("give each environment its own routes; for none, write routes = [] under %s", tablePath(p.Env)).
		Also(others...)
	for _, r := range lost[:min(shownPlaces, len(lost))] {
		earlier := first[r.pattern]
		found.Note(earlier.at, "claimed %s, too", at(earlier.env))
	}
}
