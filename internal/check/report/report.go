// Package report prints diagnostics: text with carets for people, JSON for programs.
//
// Both are deterministic, and neither prints the value of a variable whose name
// says that it is a secret.
package report

import "github.com/bindery-dev/bindery/internal/check"

// severities in the order in which counts are printed.
var severities = []check.Severity{check.Error, check.Warning, check.Info}

func count(ds []check.Diagnostic) map[check.Severity]int {
	counts := map[check.Severity]int{}
	for _, d := range ds {
		counts[d.Severity]++
	}
	return counts
}
