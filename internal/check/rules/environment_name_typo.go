package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// environment-name-typo: two environments have nearly the same name, and each has what the other has not: they are meant
// to be one, and one header of it is misspelt.
var environmentNameTypo = &check.Rule{
	ID:       "environment-name-typo",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a part of an environment stands under a misspelt name",
	Explain:  explain("environment-name-typo"),
	Config: func(p *check.Pass) {
		for _, s := range torn(p.Config) {
			reportTorn(p.Of(s.odd), s)
		}
	},
}

// A tear is an environment of which a part stands under another name, misspelt.
type tear struct{ odd, usual *wrangler.Environment }

// tornIn lists the tears of a file of which environment-name-typo speaks, so that no other rule has to.
func tornIn(p *check.Pass) []tear {
	if off(p, "environment-name-typo") {
		return nil
	}
	return torn(p.Config)
}

// torn lists the tears of a file. Two names that one slip makes of each other are the same without the right letter, so
// that not all pairs of ten thousand have to be compared.
func torn(c *wrangler.Config) (all []tear) {
	near := map[string][]*wrangler.Environment{} // by a name, and by what is left of it without a letter
	taken := map[*wrangler.Environment]bool{}
	for _, env := range c.Envs {
		name := strings.ToLower(env.Name)
		if len(name) < 4 || len(name) > longestName || strings.ContainsAny(name, "0123456789") || !env.Node.Is(syntax.Table) {
			continue
		}
		for i := range len(name) + 1 {
			trait := name
			if i < len(name) {
				trait = name[:i] + name[i+1:]
			}
			for _, other := range near[trait] {
				if !taken[env] && !taken[other] && nearlyOneName(name, strings.ToLower(other.Name)) && complete(env, other) {
					all = append(all, newTear(other, env))
					taken[env], taken[other] = true, true
				}
			}
			near[trait] = append(near[trait], env)
		}
	}
	return all
}

func nearlyOneName(a, b string) bool { return a == b || syntax.OneSlip(a, b) }

// newTear takes that one for misspelt whose name is no word for a stage, or else the later one.
func newTear(earlier, later *wrangler.Environment) tear {
	if stageWords[earlier.Name] == unknownStage && stageWords[later.Name] != unknownStage {
		return tear{odd: earlier, usual: later}
	}
	return tear{odd: later, usual: earlier}
}

// complete says that two environments are parts of one: together they say nothing twice.
func complete(a, b *wrangler.Environment) bool {
	return len(a.Node.Fields)+len(b.Node.Fields) > 0 && !overlap(a.Node, b.Node)
}

// overlap says whether two tables have a key in common, or a binding.
func overlap(a, b *syntax.Node) bool {
	return slices.ContainsFunc(a.Fields, func(f *syntax.Field) bool {
		other := b.Get(f.Name)
		switch {
		case other == nil:
			return false
		case f.Value.Is(syntax.Table) && other.Is(syntax.Table):
			return overlap(f.Value, other)
		case f.Value.Is(syntax.Array) && other.Is(syntax.Array):
			return listsOverlap(f.Value, other)
		}
		return true
	})
}

// listsOverlap says the same of two sections. What has no name may be the same as anything.
func listsOverlap(a, b *syntax.Node) bool {
	names := map[string]bool{}
	for _, item := range a.Items {
		names[nameOf(item)] = true
	}
	return names[""] || slices.ContainsFunc(b.Items, func(item *syntax.Node) bool { return nameOf(item) == "" || names[nameOf(item)] })
}

// nameOf is what an entry of a section calls its binding; "" for one that binds nothing.
func nameOf(entry *syntax.Node) string {
	if binding := entry.Get("binding").Str(); binding != "" {
		return binding
	}
	return entry.Get("name").Str()
}

// holds says whether what env lacks under a name stands in the other part.
func (s tear) holds(env *wrangler.Environment, name string) bool {
	other := s.odd
	switch env {
	case s.usual:
	case s.odd:
		other = s.usual
	default:
		return false
	}
	return slices.ContainsFunc(namesOf(other), func(n codeName) bool { return n.text == name })
}

func reportTorn(p *check.Pass, s tear) {
	found := p.Report(s.odd.NameAt, "%s is spelt nearly like %s, and has only what that one lacks", the(s.odd), the(s.usual)).
		Label("for wrangler an environment, and a Worker, of its own").
		Note(s.usual.NameAt, "spelt so here").
		Help("write %s here, too, if the two are one environment", s.usual.Name).
		Also(s.usual)
	if p.Config.File.Format == syntax.TOML && (s.odd.Node.Header == syntax.Span{} || s.usual.Node.Header == syntax.Span{}) {
		found.UnsafeFix(fmt.Sprintf("make it a part of %s", the(s.usual)), p.Config.File.Rename(s.odd.NameAt, s.usual.Name)...)
	}
}
