package rules

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// binding-name-typo: an environment has a name that no other has, and lacks one that
// looks nearly the same: code that reads the one finds nothing under the other.
var bindingNameTypo = &check.Rule{
	ID:       "binding-name-typo",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "an environment spells the name of a binding differently",
	Explain:  explain("binding-name-typo"),
	Config: func(p *check.Pass) {
		if len(p.Config.Envs) == 0 {
			return // with which the top level could be compared
		}
		for _, s := range slips(spellingsIn(p.Config)) {
			reportTypo(p.Of(s.odd.envs[0]), s.odd, s.usual)
		}
	},
}

// A spelling is a name as code sees it, with the environments that give it to a binding of this type.
type spelling struct {
	codeName        // in the first of envs
	lower    string // the name in lower case
	plain    string // and without separators
	envs     []*wrangler.Environment
}

// spellingsIn lists the names of a file in order of appearance, the top level's first.
func spellingsIn(c *wrangler.Config) []*spelling {
	type name struct{ words, text string }
	var all []*spelling
	known := map[name]*spelling{}
	for _, env := range environments(c) {
		for _, n := range namesOf(env) {
			key := name{n.words, n.text}
			if known[key] == nil {
				known[key] = newSpelling(n.text)
				known[key].codeName = n
				all = append(all, known[key])
			}
			known[key].envs = append(known[key].envs, env)
		}
	}
	return all
}

func newSpelling(name string) *spelling {
	return &spelling{lower: strings.ToLower(name), plain: plain(name)}
}

// A slip is a name that is a misspelling of another.
type slip struct{ odd, usual *spelling }

// tells says that env has no such name because it, or the top level, spells it otherwise.
func (s slip) tells(name string, env *wrangler.Environment) bool {
	return name == s.usual.text && s.odd.envs[0] == env ||
		name == s.odd.text && s.odd.envs[0] == env.Config.Top && slices.Contains(s.usual.envs, env)
}

func slips(spelt []*spelling) (all []slip) {
	near := alike(spelt)
	for i, odd := range spelt {
		if usual := odd.usual(near(i)); usual != nil {
			all = append(all, slip{odd, usual})
		}
	}
	return all
}

// usual returns the name of which s is a misspelling, nil if there is none, among those that may be. Of two names
// that stand in one environment each, the later one is taken for the slip.
func (s *spelling) usual(earlier, later []*spelling) *spelling {
	if len(s.envs) > 1 || s.text == "" {
		return nil
	}
	like := func(other *spelling) bool {
		return other.words == s.words && misspelt(s, other) && !slices.Contains(other.envs, s.envs[0])
	}
	if i := slices.IndexFunc(earlier, like); i >= 0 {
		return earlier[i]
	}
	if i := slices.IndexFunc(later, func(other *spelling) bool { return len(other.envs) > 1 && like(other) }); i >= 0 {
		return later[i]
	}
	return nil
}

// longestName of which slips are looked for. The work grows with its square.
const longestName = 100

// alike returns a func that lists the spellings before and behind one, in order, that may be misspelt for it: few, so
// that a file with thousands of names is no matter. Of two names that one edit makes of each other, both become the same
// when the right letter is left out of each or of the longer one.
func alike(spelt []*spelling) func(i int) (earlier, later []*spelling) {
	byTrait := map[string][]int{}
	for i, s := range spelt {
		for trait := range s.traits() {
			byTrait[trait] = append(byTrait[trait], i)
		}
	}
	return func(i int) (earlier, later []*spelling) {
		var near []int
		for trait := range spelt[i].traits() {
			near = append(near, byTrait[trait]...)
		}
		slices.Sort(near)
		for _, n := range slices.Compact(near) {
			switch {
			case n < i:
				earlier = append(earlier, spelt[n])
			case n > i:
				later = append(later, spelt[n])
			}
		}
		return earlier, later
	}
}

// traits of which two spellings have one in common if one may be misspelt for the other.
func (s *spelling) traits() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield("plain "+s.plain) || !yield(s.lower) || len(s.lower) > longestName {
			return
		}
		for i := range len(s.lower) {
			if (i == 0 || s.lower[i] != s.lower[i-1]) && !yield(s.lower[:i]+s.lower[i+1:]) { // of a run one letter is as good as another
				return
			}
		}
	}
}

func reportTypo(p *check.Pass, odd, usual *spelling) {
	place := usual.envs[0]
	p.Report(odd.at, "%s %q is only %s, and called %q %s", odd.words, odd.text, at(p.Env), usual.text, at(place)).
		Label("code that reads env.%s finds nothing here", usual.text).
		Note(usual.at, "spelt so %s", at(place)).
		Help("give it one name in all environments: code cannot know in which it runs").
		UnsafeFix(fmt.Sprintf("call it %s %s, too", usual.text, at(p.Env)), p.Config.File.Rename(odd.at, usual.text)...).
		Also(place)
}

// misspelt says that two names differ as by a slip of the fingers: in case or separators
// only, or in one word of four letters or more by one edit. Digits, and words for a
// stage, make names that are meant to differ.
func misspelt(a, b *spelling) bool {
	if a.plain == b.plain {
		return true
	}
	if !syntax.OneSlip(a.lower, b.lower) {
		return false // nearly all pairs end here, at little cost
	}
	words, others := strings.Split(a.lower, "_"), strings.Split(b.lower, "_")
	if len(words) != len(others) {
		return false
	}
	slips := 0
	for i, word := range words {
		other := others[i]
		if word == other {
			continue
		}
		const digits = "0123456789"
		switch {
		case min(len(word), len(other)) < 4, strings.ContainsAny(word+other, digits),
			stageOfName(word) != unknownStage, stageOfName(other) != unknownStage:
			return false
		}
		slips++
	}
	return slips == 1
}
