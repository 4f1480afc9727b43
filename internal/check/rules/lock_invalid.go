package rules

import (
	"maps"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
)

// lock-invalid: a lock with a mistake, or with both sides of a merge. Nothing of it is in force then.
var lockInvalid = &check.Rule{
	ID:       "lock-invalid",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "a mistake in bindery.lock",
	Explain:  explain("lock-invalid"),
	Unparsed: true,
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		for _, path := range slices.Sorted(maps.Keys(p.Project.Locks)) {
			l := p.Project.Locks[path]
			if len(l.Problems) == 0 {
				continue
			}
			first := l.Problems[0] // what follows may follow from it
			p.ReportIn(l.Source, first.Span, "%s", first.Message).Help("%s", first.Help).
				Label("nothing of the lock is in force")
		}
	},
}
