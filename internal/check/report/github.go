package report

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
)

// githubCommands are the workflow commands that make an annotation.
var githubCommands = map[check.Severity]string{check.Error: "error", check.Warning: "warning", check.Info: "notice"}

// GitHub writes a workflow command for each finding, which GitHub Actions shows as an annotation on the line:
//
//	::error file=wrangler.toml,line=7,endLine=7,col=6,endColumn=28,title=id-invalid::id "…" is a placeholder%0A…
//
// Errors come first: of one step GitHub shows ten annotations of each severity, of a job fifty; the log holds all.
// Columns are given where a finding stays on its line, as GitHub takes them only there.
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
func GitHub(w io.Writer, r Run) error {
	out := bufio.NewWriter(w)
	sorted := slices.Clone(r.Diagnostics)
	slices.SortStableFunc(sorted, func(a, b check.Diagnostic) int { return bySeverity(b, a) })
	for _, d := range sorted {
		at := placeOf(d.File, d.Span)
		fmt.Fprintf(out, "::%s file=%s,line=%d,endLine=%d", githubCommands[d.Severity],
			githubProperty(visible(filepath.ToSlash(at.Path))), at.Line, at.EndLine)
		if at.Line == at.EndLine {
			fmt.Fprintf(out, ",col=%d,endColumn=%d", at.Column, at.EndColumn)
		}
		fmt.Fprintf(out, ",title=%s::%s\n", githubProperty(d.Rule), githubData(githubMessage(d)))
	}
	return out.Flush()
}

// githubMessage says in an annotation what text shows with carets.
func githubMessage(d check.Diagnostic) string {
	lines := []string{visible(d.Message)}
	for _, n := range d.Notes {
		at := placeOf(n.File, n.Span)
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", visible(at.Path), at.Line, at.Column, visible(n.Message)))
	}
	if d.Help != "" {
		lines = append(lines, "help: "+visible(d.Help))
	}
	return strings.Join(lines, "\n")
}

// What ends a command's text or one of its properties is written as a percent sign and two digits; the percent sign itself too.
var (
	githubDataEscapes     = []string{"%", "%25", "\r", "%0D", "\n", "%0A"}
	githubPropertyEscapes = append(slices.Clone(githubDataEscapes), ":", "%3A", ",", "%2C")

	githubData     = strings.NewReplacer(githubDataEscapes...).Replace
	githubProperty = strings.NewReplacer(githubPropertyEscapes...).Replace
)
