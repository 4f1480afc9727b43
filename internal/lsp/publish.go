package lsp

import (
	"maps"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// publish sends the findings of each file that has any, and an empty list for those that had some before.
func (c *session) publish() {
	byPath := map[string][]diagnostic{}
	for path := range c.published {
		byPath[path] = []diagnostic{}
	}
	for path := range c.open {
		byPath[path] = []diagnostic{} // says that it was judged
	}
	places := placer{}
	for _, d := range c.last.found {
		byPath[d.File.Path] = append(byPath[d.File.Path], c.diagnostic(d, places))
	}
	clear(c.published)
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		p := publishDiagnosticsParams{URI: c.uriOf(path), Diagnostics: byPath[path]}
		if doc := c.open[path]; doc != nil {
			p.Version = doc.version
		}
		if len(p.Diagnostics) > 0 {
			c.published[path] = true
		}
		c.notify("textDocument/publishDiagnostics", p)
	}
}

var severities = map[check.Severity]int{check.Error: 1, check.Warning: 2, check.Info: 3}

// tagUnnecessary has the editor fade the text.
const tagUnnecessary = 1

// diagnostic is a finding in the protocol's words.
func (c *session) diagnostic(d check.Diagnostic, places placer) diagnostic {
	out := diagnostic{
		Range:           places.of(d.File, d.Span),
		Severity:        severities[d.Severity],
		Code:            d.Rule,
		CodeDescription: &codeDescription{c.server.RulePage(d.Rule)},
		Source:          "bindery",
		Message:         d.Message,
	}
	if d.Help != "" {
		out.Message += "\n" + d.Help
	}
	if d.Rule == check.Suppression {
		out.Tags = []int{tagUnnecessary}
	}
	if d.Label != "" {
		out.RelatedInformation = append(out.RelatedInformation, c.related(d.File, d.Span, d.Label, places))
	}
	for _, n := range d.Notes {
		out.RelatedInformation = append(out.RelatedInformation, c.related(n.File, n.Span, n.Message, places))
	}
	return out
}

func (c *session) related(f *syntax.File, at syntax.Span, message string, places placer) relatedInformation {
	return relatedInformation{location{c.uriOf(f.Path), places.of(f, at)}, message}
}

// placer turns bytes into the protocol's places; a file is counted once.
type placer map[*syntax.File]*syntax.UTF16

func (p placer) of(f *syntax.File, at syntax.Span) textRange {
	if p[f] == nil {
		p[f] = f.UTF16()
	}
	var r textRange
	r.Start.Line, r.Start.Character = p[f].Place(at.Start)
	r.End.Line, r.End.Character = p[f].Place(at.End)
	return r
}

// span is the inverse.
func (p placer) span(f *syntax.File, r textRange) syntax.Span {
	if p[f] == nil {
		p[f] = f.UTF16()
	}
	return syntax.Span{
		Start: p[f].Offset(r.Start.Line, r.Start.Character),
		End:   p[f].Offset(r.End.Line, r.End.Character),
	}
}

// at lists the findings whose place in a file touches r.
func (c *session) at(path string, r textRange, places placer) []check.Diagnostic {
	var here []check.Diagnostic
	for _, d := range c.last.found {
		if d.File.Path != path {
			continue
		}
		if asked := places.span(d.File, r); asked.Start <= d.Span.End && d.Span.Start <= asked.End {
			here = append(here, d)
		}
	}
	return here
}
