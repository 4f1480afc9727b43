package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// Of very many findings alike only those are told in full that are listed; a repair makes the fixes of all.
func TestLater(t *testing.T) {
	const mistakes = 250
	var text strings.Builder
	for i := range mistakes {
		fmt.Fprintf(&text, "k%d = \"x\"\n", i)
	}
	told := 0
	rule := &Rule{ID: "x", Severity: Warning, Config: func(p *Pass) {
		for _, f := range p.Config.File.Root.Fields {
			if f.Value.Str() != "x" {
				continue
			}
			p.Report(f.Value.Span, "%s", f.Name).Later(func(d *Draft) {
				told++
				d.Help("write y").Fix("write y", syntax.Edit{Span: f.Value.Span, New: `"y"`})
			})
		}
	}}
	options := Options{Rules: []*Rule{rule}}
	found := Run(oneFile(text.String()), options)
	if len(found) != maxListed+1 || told != maxListed {
		t.Fatalf("%d are listed, and %d told; want %d", len(found)-1, told, maxListed)
	}
	for i, d := range found[:maxListed] {
		if d.Message != fmt.Sprint("k", i) || d.Help != "write y" || len(d.Fixes) != 1 {
			t.Errorf("finding %d: %+v, want k%[1]d with help and a fix", i, d)
		}
	}
	repaired, err := Repair(t.Context(), oneFile(text.String()), RepairOptions{Options: options})
	if err != nil || len(repaired.Fixed) != mistakes {
		t.Errorf("Repair: %d fixed, %v; want all %d", len(repaired.Fixed), err, mistakes)
	}
}
