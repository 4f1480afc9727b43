package rules

import (
	"slices"

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
		said := map[string]bool{}
		for _, env := range environments(p.Config) {
			for _, b := range env.Bindings {
				name := b.Text()
				if said[name] || name == "" || !forCode(b) || !unused(p, name) {
					continue
				}
				said[name] = true
				entry, _ := entryOf(env)
				p.Of(env).Report(b.Name.Span, "%s binding %q is not used by the code", typeWords(b.Type), name).
					Label("%s does not mention it", entry).
					Help("remove it where nothing else needs it, or use env.%s", name).
					Also(bindersOf(p.Config, name)...)
			}
		}
	},
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

// unused says whether no environment that binds a name has code in which it stands, or uses one that is probably
// the same, misspelt: binding-unbound says so.
func unused(p *check.Pass, name string) bool {
	for _, env := range bindersOf(p.Config, name) {
		code := p.Project.Code(env)
		if code == nil || !code.Module || code.Unsure != "" || code.Mentions(name) {
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

// bindersOf lists the environments with a binding of this name.
func bindersOf(c *wrangler.Config, name string) []*wrangler.Environment {
	return slices.DeleteFunc(environments(c), func(env *wrangler.Environment) bool {
		return !slices.ContainsFunc(env.Bindings, func(b *wrangler.Binding) bool { return b.Text() == name })
	})
}
