package syntax

import "strings"

// Remove takes field out of table, with its line if nothing else stands there; comments on lines of their own stay.
// nil: a TOML table that headers opened or dotted keys made, which may be scattered over the file.
func (f *File) Remove(table *Node, field *Field) []Edit {
	_, alone := f.indent(field.NameAt.Start)
	switch {
	case f.dotted(field):
		return nil
	case f.InBrackets(table):
		return f.removeMember(field)
	case f.Format != TOML || !f.asKey(field) || !alone: // it is the last part of a dotted key
		return nil
	}
	return []Edit{{Span: f.cut(f.lineBegin(field.NameAt.Start), field.Value.Span.End)}}
}

// removeMember takes a field out of an object or an inline table, with the comma that it needs no more.
func (f *File) removeMember(field *Field) []Edit {
	start, end := field.NameAt.Start, field.Value.Span.End
	edits := []Edit{}
	if comma := f.comma(end); comma >= 0 {
		if f.onlyBlanks(end, comma) {
			end = comma + 1
		} else {
			edits = append(edits, Edit{Span: Span{comma, comma + 1}}) // and the comments before it stay
		}
	} else if comma := f.commaBefore(field); comma >= 0 {
		edits = append(edits, Edit{Span: Span{comma, comma + 1}})
	}
	if _, alone := f.indent(start); alone && f.endsLine(end) {
		return append(edits, Edit{Span: f.cut(f.lineBegin(start), end)})
	}
	for end < len(f.Source) && (f.Source[end] == ' ' || f.Source[end] == '\t') {
		end++
	}
	return append(edits, Edit{Span: Span{start, end}})
}

// commaBefore is where the comma in front of the last member stands; -1 if it is the only one.
func (f *File) commaBefore(last *Field) int {
	l := f.locate().byName[last.NameAt.Start]
	if l == nil {
		return -1
	}
	end := -1
	for _, field := range l.table.Fields {
		if e := field.Value.Span.End; field != last && e <= last.NameAt.Start {
			end = max(end, e)
		}
	}
	if end < 0 {
		return -1
	}
	return f.comma(end)
}

func (f *File) onlyBlanks(from, to int) bool {
	return strings.Trim(string(f.Source[from:to]), " \t") == ""
}

// endsLine says whether at most a comment follows offset at on its line.
func (f *File) endsLine(at int) bool {
	rest := strings.TrimSpace(string(f.Source[at:f.lineStop(at)]))
	return rest == "" || f.isComment(rest)
}

// RemoveComment takes out a comment that goes from at to the end of its line: with the line, if nothing else is on it.
func (f *File) RemoveComment(at int) Edit {
	if blanks, alone := f.indent(at); alone {
		return Edit{Span: f.cut(at-len(blanks), at)}
	}
	start := at
	for start > 0 && (f.Source[start-1] == ' ' || f.Source[start-1] == '\t') {
		start--
	}
	return Edit{Span: Span{start, f.lineStop(at)}}
}
