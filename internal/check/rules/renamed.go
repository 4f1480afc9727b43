package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// renamedIn pairs, in a file, names that the code uses and an environment lacks with bindings there that no code uses: one
// of the two was renamed, and the other was not. By the name that the code uses.
func renamedIn(p *check.Pass) map[string]*wrangler.Binding {
	return check.Fact(p, "renamed bindings", func() map[string]*wrangler.Binding { return findRenamed(p) })
}

func findRenamed(p *check.Pass) map[string]*wrangler.Binding {
	renamed := map[string]*wrangler.Binding{}
	if off(p, "binding-unbound") || off(p, "binding-not-inherited") || off(p, "binding-unused") {
		return renamed
	}
	for _, u := range unusedIn(p) {
		for _, name := range wantedIn(p.Of(u.binders[0]), u.binding) {
			everywhere := !slices.ContainsFunc(u.binders[1:], func(env *wrangler.Environment) bool {
				return !slices.Contains(wantedIn(p.Of(env), u.binding), name)
			})
			if renamed[name] == nil && everywhere {
				renamed[name] = u.binding
				break
			}
		}
	}
	return renamed
}

// wantedIn lists the names that an environment's code uses, that the environment does not bind, and that may be a binding's
// of the same type.
func wantedIn(p *check.Pass, like *wrangler.Binding) (names []string) {
	for _, l := range lacks(p) {
		if l.elsewhere != nil && l.elsewhere.Type == like.Type ||
			l.elsewhere == nil && slices.Contains(methodsOf[like.Type], l.use.Method) {
			names = append(names, l.use.Name)
		}
	}
	code := p.Project.Code(p.Env)
	if code == nil || p.Env == p.Config.Top {
		return names
	}
	bound := boundNames(p.Env)
	for _, b := range p.Config.Top.Of(like.Type) {
		if name := b.Text(); !slices.Contains(bound, name) && code.Mentions(name) {
			names = append(names, name)
		}
	}
	return names
}

// methodsOf are the methods by which code uses what has a type of its own.
var methodsOf = map[wrangler.Type][]string{
	wrangler.KVNamespace:     {"get", "put", "list", "delete", "getWithMetadata"},
	wrangler.R2Bucket:        {"get", "put", "list", "delete", "head", "createMultipartUpload"},
	wrangler.D1:              {"prepare", "batch", "exec", "withSession"},
	wrangler.DurableObject:   {"idFromName", "idFromString", "newUniqueId", "getByName", "get"},
	wrangler.Queue:           {"send", "sendBatch"},
	wrangler.Service:         {"fetch", "connect"},
	wrangler.AnalyticsEngine: {"writeDataPoint"},
	wrangler.RateLimit:       {"limit"},
	wrangler.Vectorize:       {"query", "upsert", "insert", "getByIds", "deleteByIds"},
	wrangler.Workflow:        {"create", "createBatch", "get"},
	wrangler.AI:              {"run"},
	wrangler.Images:          {"input"},
}

// noteRenamed shows the bindings of an environment that may be what the code uses under another name.
func noteRenamed(found *check.Draft, env *wrangler.Environment, renamed map[string]*wrangler.Binding, names []string) {
	for _, name := range names {
		if own := renamedHere(env, renamed, name); own != nil {
			found.Note(own.Name.Span, "no code uses %s: is it %s, renamed in one of the two places?", own.Text(), name)
		}
	}
}

// renamedHere is the binding of an environment that may be what the code uses under a name; nil if there is none.
func renamedHere(env *wrangler.Environment, renamed map[string]*wrangler.Binding, name string) *wrangler.Binding {
	other := renamed[name]
	if other == nil {
		return nil
	}
	return boundAs(env, other.Type, other.Text())
}
