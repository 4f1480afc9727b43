package rules

import (
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// misnamed lists what stands, in an environment's own table, under keys of which config says that they should read otherwise.
func misnamed(env *wrangler.Environment) []*syntax.Node {
	wrong := renamings(env)
	var values []*syntax.Node
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		for _, item := range n.Items {
			walk(item)
		}
		for _, f := range n.Fields {
			switch {
			case wrong[f.NameAt] != "":
				values = append(values, f.Value)
			case f.Name != "env":
				walk(f.Value)
			}
		}
	}
	if len(wrong) > 0 && env.Node != nil {
		walk(env.Node)
	}
	return values
}

// renamings are the right spellings of misspelt keys, by where these stand.
func renamings(env *wrangler.Environment) map[syntax.Span]string {
	right := map[syntax.Span]string{}
	for at, problem := range problemsOf(env) {
		if problem.Repair.Rename != "" {
			right[at] = problem.Repair.Rename
		}
	}
	return right
}

// problemsOf are those of an environment's own table, by place.
func problemsOf(env *wrangler.Environment) map[syntax.Span]*wrangler.Problem {
	all := make(map[syntax.Span]*wrangler.Problem, len(env.Problems))
	add := func(problems []wrangler.Problem) {
		for i := range problems {
			all[problems[i].Span] = &problems[i]
		}
	}
	add(env.Problems)
	if env == env.Config.Top {
		add(env.Config.Problems)
	}
	return all
}

// astray lists the tables at the top of a file that are meant for an environment: [production.vars], [envs.production]. config
// says how they are written.
func astray(env *wrangler.Environment) []*syntax.Node {
	if env.Name == "" {
		return nil
	}
	var tables []*syntax.Node
	root := env.Config.File.Root
	for _, path := range [][]string{{env.Name}, {"envs", env.Name}, {"environment", env.Name}, {"environments", env.Name}} {
		if n := root.Get(path...); n.Is(syntax.Table) && !wrangler.IsKey(path[0]) {
			tables = append(tables, n)
		}
	}
	return tables
}

// addNames adds the names that a value gives to bindings, if it is one or a section of them.
func addNames(names map[string]bool, value *syntax.Node) {
	names[value.Str()] = true
	for _, item := range value.Items {
		addNames(names, item)
	}
	for _, f := range value.Fields {
		addNames(names, f.Value)
	}
}
