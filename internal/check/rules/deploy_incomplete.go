package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// deploy-incomplete: wrangler deploy stops for want of a name, a compatibility date
// or an entry point, unless its command line gives it.
var deployIncomplete = &check.Rule{
	ID:       "deploy-incomplete",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "name, compatibility date or entry point is missing, so that a deploy stops",
	Explain:  explain("deploy-incomplete"),
	Config: func(p *check.Pass) {
		top := p.Config.Top
		lacking := lackingToDeploy(top)
		if len(lacking) > 0 && swallows(top, "compatibility_date", "main", "assets") {
			return // it is there, in the wrong table: key-in-wrong-table says so
		}
		if len(lacking) == 0 || p.Config.Pages || localOnly(top) || onlyEnvironmentsDeploy(p.Config) {
			return // an environment lacks nothing that the top level has: all three are inherited
		}
		if other := beside(p, p.Config); other != nil && len(lackingToDeploy(other.Top)) == 0 {
			return // it stands in the file beside this one, of which wrangler reads the first
		}
		found := p.Of(top).Report(firstKey(p.Config), "the top level lacks %s", sentence(lacking)).
			Help("`%s` stops, unless its command line gives what is missing; write it at the top of the file", top.Command("wrangler deploy"))
		for _, env := range p.Config.Envs {
			switch still := lackingToDeploy(env); {
			case len(still) == len(lacking):
				found.Also(env)
			case len(still) > 0:
				found.Also(env).Note(env.NameAt, "%s lacks %s", the(env), sentence(still))
			}
		}
	},
}

// lackingToDeploy lists without what wrangler deploy stops. What is there and misspelt is config's matter.
func lackingToDeploy(env *wrangler.Environment) []string {
	var lacking []string
	if env.WorkerName() == "" && !misspells(env.Config.Top, "name") {
		lacking = append(lacking, "a name")
	}
	if env.CompatibilityDate == nil && !misspells(env.Config.Top, "compatibility_date") {
		lacking = append(lacking, "compatibility_date")
	}
	if env.Main == nil && env.Value("assets") == nil && env.Value("site") == nil && !misspells(env.Config.Top, "main", "assets") {
		lacking = append(lacking, "an entry point (main or assets)")
	}
	return lacking
}

// misspells says whether an environment has a key that should read as one of names.
func misspells(env *wrangler.Environment, names ...string) bool {
	problems := env.Problems
	if env == env.Config.Top {
		problems = env.Config.Problems
	}
	return slices.ContainsFunc(problems, func(p wrangler.Problem) bool {
		return slices.Contains(names, p.Repair.Rename) &&
			slices.ContainsFunc(env.Node.Fields, func(f *syntax.Field) bool { return f.NameAt == p.Span })
	})
}

// onlyEnvironmentsDeploy says that every environment of a file is complete: what is incomplete
// above them holds what they have in common.
func onlyEnvironmentsDeploy(c *wrangler.Config) bool {
	incomplete := func(env *wrangler.Environment) bool { return len(lackingToDeploy(env)) > 0 }
	return len(c.Envs) > 0 && !slices.ContainsFunc(c.Envs, incomplete)
}

// firstKey is where a file begins to say something; zero if it says nothing.
func firstKey(c *wrangler.Config) syntax.Span {
	if len(c.File.Root.Fields) == 0 {
		return syntax.Span{}
	}
	return c.File.Root.Fields[0].NameAt
}
