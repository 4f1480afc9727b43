package wrangler

import (
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// workflows also must not share a name.
func workflows(r *report, path string, n *syntax.Node) {
	list(workflow)(r, path, n)
	first := map[string]bool{}
	for _, entry := range items(n) {
		name := entry.Get("name")
		if name.Str() == "" {
			continue
		}
		if first[name.Text] {
			r.refuse(name.Span, "two workflows are called %q", name.Text)
		}
		first[name.Text] = true
	}
}

var (
	workflow = binding(append(workflowSettings,
		need("name", workflowName), need("class_name", text), may("script_name", text))...)

	workflowName = matching(pattern.New(`^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}$`),
		"1 to 64 letters, digits, - and _, and no - in front")

	// workflowSettings may stand in a binding of a workflow, and in an export of one.
	workflowSettings = []field{
		may("limits", table(may("steps", workflowSteps))),
		may("concurrency", table(may("limit", positive))),
		may("schedules", either("a string or an array of strings", map[syntax.Kind]shape{
			syntax.String: nonEmpty, syntax.Array: both(notEmptyList, list(nonEmpty)),
		})),
		may("default_retention", table(may("success_retention", retention), may("error_retention", retention))),
		may("jurisdiction", choice("eu", "fedramp", "us")),
	}

	// retention is a number of milliseconds, or words like "3 days".
	retention = either("a positive whole number or a string", map[syntax.Kind]shape{
		syntax.String: nonEmpty, syntax.Integer: positive, syntax.Float: positive,
	})
)

// maxWorkflowSteps is what production allows; wrangler only warns above it.
const maxWorkflowSteps = 25_000

func workflowSteps(r *report, path string, n *syntax.Node) {
	positive(r, path, n)
	if n.Number > maxWorkflowSteps {
		r.warn(n.Span, "%q is over the %d that production allows", path, maxWorkflowSteps)
	}
}
