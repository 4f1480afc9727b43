package rules

import (
	"slices"

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
	problems := env.Problems
	if env == env.Config.Top {
		problems = slices.Concat(env.Config.Problems, problems)
	}
	for _, problem := range problems {
		if problem.Repair.Rename != "" {
			right[problem.Span] = problem.Repair.Rename
		}
	}
	return right
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
