package syntax

import "strings"

// Rename writes another name, or another string, at a span: a key is renamed wherever the file writes it, in each
// [header] that has it. Quotes stay as they are. nil: dotted keys write the name more than once.
func (f *File) Rename(at Span, name string) []Edit {
	l := f.locate().byName[at.Start]
	if l == nil || l.field.NameAt != at || f.Format != TOML {
		return []Edit{{at, f.respelt(at, name)}}
	}
	if f.dotted(l.field) && len(l.field.Value.Fields) > 1 {
		return nil
	}
	if f.asKey(l.field) {
		return []Edit{{at, f.respelt(at, name)}}
	}
	var edits []Edit
	headersIn(l.field.Value, func(header Span) {
		if parts := f.headerParts(header); len(parts) >= l.depth {
			part := parts[l.depth-1]
			edits = append(edits, Edit{part, f.respelt(part, name)})
		}
	})
	return edits
}

// respelt is name in the quotes that stand at a span, or in such as it needs.
func (f *File) respelt(at Span, name string) string {
	old := f.Slice(at)
	switch {
	case !bareKey.MatchString(name) || old == "":
		return Quoted(name)
	case old[0] == '"' || old[0] == '\'':
		return old[:1] + name + old[:1]
	}
	return name
}

// headerParts are the spans of the names between the brackets of a header.
func (f *File) headerParts(header Span) (parts []Span) {
	end := header.End - 1
	for at := header.Start; at < end; {
		switch c := f.Source[at]; c {
		case '[', ']', '.', ' ', '\t':
			at++
		default:
			start := at
			at = f.partEnd(at, end)
			parts = append(parts, Span{start, at})
		}
	}
	return parts
}

// partEnd is where the name that starts at at ends.
func (f *File) partEnd(at, end int) int {
	quote := f.Source[at]
	if quote != '"' && quote != '\'' {
		for at < end && !strings.ContainsRune(". \t]", rune(f.Source[at])) {
			at++
		}
		return at
	}
	for at++; at < end && f.Source[at] != quote; at++ {
		if f.Source[at] == '\\' && quote == '"' {
			at++
		}
	}
	return min(at+1, end)
}
