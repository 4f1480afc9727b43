// Package report prints what a check found: text with carets for people, a line each for editors, and the forms
// that programs and pipelines take.
//
// Start with [Formats]. Each form is deterministic, valid when nothing was found, and prints neither the value of a variable
// whose name says that it is a secret nor what is a credential by its look.
package report

import (
	"io"

	"github.com/bindery-dev/bindery/internal/check"
)

// Run is what one check found, and what it looked for.
type Run struct {
	Diagnostics []check.Diagnostic // in the order of check.Run
	Files       []string           // the paths of all that was judged, those without a finding too
	Rules       []*check.Rule
	Fails       check.Severity // the mildest severity that fails the run
	Version     string         // of bindery
	Root        string         // the absolute path of the folder that relative paths start from; "" if it is not known
	Color       bool           // taken by text alone
}

// Format is a printed form.
type Format struct {
	Name  string
	Write func(io.Writer, Run) error
}

// Formats are all forms; the first is for people.
var Formats = []Format{
	{"text", func(w io.Writer, r Run) error { return Text(w, r.Diagnostics, r.Color) }},
	{"oneline", Oneline},
	{"json", func(w io.Writer, r Run) error { return JSON(w, r.Diagnostics) }},
	{"sarif", SARIF},
	{"github", GitHub},
	{"junit", JUnit},
}

// severities in the order in which counts are printed.
var severities = []check.Severity{check.Error, check.Warning, check.Info}

func count(ds []check.Diagnostic) map[check.Severity]int {
	counts := map[check.Severity]int{}
	for _, d := range ds {
		counts[d.Severity] += d.Count()
	}
	return counts
}

// bySeverity orders the mildest first.
func bySeverity(a, b check.Diagnostic) int { return int(a.Severity - b.Severity) }
