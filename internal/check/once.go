package check

import (
	"slices"
	"sync"
)

// firsts are the findings that the rules which speak once a run (Rule.Once) have the word with: the first of each by order.
type firsts struct {
	mu     sync.Mutex
	byRule map[string]*Diagnostic // nil: none so far
}

func newFirsts(rules []*Rule) *firsts {
	f := &firsts{byRule: map[string]*Diagnostic{}}
	for _, rule := range rules {
		if rule.Once {
			f.byRule[rule.ID] = nil
		}
	}
	return f
}

// sift drops, from findings in order, those that come after a first. Findings dropped early keep no file in memory.
func (f *firsts) sift(found []Diagnostic) []Diagnostic {
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := slices.DeleteFunc(found, func(d Diagnostic) bool {
		first, once := f.byRule[d.Rule]
		switch {
		case !once:
			return false
		case first != nil && order(first, &d) < 0:
			return true
		}
		f.byRule[d.Rule] = &d
		return false
	})
	if len(kept) == 0 {
		return nil
	}
	return kept
}
