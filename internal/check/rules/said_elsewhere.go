package rules

import (
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// An explainer knows what other rules say of a file, so that a name which an environment lacks for the same mistake is not
// reported again.
type explainer struct {
	typos    []slip
	torn     []tear
	needless func(env *wrangler.Environment, name string) bool
	twice    map[string][]*wrangler.Environment // by name: the environments that give it to two bindings
	spoilt   map[sectionIn]int                  // how many bindings of a section have no name, that of another, or none for code
	names    bool                               // binding-name-invalid speaks of names that are none for code
}

type sectionIn struct {
	env     *wrangler.Environment
	section string
}

func newExplainer(p *check.Pass) *explainer {
	x := &explainer{
		typos: typosIn(p), torn: tornIn(p), needless: needlessIn(p),
		twice: map[string][]*wrangler.Environment{}, spoilt: map[sectionIn]int{}, names: !off(p, "binding-name-invalid"),
	}
	for _, env := range environments(p.Config) {
		for _, b := range env.Bindings {
			if b.Text() == "" || x.isNoName(b.Text()) {
				x.spoilt[sectionIn{env, b.Section}]++
			}
		}
		for _, b := range boundTwice(env) {
			x.twice[b.Text()] = append(x.twice[b.Text()], env)
			x.spoilt[sectionIn{env, b.Section}]++
		}
	}
	return x
}

// explains says whether another rule tells why an environment has no binding of this name.
func (x *explainer) explains(env *wrangler.Environment, section, name string) bool {
	switch in := (sectionIn{env, section}); {
	case slices.ContainsFunc(x.typos, func(s slip) bool { return s.tells(name, env) }),
		slices.ContainsFunc(x.torn, func(s tear) bool { return s.holds(env, name) }),
		slices.ContainsFunc(x.twice[name], func(other *wrangler.Environment) bool { return other != env }), // one of the two is meant for env
		x.isNoName(name), x.needless(env, name):
		return true
	case x.spoilt[in] > 0:
		x.spoilt[in]--
		return true
	}
	return false
}

func (x *explainer) isNoName(name string) bool {
	return x.names && name != "" && !identifier.MatchString(name)
}

// boundTwice lists the bindings of an environment whose name an earlier one has, which wrangler refuses.
func boundTwice(env *wrangler.Environment) (all []*wrangler.Binding) {
	known := map[string]bool{"": true}
	for _, b := range env.Bindings {
		name := b.Text()
		switch {
		case b.Type == wrangler.SendEmail || b.Type == wrangler.RateLimit: // whose names it does not compare
		case known[name] && name != "":
			all = append(all, b)
		default:
			known[name] = true
		}
	}
	return all
}

// meantFor is the environment for which a binding of env, whose name another one there has, is probably meant: the one
// under whose headers it stands, or else the first that has none of the name. nil if there is none.
func meantFor(env *wrangler.Environment, b *wrangler.Binding) *wrangler.Environment {
	lacks := func(other *wrangler.Environment) bool {
		return other != env && !slices.ContainsFunc(namesOf(other), func(n codeName) bool { return n.text == b.Text() })
	}
	if above := ownerAbove(ownersOf(env.Config), b.Node.Header.Start); above != nil && lacks(above) {
		return above
	}
	if i := slices.IndexFunc(env.Config.Envs, lacks); i >= 0 {
		return env.Config.Envs[i]
	}
	return nil
}
