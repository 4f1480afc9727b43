package rules

import (
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
		judged, binders := map[string]bool{}, bindersIn(p.Config)
		for _, env := range environments(p.Config) {
			for _, b := range env.Bindings {
				name := b.Text()
				if judged[name] || name == "" || !forCode(b) {
					continue
				}
				judged[name] = true
				if !unused(p, name, binders[name]) {
					continue
				}
				entry, _ := entryOf(env)
				p.Of(env).Report(b.Name.Span, "%s binding %q is not used by the code", typeWords(b.Type), name).
					Label("%s does not mention it", entry).
					Help("remove it where nothing else needs it, or use env.%s", name).
					Also(binders[name]...)
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

// unused says whether none of the environments that bind a name has code in which it stands, or uses one that is probably
// the same, misspelt: binding-unbound says so.
func unused(p *check.Pass, name string, binders []*wrangler.Environment) bool {
	for _, env := range binders {
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
