package rules

import (
	"maps"
	"slices"
	"sync"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// binding-unused: no code mentions a binding. It is said only where everything that the
// code does with env was understood, and the name stands nowhere in it.
var bindingUnused = &check.Rule{
	ID:       "binding-unused",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "no code uses a binding",
	Explain:  explain("binding-unused"),
	Config: func(p *check.Pass) {
		renamed := slices.Collect(maps.Values(renamedIn(p))) // of which the rule speaks that tells what is lacking
		for _, u := range unusedIn(p) {
			if slices.Contains(renamed, u.binding) {
				continue
			}
			env, name := u.binders[0], u.binding.Text()
			entry, _ := entryOf(env)
			p.Of(env).Report(u.binding.Name.Span, "%s binding %q is not used by the code", typeWords(u.binding.Type), name).
				Label("%s does not mention it", entry).
				Help("remove it where nothing else needs it, or use env.%s", name).
				Also(u.binders...)
		}
	},
}

// An unusedBinding is the first of its name in a file, with all environments that have one.
type unusedBinding struct {
	binding *wrangler.Binding
	binders []*wrangler.Environment
}

// unusedIn lists the bindings of a file that no code uses, each name once.
func unusedIn(p *check.Pass) []unusedBinding {
	return check.Fact(p, "unused bindings", func() []unusedBinding { return findUnused(p) })
}

func findUnused(p *check.Pass) (all []unusedBinding) {
	judged, binders := map[string]bool{}, bindersIn(p.Config)
	for _, s := range typosIn(p) {
		judged[s.odd.text] = true // nothing uses it because it is misspelt
	}
	for _, env := range environments(p.Config) {
		for _, b := range env.Bindings {
			name := b.Text()
			if judged[name] || !identifier.MatchString(name) || !forCode(b) { // of another name binding-name-invalid speaks
				continue
			}
			judged[name] = true
			if unused(p, name, binders[name]) {
				all = append(all, unusedBinding{b, binders[name]})
			}
		}
	}
	return all
}

// forCode says whether a binding does nothing unless code uses it. An object or workflow of this Worker is made by being bound, and a
// log forwarder is the runtime's.
func forCode(b *wrangler.Binding) bool {
	switch b.Type {
	case wrangler.DurableObject, wrangler.Workflow:
		return b.Field("script_name") != nil
	case wrangler.LogForwarder, wrangler.Unsafe, wrangler.Assets, wrangler.WorkerLoader:
		return false
	}
	return true
}

// unused says whether none of the environments that bind a name has code in which it stands, or uses one that is probably
// the same, misspelt: binding-unbound says so.
func unused(p *check.Pass, name string, binders []*wrangler.Environment) bool {
	for _, env := range binders {
		if !unmentioned(p, env, name) {
			return false
		}
		for _, l := range lacks(p.Of(env)) {
			if near, ok := nearestBinding(env, l.use.Name); ok && near == name {
				return false
			}
		}
	}
	return true
}

// bindersIn lists for each name the environments with a binding of it.
func bindersIn(c *wrangler.Config) map[string][]*wrangler.Environment {
	binders := map[string][]*wrangler.Environment{}
	for _, env := range environments(c) {
		for _, b := range env.Bindings {
			name := b.Text()
			if had := binders[name]; len(had) == 0 || had[len(had)-1] != env {
				binders[name] = append(had, env)
			}
		}
	}
	return binders
}

// unmentioned says that an environment's code was understood, and that a name does not stand in it.
func unmentioned(p *check.Pass, env *wrangler.Environment, name string) bool {
	code := p.Project.Code(env)
	return code != nil && code.Module && code.Unsure == "" && !code.Mentions(name)
}

// needlessIn returns a func that says whether an environment can do without a binding that others of its file have: no code uses
// it, which binding-unused says.
func needlessIn(p *check.Pass) func(env *wrangler.Environment, name string) bool {
	binders := sync.OnceValue(func() map[string][]*wrangler.Environment { return bindersIn(p.Config) })
	judged := map[string]bool{}
	return func(env *wrangler.Environment, name string) bool {
		if !unmentioned(p, env, name) {
			return false
		}
		verdict, known := judged[name]
		if by := binders()[name]; !known && len(by) > 0 {
			i := slices.IndexFunc(by[0].Bindings, func(b *wrangler.Binding) bool { return b.Text() == name })
			verdict = forCode(by[0].Bindings[i]) && unused(p, name, by)
			judged[name] = verdict
		}
		return verdict
	}
}
