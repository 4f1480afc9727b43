package rules

import (
	"maps"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// syntax: the file is no valid TOML or JSON, so that wrangler, or Bindery for its own file, reads nothing of it.
var syntaxErrors = &check.Rule{
	ID:       check.Syntax,
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "the file is no valid TOML or JSON",
	Explain:  explain(check.Syntax),
	Unparsed: true,
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		for _, c := range p.Project.Configs {
			reportErrors(p, c.File)
		}
		for _, dir := range slices.Sorted(maps.Keys(p.Project.Settings)) {
			if s := p.Project.Settings[dir]; s.File != nil {
				reportErrors(p, s.File)
			}
		}
	},
}

func reportErrors(p *check.Pass, file *syntax.File) {
	for _, e := range file.Errors {
		found := p.ReportIn(file, e.Span, "%s", e.Message).Help("%s", e.Help)
		for _, n := range e.Notes {
			found.Note(n.Span, "%s", n.Message)
		}
	}
}
