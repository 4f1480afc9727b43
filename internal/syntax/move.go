package syntax

import (
	"slices"
	"strings"
)

// Move takes a `key = value` of a TOML table that a header opened to the keys of the table at path, with the comment
// lines directly above it. A header is written for a table that has none yet; what dotted keys name there already, they
// name no more. nil: it is no such key, or the table there has a key of that name, or is no table that can be added to.
func (f *File) Move(table *Node, field *Field, path []string) []Edit {
	to, start := f.Root.Get(path...), field.NameAt.Start
	if table.Header == (Span{}) || !f.asKey(field) {
		return nil
	}
	for f.dotted(field) {
		if len(field.Value.Fields) > 1 {
			return nil
		}
		next := to.Get(field.Name)
		if next == nil {
			break
		}
		path = append(slices.Clone(path), field.Name)
		to, field = next, field.Value.Fields[0]
	}
	switch {
	case f.Format != TOML:
		return nil
	case !to.Is(Table) || to.Field(field.Name) != nil || f.InBrackets(to):
		return nil
	case to != f.Root && !f.mayOpen(to):
		return nil
	}
	end := field.Value.Span.End
	if _, alone := f.indent(start); !alone {
		return nil // the last part of a dotted key
	}
	begin := f.withComments(start)
	var lines strings.Builder
	for comment := range strings.Lines(string(f.Source[begin:f.lineBegin(start)])) {
		lines.WriteString(strings.TrimLeft(comment, " \t"))
	}
	lines.Write(f.Source[field.NameAt.Start:f.lineStop(end)])
	source := lines.String()
	text := strings.ReplaceAll(source, "\r\n", "\n")
	if strings.ReplaceAll(text, "\n", f.newline(begin)) != source {
		return nil // line ends of both kinds, maybe within a string
	}
	if begin < f.lineBegin(start) && slices.ContainsFunc(to.Fields, f.asKey) && (to == f.Root || to.Header != Span{}) {
		text = "\n" + text // a paragraph of its own, as it has a title
	}
	cut := f.cut(begin, end)
	if begin > f.textStart() && f.line(begin-1) == "" {
		cut.Start = f.lineBegin(begin - 1) // it stood apart from the table that swallowed it
	}
	return append(f.addLines(path, to, text), Edit{Span: cut})
}

// mayOpen says whether a table of a TOML file has a header, or may be given one.
func (f *File) mayOpen(n *Node) bool {
	_, field := f.FieldOf(n)
	return n.Header != Span{} || field != nil && field.Implied
}
