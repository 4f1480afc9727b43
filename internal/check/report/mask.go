package report

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// secretName is the name of a variable that may hold a secret. Hiding too much costs nothing: a message names its value.
var secretName = regexp.MustCompile(`(?i)secret|token|passw|passphrase|pwd|credential|private|api_?key|access_?key|_key$|^key$|auth|salt|dsn|webhook|connection_?string|database_url|signature`)

// secretText is the same by its look, for a file whose tree is incomplete.
var secretText = regexp.MustCompile(`(?i)[\w-]*(?:secret|token|passw|passphrase|pwd|credential|private|api_?key|access_?key|auth|salt|dsn|webhook|connection_?string|database_url|signature)[\w-]*["']?\s*[=:]\s*`)

const mask = "***"

// masked is the text from one offset to another with every secret in it as ***.
func (p *printer) masked(f *syntax.File, from, to int) string {
	var out strings.Builder
	at := from
	for _, s := range p.secrets(f) {
		if s.End <= at || s.Start >= to {
			continue
		}
		if s.Start > at {
			out.WriteString(f.Slice(syntax.Span{Start: at, End: s.Start}))
		}
		out.WriteString(mask)
		at = min(s.End, to)
	}
	out.WriteString(f.Slice(syntax.Span{Start: at, End: to}))
	return out.String()
}

// secrets lists the values that are not printed, in order: variables whose name tells, connection strings, and in
// a file that does not parse all that looks like one, to the end of its line.
func (p *printer) secrets(f *syntax.File) []syntax.Span {
	if spans, ok := p.masks[f]; ok {
		return spans
	}
	var spans []syntax.Span
	collect(f.Root, false, &spans)
	if len(f.Errors) > 0 {
		for n := 1; ; n++ {
			text, start := f.Line(n)
			if start >= len(f.Source) {
				break
			}
			if at := secretText.FindStringIndex(text); at != nil {
				spans = append(spans, syntax.Span{Start: start + at[1], End: start + len(text)})
			}
		}
	}
	slices.SortFunc(spans, func(a, b syntax.Span) int { return a.Start - b.Start })
	p.masks[f] = spans
	return spans
}

// collect finds the secrets at and below a table. inVars: its keys are variables.
func collect(n *syntax.Node, inVars bool, spans *[]syntax.Span) {
	for _, f := range n.Fields {
		switch {
		case inVars && secretName.MatchString(f.Name), f.Name == "localConnectionString":
			leaves(f.Value, spans)
		default:
			collect(f.Value, inVars || f.Name == "vars", spans)
		}
	}
	for _, item := range n.Items {
		collect(item, inVars, spans)
	}
}

// leaves collects every scalar in a value.
func leaves(n *syntax.Node, spans *[]syntax.Span) {
	if n.Kind != syntax.Table && n.Kind != syntax.Array {
		*spans = append(*spans, n.Span)
	}
	for _, item := range n.Items {
		leaves(item, spans)
	}
	for _, f := range n.Fields {
		leaves(f.Value, spans)
	}
}
