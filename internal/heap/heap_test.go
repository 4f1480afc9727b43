package heap

import (
	"runtime/debug"
	"testing"
)

// No garbage is looked for while the code of an ordinary Worker is read; what a large configuration asked for comes back after it.
func TestKeeper(t *testing.T) {
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	var k Keeper
	stop := k.Start()
	for _, step := range []struct {
		what string
		do   func()
		want int
	}{
		{"the start", func() {}, usual},
		{"little code", func() { k.Code(1000) }, usual},
		{"much code", func() { k.Code(muchCode) }, off},
		{"more code", func() { k.Code(2 * muchCode) }, off},
		{"little code of another Worker", func() { k.Code(1000) }, off},
		{"too much code", func() { k.Code(tooMuchCode) }, usual},
		{"the end of it", func() { k.Code(0) }, usual},
		{"some configurations", func() { k.Configurations(many) }, usual},
		{"many configurations", func() { k.Configurations(many + 1) }, forMany},
		{"a large configuration", k.Large, large},
		{"many configurations again", func() { k.Configurations(many + 1) }, large},
		{"much code again", func() { k.Code(muchCode) }, off},
		{"its end", func() { k.Code(0) }, large},
		{"the end", stop, 77},
	} {
		step.do()
		if got := debug.SetGCPercent(step.want); got != step.want {
			t.Errorf("after %s: garbage of %d %% may lie, want %d", step.what, got, step.want)
		}
	}
}
