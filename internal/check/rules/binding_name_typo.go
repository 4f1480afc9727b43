package rules

import (
	"cmp"
	"fmt"
	"hash/maphash"
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
		for _, s := range slipsIn(p) {
			reportTypo(p.Of(s.odd.envs[0]), s)
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

// spellingsIn lists the names of a file in order of appearance, the top level's first; none of a file without environments
// that could be compared.
func spellingsIn(c *wrangler.Config) []*spelling {
	if len(c.Envs) == 0 {
		return nil
	}
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

// typosIn lists the slips of a file of which binding-name-typo speaks, so that no other rule has to.
func typosIn(p *check.Pass) []slip {
	if off(p, "binding-name-typo") {
		return nil
	}
	return slipsIn(p)
}

// slipsIn lists the slips of a file. Of two names in one environment each, it is the other one that is the slip where the
// code uses only this one.
func slipsIn(p *check.Pass) []slip {
	return check.Fact(p, "slips", func() []slip {
		all := slips(spellingsIn(p.Config))
		for i, s := range all {
			if len(s.usual.envs) == 1 && s.isUsed(p) {
				all[i] = slip{s.usual, s.odd}
			}
		}
		return all
	})
}

// isUsed says whether the code uses the odd name, and the usual one nowhere.
func (s slip) isUsed(p *check.Pass) bool {
	code := p.Project.Code(s.odd.envs[0])
	return code != nil && code.Mentions(s.odd.text) && !code.Mentions(s.usual.text)
}

// off says whether the project does not want to hear from a rule.
func off(p *check.Pass, rule string) bool { return p.Settings().Rules[rule] == check.Off.String() }

func slips(spelt []*spelling) (all []slip) {
	near := alike(spelt)
	for i, odd := range spelt {
		if len(odd.envs) > 1 || odd.text == "" {
			continue
		}
		if usual := odd.usual(near(i)); usual != nil {
			all = append(all, slip{odd, usual})
		}
	}
	return all
}

// usual returns the name of which s, that of one environment, is a misspelling, nil if there is none, among those that
// may be. Of two names that stand in one environment each, the later one is taken for the slip.
func (s *spelling) usual(earlier, later []*spelling) *spelling {
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

// alike returns a func that lists the spellings before and behind one, in order, that may be misspelt for it: few, so
// that a file with thousands of names is no matter. Of two names that one edit makes of each other, both become the same
// when the right letter is left out of each or of the longer one.
func alike(spelt []*spelling) func(i int) (earlier, later []*spelling) {
	type having struct {
		trait uint64
		i     int
	}
	var all []having // by trait: a map from each to a list would take many times the memory
	seed := maphash.MakeSeed()
	for i, s := range spelt {
		for trait := range s.traits(seed) {
			all = append(all, having{trait, i})
		}
	}
	slices.SortFunc(all, func(a, b having) int { return cmp.Compare(a.trait, b.trait) })
	return func(i int) (earlier, later []*spelling) {
		var near []int
		for trait := range spelt[i].traits(seed) {
			at, _ := slices.BinarySearchFunc(all, trait, func(h having, trait uint64) int { return cmp.Compare(h.trait, trait) })
			for ; at < len(all) && all[at].trait == trait; at++ {
				near = append(near, all[at].i)
			}
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

// longestName of which slips are looked for. The work grows with its square.
const longestName = 100

// traits of which two spellings have one in common if one may be misspelt for the other, as hashes: two that are one by
// chance cost a comparison.
func (s *spelling) traits(seed maphash.Seed) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if !yield(maphash.String(seed, "plain "+s.plain)) || !yield(maphash.String(seed, s.lower)) || len(s.lower) > longestName {
			return
		}
		var h maphash.Hash
		h.SetSeed(seed)
		begin := 0
		for word := range strings.SplitSeq(s.lower, "_") {
			end := begin + len(word)
			if !canSlip(word) {
				begin = end + len("_")
				continue
			}
			for i := begin; i < end; i++ {
				if i > begin && s.lower[i] == s.lower[i-1] {
					continue // of a run one letter is as good as another
				}
				h.Reset()
				h.WriteString(s.lower[:i])
				h.WriteString(s.lower[i+1:])
				if !yield(h.Sum64()) {
					return
				}
			}
			begin = end + len("_")
		}
	}
}

func reportTypo(p *check.Pass, s slip) {
	odd, usual := s.odd, s.usual
	place := usual.envs[0]
	found := p.Report(odd.at, "%s %q is only %s, and called %q %s", odd.words, odd.text, at(p.Env), usual.text, at(place)).
		Label("code that reads env.%s finds nothing here", usual.text).
		Note(usual.at, "spelt so %s", at(place)).
		Help("give it one name in all environments: code cannot know in which it runs").
		Also(place)
	if !s.isUsed(p) {
		found.UnsafeFix(fmt.Sprintf("call it %s %s, too", usual.text, at(p.Env)), p.Config.File.Rename(odd.at, usual.text)...)
	}
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
		if !canSlip(word) || !canSlip(other) {
			return false
		}
		slips++
	}
	return slips == 1
}

// canSlip says whether a word that differs by a letter from another may be that one, misspelt.
func canSlip(word string) bool {
	return len(word) >= 4 && !strings.ContainsAny(word, "0123456789") && stageOfName(word) == unknownStage
}
