package check

import (
	"testing"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// TestFirsts: of a rule that speaks once only the first finding is kept, of any other all.
func TestFirsts(t *testing.T) {
	at := func(rule, path string) Diagnostic { return Diagnostic{Rule: rule, File: &syntax.File{Path: path}} }
	f := newFirsts([]*Rule{{ID: "once", Once: true}, {ID: "each"}})
	for _, step := range []struct {
		path string
		want int
	}{{"b", 2}, {"c", 1}, {"a", 2}, {"b", 1}} {
		if got := f.sift([]Diagnostic{at("once", step.path), at("each", step.path)}); len(got) != step.want {
			t.Errorf("of two findings in %s %d are kept, want %d: %v", step.path, len(got), step.want, got)
		}
	}
}
