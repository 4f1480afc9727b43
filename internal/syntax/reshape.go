package syntax

import "strings"

// Enclose makes an array of a value by putting it between [ and ]: of [table] that is [[table]]. nil: a table that has
// neither brackets nor a header.
func (f *File) Enclose(n *Node) []Edit {
	at := n.Span
	switch {
	case n.Header != Span{}:
		at = n.Header
	case n.Is(Table) && !f.InBrackets(n), n.isList():
		return nil
	}
	return []Edit{{Span{at.Start, at.Start}, "["}, {Span{at.End, at.End}, "]"}}
}

// Unwrap takes the only value out of an array or a table: of [[table]] that leaves [table], of { pattern = "x" } "x".
// nil: there are more values or none, or a comment beside it would be lost.
func (f *File) Unwrap(n *Node) []Edit {
	if len(n.Items)+len(n.Fields) != 1 {
		return nil
	}
	start, end := elements(n)
	value := Span{start, end}
	if n.Is(Table) {
		value.Start = n.Fields[0].Value.Span.Start
	} else if h := n.Items[0].Header; h != (Span{}) {
		return []Edit{{Span: Span{h.Start, h.Start + 1}}, {Span: Span{h.End - 1, h.End}}}
	}
	around := f.Slice(Span{n.Span.Start + 1, start}) + f.Slice(Span{end, n.Span.End - 1})
	if !f.InBrackets(n) || strings.Trim(around, " \t\r\n,") != "" {
		return nil
	}
	return []Edit{{Span: Span{n.Span.Start, value.Start}}, {Span: Span{value.End, n.Span.End}}}
}

// Quote puts a bare value, such as a date, in quotes.
func (f *File) Quote(n *Node) []Edit {
	return []Edit{{Span{n.Span.Start, n.Span.Start}, `"`}, {Span{n.Span.End, n.Span.End}, `"`}}
}

// Nest puts a value under a key of a new table in its place: [[queues]] becomes [[queues.producers]], and `queues = […]`
// becomes `queues = { producers = […] }`. nil: it is written in a way that does not allow it.
func (f *File) Nest(n *Node, name string) []Edit {
	if n.isList() {
		return f.nestHeaders(n, name)
	}
	if !f.InBrackets(n) {
		return nil
	}
	separator := ": "
	if f.Format == TOML {
		separator = " = "
	}
	return []Edit{{Span{n.Span.Start, n.Span.Start}, "{ " + f.key(name) + separator}, {Span{n.Span.End, n.Span.End}, " }"}}
}

func (f *File) nestHeaders(n *Node, name string) (edits []Edit) {
	l := f.locate().byValue[n]
	if l == nil {
		return nil
	}
	headersIn(n, func(header Span) {
		if parts := f.headerParts(header); len(parts) >= l.depth {
			end := parts[l.depth-1].End
			edits = append(edits, Edit{Span{end, end}, "." + f.key(name)})
		}
	})
	return edits
}

// Requalify writes prefix in front of the path in a header.
func (f *File) Requalify(header Span, prefix []string) []Edit {
	parts := f.headerParts(header)
	if len(parts) == 0 {
		return nil
	}
	return []Edit{{Span{parts[0].Start, parts[0].Start}, f.header(prefix) + "."}}
}
