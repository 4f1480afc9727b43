package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// kv-id-shared: two bindings of one environment name the same namespace, so what is
// written through one is seen, overwritten and deleted through the other.
var kvIDShared = &check.Rule{
	ID:       "kv-id-shared",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "one KV namespace under two bindings",
	Explain:  explain("kv-id-shared"),
	Unparsed: true,
	Environment: func(p *check.Pass) {
		byID := map[string][]*wrangler.Binding{}
		for _, b := range p.Env.Of(wrangler.KVNamespace) {
			id := b.Resource()
			if b.Text() == "" || formOf(id.Str(), hexShape, b.Text()) != genuine {
				continue // id-invalid reports each of them
			}
			byID[id.Text] = append(byID[id.Text], b)
		}
		for _, b := range p.Env.Of(wrangler.KVNamespace) {
			if same := byID[b.Resource().Str()]; len(same) > 1 && same[1] == b {
				reportShared(p, same)
			}
		}
	},
}

// reportShared reports a group once, at its second binding.
func reportShared(p *check.Pass, same []*wrangler.Binding) {
	first, second, rest := same[0], same[1], same[2:]
	found := p.Report(second.Resource().Span, "KV bindings %s %s share one namespace", sentence(firstOf(quoted(same))), at(p.Env)).
		Label("bound again, as %s", second.Text()).
		Note(first.Resource().Span, "first bound as %s", first.Text()).
		Help("what one deletes, the other loses; give it its own: `%s`", p.Env.Command("wrangler kv namespace create "+second.Text()))
	for _, b := range rest[:min(shownPlaces, len(rest))] {
		found.Note(b.Resource().Span, "and as %s", b.Text())
	}
}
