package rules

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// alike leaves out no pair that misspelt would find.
func TestAlikeFindsEveryMisspelling(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	var spelt []*spelling
	for range 600 {
		name := make([]byte, 3+random.IntN(4))
		for i := range name {
			name[i] = "ab_"[random.IntN(3)]
		}
		spelt = append(spelt, &spelling{lower: string(name), plain: plain(string(name))})
	}
	near, pairs := alike(spelt), 0
	for i, a := range spelt {
		earlier, later := near(i)
		for j, b := range spelt {
			if i == j || !misspelt(a, b) {
				continue
			}
			pairs++
			if !slices.Contains(earlier, b) && !slices.Contains(later, b) {
				t.Errorf("%q is misspelt for %q, and alike does not list it", a.lower, b.lower)
			}
		}
	}
	if pairs < 1000 {
		t.Errorf("only %d pairs to find: the test has lost its grip", pairs)
	}
}
