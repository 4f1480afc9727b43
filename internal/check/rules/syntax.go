package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// syntax: the file is no valid TOML or JSON, so that wrangler, or Bindery for its own file, reads nothing of it.
var syntaxErrors = &check.Rule{
	ID:       check.Syntax,
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "the file is no valid TOML or JSON",
	Explain:  explain(check.Syntax),
	Seen:     check.Prevalence{Files: 3, Projects: 3},
	Unparsed: true,
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		for _, c := range p.Project.Configs {
			reportErrors(p, c.File, ownersOf(c))
		}
		for _, dir := range slices.Sorted(maps.Keys(p.Project.Settings)) {
			if s := p.Project.Settings[dir]; s.File != nil {
				reportErrors(p, s.File, nil)
			}
		}
	},
}

func reportErrors(p *check.Pass, file *syntax.File, owners []owner) {
	for _, e := range file.Errors {
		found := p.ReportIn(file, e.Span, "%s", e.Message).Help("%s", e.Help)
		for _, n := range e.Notes {
			found.Note(n.Span, "%s", n.Message)
		}
		if env := ownerAbove(owners, e.Span.Start); env != nil && e.Help == "" {
			if header := topLevelHeader(file, e.Span); header != "" && len(e.Notes) > 0 {
				found.Help("if it is meant for env %q, the header has to say so: %s", env.Name, inEnvironment(header, env))
			}
		}
	}
}

// topLevelHeader returns the header in which a place lies, if it is one of the top level.
func topLevelHeader(file *syntax.File, at syntax.Span) string {
	line, _ := file.Line(file.Position(at.Start).Line)
	header := tableHeader.Regexp().FindString(line)
	if strings.HasPrefix(strings.TrimLeft(header, "[ "), "env") {
		return ""
	}
	return header
}

var tableHeader = pattern.New(`^\[[^\[\]]+\]`)
