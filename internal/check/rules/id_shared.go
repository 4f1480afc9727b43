package rules

import (
	"slices"

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
	Seen:     check.Prevalence{Files: 7, Projects: 4},
	Environment: func(p *check.Pass) {
		for _, same := range sharedIn(p.Env, wrangler.KVNamespace, hexShape) {
			reportShared(p, same, "KV", "namespace").
				Help("what one deletes, the other loses; give it its own: `%s`", p.Env.Command("wrangler kv namespace create "+same[1].Text()))
		}
	},
}

// d1-id-shared: the same for D1. Tables keep two users of one database apart, so an
// alias is worth a look only; two names for one id are a copied block.
var d1IDShared = &check.Rule{
	ID:       "d1-id-shared",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "one D1 database under two bindings",
	Explain:  explain("d1-id-shared"),
	Environment: func(p *check.Pass) {
		for _, same := range sharedIn(p.Env, wrangler.D1, uuidShape) {
			found := reportShared(p, same, "D1", "database").Help("fine as an alias; if not: `%s`", p.Env.Command("wrangler d1 list"))
			if names := databaseNames(same); len(names) > 1 {
				found.Severity(check.Warning).
					Help("the id decides, and database_name says %s: paste the id that belongs to each, `%s`",
						sentence(firstOf(names)), p.Env.Command("wrangler d1 list"))
			}
		}
	},
}

// sharedIn lists the groups of bindings that have one id in an environment.
func sharedIn(env *wrangler.Environment, t wrangler.Type, shape idShape) [][]*wrangler.Binding {
	byID := map[string][]*wrangler.Binding{}
	var ids []string // in the order of their second bindings
	for _, b := range env.Of(t) {
		id := b.Resource()
		if b.Text() == "" || !shape.isGenuine(id.Str()) {
			continue // id-invalid reports each of them
		}
		if slices.ContainsFunc(byID[id.Text], func(other *wrangler.Binding) bool { return other.Text() == b.Text() }) {
			continue // one binding, twice: wrangler refuses it
		}
		byID[id.Text] = append(byID[id.Text], b)
		if len(byID[id.Text]) == 2 {
			ids = append(ids, id.Text)
		}
	}
	var groups [][]*wrangler.Binding
	for _, id := range ids {
		groups = append(groups, byID[id])
	}
	return groups
}

// databaseNames lists the names that stand beside one id, each once.
func databaseNames(same []*wrangler.Binding) []string {
	var names []string
	for _, b := range same {
		if name := b.Field("database_name").Str(); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// reportShared reports a group once, at its second binding.
func reportShared(p *check.Pass, same []*wrangler.Binding, words, noun string) *check.Draft {
	first, second, rest := same[0], same[1], same[2:]
	found := p.Report(second.Resource().Span, "%s bindings %s %s share one %s", words, sentence(firstOf(quoted(same))), at(p.Env), noun).
		Label("bound again, as %s", second.Text()).
		Note(first.Resource().Span, "first bound as %s", first.Text())
	for _, b := range rest[:min(shownPlaces, len(rest))] {
		found.Note(b.Resource().Span, "and as %s", b.Text())
	}
	return found
}
