package rules

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// The representatives of many uses tell the same story as all of them.
func TestRepresentatives(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	configs := []*wrangler.Config{{}, {}, {}}
	left, leftOfFiles, found := 0, 0, map[sharing]int{}
	for range 5000 {
		stages, accounts := 1+random.IntN(3), pick("a", "ab", "") // some sets are all alike in this or that
		var uses []use
		tops := map[int]bool{}
		for i := range 2 + random.IntN(12) {
			config := random.IntN(1 + random.IntN(3))
			name := ""
			if tops[config] {
				name = fmt.Sprint("e", i)
			}
			tops[config] = true
			h := &home{
				env:    &wrangler.Environment{Name: name, Config: configs[config]},
				stage:  stage(random.IntN(stages)),
				worker: pick("", "v", "w", "x"), folder: fmt.Sprint(config / 2), production: config == 0, unmarked: name == "" && config == 1,
			}
			if accounts != "" {
				h.account = check.Account{ID: accounts[random.IntN(len(accounts)):][:1]}
			}
			uses = append(uses, use{name: pick("", "", "n", "m"), home: h})
		}
		few, fewOfFiles := representatives(uses), ofFiles(uses)
		left += len(uses) - len(few)
		leftOfFiles += len(uses) - len(fewOfFiles)
		for _, s := range []store{{}, {shape: &hexShape}} {
			for which, relate := range []func(a, b use) sharing{s.relateInFile, s.relateFiles} {
				worst, a, b := worstTwo(uses, relate)
				found[worst]++
				few := [][]use{few, fewOfFiles}[which]
				if got, c, d := worstTwo(few, relate); got != worst || c != a || d != b {
					t.Fatalf("relation %d among %d of %d: %d %+v %+v, want %d %+v %+v", which, len(few), len(uses), got, c, d, worst, a, b)
				}
			}
		}
	}
	if left < 2000 || leftOfFiles < 2000 || len(found) < 6 {
		t.Errorf("%d and %d uses left out, results %v: the test has lost its grip", left, leftOfFiles, found)
	}
}
