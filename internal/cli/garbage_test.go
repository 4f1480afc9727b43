package cli

import (
	"runtime/debug"
	"testing"
)

// No garbage is looked for while the code of an ordinary Worker is read; what a large configuration asked for comes back after it.
func TestGarbage(t *testing.T) {
	before := debug.SetGCPercent(usualGarbage)
	defer debug.SetGCPercent(before)
	var g garbage
	for _, step := range []struct {
		what string
		do   func()
		want int
	}{
		{"little code", func() { g.code(1000) }, usualGarbage},
		{"much code", func() { g.code(muchCode) }, codeGarbage},
		{"more code", func() { g.code(2 * muchCode) }, codeGarbage},
		{"too much code", func() { g.code(tooMuchCode) }, usualGarbage},
		{"the end of it", func() { g.code(0) }, usualGarbage},
		{"a large configuration", g.large, largeGarbage},
		{"much code again", func() { g.code(muchCode) }, codeGarbage},
		{"its end", func() { g.code(0) }, largeGarbage},
	} {
		step.do()
		got := debug.SetGCPercent(step.want)
		if got != step.want {
			t.Errorf("after %s: garbage of %d %% may lie, want %d", step.what, got, step.want)
		}
	}
}
