package check

import (
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// maxListed is how many findings of one rule and severity are listed for a file. Nobody reads more: they have one cause,
// and whoever has corrected so many will look again.
const maxListed = 100

// listed leaves out, from findings in order, those that are too many, and puts one in their place that says how many
// they are.
func listed(found []*Diagnostic) []Diagnostic {
	type group struct {
		file     *syntax.File
		rule     string
		severity Severity
	}
	var out []Diagnostic
	seen, rest := map[group]int{}, map[group]int{} // rest is where in out the one for the others stands
	for _, d := range found {
		g := group{d.File, d.Rule, d.Severity}
		switch seen[g]++; {
		case seen[g] <= maxListed:
			out = append(out, *d.whole())
		case seen[g] == maxListed+1:
			rest[g] = len(out)
			out = append(out, Diagnostic{Rule: d.Rule, Severity: d.Severity, File: d.File, Span: d.Span, Stands: 1})
		default:
			out[rest[g]].Stands++
		}
	}
	for _, at := range rest {
		d := &out[at]
		d.Message = fmt.Sprintf("%d more findings of this rule in this file are not listed", d.Stands)
		if d.Stands == 1 {
			d.Message = "1 more finding of this rule in this file is not listed"
		}
		d.Label, d.Help = "the first of them", "correct what is listed, and check again"
	}
	return slices.Clip(out)
}
