package report

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// secretName is the name of a variable that may hold a secret. Hiding too much costs nothing: a message names its value.
var secretName = pattern.New(`(?i)secret|token|passw|passphrase|pwd|credential|private|api_?key|access_?key|_key$|^key$|auth|salt|dsn|webhook|connection_?string|database_url|signature`)

// secretText is the same by its look, for a file whose tree is incomplete.
var secretText = pattern.New(`(?i)[\w-]*(?:secret|token|passw|passphrase|pwd|credential|private|api_?key|access_?key|auth|salt|dsn|webhook|connection_?string|database_url|signature)[\w-]*["']?\s*[=:]\s*`)

// secretValue is a variable that is set within a longer text: `API_TOKEN=… npm run deploy`.
var secretValue = pattern.New(`(?i)[\w-]*(?:secret|token|passw|passphrase|pwd|credential|private|api_?key|access_?key)[\w-]*=([^\s"'$]+)`)

var tightly = pattern.New(`\w=[^\s"'$]`)

const mask = "***"

// masked is the text from one offset to another, both on one line, with every secret in it as ***.
func masked(f *syntax.File, secrets []syntax.Span, from, to int) string {
	var out strings.Builder
	at, hidden := from, false // what ends at at is hidden
	for _, s := range secrets {
		if s.End <= at || s.Start >= to {
			continue
		}
		if s.Start > at {
			out.WriteString(f.Slice(syntax.Span{Start: at, End: s.Start}))
			hidden = false
		}
		if !hidden {
			out.WriteString(mask)
		}
		at, hidden = min(s.End, to), true
	}
	out.WriteString(f.Slice(syntax.Span{Start: at, End: to}))
	return out.String()
}

// secretsIn lists what is not printed of a part of a line, in order: the secrets of the file, and whatever looks like one by
// itself, be it in a comment.
func (p *printer) secretsIn(f *syntax.File, part syntax.Span) []syntax.Span {
	var spans []syntax.Span
	for _, s := range p.secrets(f) {
		if s.Start < part.End && s.End > part.Start {
			spans = append(spans, s)
		}
	}
	text := f.Slice(part)
	for _, s := range secret.Spans(text) {
		spans = append(spans, syntax.Span{Start: part.Start + s.Start, End: part.Start + s.End})
	}
	if tightly.MatchString(text) { // as in nearly no line; the other takes its time
		for _, at := range secretValue.Regexp().FindAllStringSubmatchIndex(text, -1) {
			spans = append(spans, syntax.Span{Start: part.Start + at[2], End: part.Start + at[3]})
		}
	}
	slices.SortFunc(spans, func(a, b syntax.Span) int { return a.Start - b.Start })
	return spans
}

// secrets lists the values that are not printed, in order: what is a credential or has the name of one, connection
// strings, and in a file without a whole tree all that looks like one, to the end of its line.
func (p *printer) secrets(f *syntax.File) []syntax.Span {
	if spans, ok := p.masks[f]; ok {
		return spans
	}
	var spans []syntax.Span
	collect(f.Root, "", false, &spans)
	if len(f.Errors) > 0 || f.Format == syntax.Other {
		for n := 1; ; n++ {
			text, start := f.Line(n)
			if start >= len(f.Source) {
				break
			}
			if at := secretText.Regexp().FindStringIndex(text); at != nil {
				spans = append(spans, syntax.Span{Start: start + at[1], End: start + len(text)})
			}
		}
	}
	slices.SortFunc(spans, func(a, b syntax.Span) int { return a.Start - b.Start })
	p.masks[f] = spans
	return spans
}

// collect finds the secrets at and below a value called name. inVars: its keys are variables.
func collect(n *syntax.Node, name string, inVars bool, spans *[]syntax.Span) {
	if n.Kind == syntax.String {
		if _, found := secret.Of(name, n.Text); found {
			*spans = append(*spans, n.Span)
		}
	}
	isKey := n.Get("kty") != nil
	for _, f := range n.Fields {
		switch {
		case inVars && secretName.MatchString(f.Name), f.Name == "localConnectionString", isKey && slices.Contains(keyParts, f.Name):
			leaves(f.Value, spans)
		default:
			collect(f.Value, f.Name, inVars || f.Name == "vars", spans)
		}
	}
	for _, item := range n.Items {
		collect(item, name, inVars, spans)
	}
}

// keyParts are what is private of a JSON Web Key (RFC 7518, section 6).
var keyParts = []string{"d", "k", "p", "q", "dp", "dq", "qi"}

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
