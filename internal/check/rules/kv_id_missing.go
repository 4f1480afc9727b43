package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// kv-id-missing: a KV binding without an id is deployed with whatever namespace the
// Worker had, or else with a new, empty one.
var kvIDMissing = &check.Rule{
	ID:       "kv-id-missing",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "a KV binding has no id",
	Explain:  explain("kv-id-missing"),
	Seen:     check.Prevalence{Files: 2, Projects: 2},
	Environment: func(p *check.Pass) {
		problems := problemsOf(p.Env)
		unknown := func(f *syntax.Field) bool { _, is := problems[f.NameAt]; return is } // it may be meant for id, or the entry for another section: config says so
		for _, b := range p.Env.Of(wrangler.KVNamespace) {
			if b.Name == nil || b.Field("id") != nil || slices.ContainsFunc(b.Node.Fields, unknown) {
				continue
			}
			p.Report(b.Name.Span, "KV binding %q %s has no id", b.Text(), at(p.Env)).
				Label("a first deploy creates an empty namespace for it").
				Help("if it is to be a namespace that exists, paste its id: `%s`", p.Env.Command("wrangler kv namespace list"))
		}
	},
}
