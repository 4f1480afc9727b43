package syntax

import (
	"slices"
	"strings"
)

// Add gives the table at path new fields, in the file's own style: of each its name and value. Tables on the way that are
// not there are made. nil: there is a field of that name already, or something on the way is no table that can be added to.
func (f *File) Add(path []string, added ...*Field) []Edit {
	at, missing := f.Root, path
	var field *Field
	for len(missing) > 0 && at.Field(missing[0]) != nil {
		field = at.Field(missing[0])
		at, missing = field.Value, missing[1:]
	}
	isThere := func(a *Field) bool { return at.Field(a.Name) != nil }
	switch {
	case len(added) == 0, !at.Is(Table), len(missing) == 0 && slices.ContainsFunc(added, isThere):
		return nil
	case f.InBrackets(at):
		for i := len(missing) - 1; i >= 0; i-- {
			added = []*Field{{Name: missing[i], Value: &Node{Kind: Table, Fields: added}}}
		}
		return f.insert(at, f.members(added)...)
	case f.Format != TOML || field != nil && f.dotted(field):
		return nil
	case len(missing) > 0:
		return f.addBlock(at, "["+f.header(path)+"]", f.members(added)...)
	}
	return f.addLines(path, at, f.members(added)...)
}

// AddTo gives a table new fields, as Add does: one that is an element of an array too. nil: a field of that name is there
// already, or dotted keys made the table.
func (f *File) AddTo(table *Node, added ...*Field) []Edit {
	switch {
	case !table.Is(Table) || slices.ContainsFunc(added, func(a *Field) bool { return table.Field(a.Name) != nil }):
		return nil
	case f.InBrackets(table):
		return f.insert(table, f.members(added)...)
	case f.Format == TOML && table.Header != Span{}:
		return f.addLines(nil, table, f.members(added)...)
	}
	return nil
}

// AddItems appends tables, or to an array in brackets other values, to the array at path. One that is not there is made: as [[path]] in TOML, if the table that it goes
// into allows that. nil: there is something else at path, or on the way.
func (f *File) AddItems(path []string, items ...*Node) []Edit {
	parent, name := path[:len(path)-1], path[len(path)-1]
	array := f.Root.Get(path...)
	switch {
	case array.Is(Array) && f.InBrackets(array):
		var elements []string
		for _, item := range items {
			elements = append(elements, f.value(item))
		}
		return f.insert(array, elements...)
	case array != nil && !array.isList():
		return nil
	}
	near := f.Root
	for _, name := range parent {
		next := near.Get(name)
		if next == nil {
			break
		}
		near = next
	}
	switch {
	case array != nil:
		near = array
	case f.InBrackets(near):
		return f.Add(parent, &Field{Name: name, Value: &Node{Kind: Array, Items: items}})
	}
	var edits []Edit
	for _, item := range items {
		edits = append(edits, f.addBlock(near, "[["+f.header(path)+"]]", f.members(item.Fields)...)...)
	}
	return edits
}

// addBlock writes a TOML header and what stands under it behind everything that belongs to near.
func (f *File) addBlock(near *Node, header string, lines ...string) []Edit {
	at := f.commentsBelow(f.extent(near))
	return []Edit{f.below(at, "\n"+header+"\n"+strings.Join(lines, "\n"))}
}

// commentsBelow is an offset in the last of the comment lines directly under that of offset at, unless they belong to
// what follows them.
func (f *File) commentsBelow(at int) int {
	last := at
	for next := f.lineNext(at); next < len(f.Source); next = f.lineNext(next) {
		switch text := f.line(next); {
		case f.isComment(text):
			last = next
			continue
		case text != "":
			return at
		}
		return last
	}
	return last
}

// addLines writes lines behind the last key of a TOML table, which stands at path.
func (f *File) addLines(path []string, table *Node, added ...string) []Edit {
	last, indent := table.Header.End, ""
	for _, field := range table.Fields {
		if f.asKey(field) && field.Value.Span.End > last {
			last = field.Value.Span.End
			indent, _ = f.indent(field.NameAt.Start)
		}
	}
	if last > 0 {
		return []Edit{f.below(last, indent+strings.Join(added, "\n"+indent))}
	}
	lines := strings.Join(added, "\n")
	first := len(f.Source)
	headersIn(table, func(header Span) { first = min(first, header.Start) })
	if table != f.Root {
		lines = "[" + f.header(path) + "]\n" + lines
	}
	if first == len(f.Source) {
		return []Edit{f.below(first, lines)}
	}
	at := f.withComments(first)
	return []Edit{f.insertion(at, lines+"\n\n")}
}

// below writes lines under the line of offset at.
func (f *File) below(at int, lines string) Edit {
	if at == f.lineBegin(at) { // the empty line behind the last line end
		return f.insertion(at, strings.TrimPrefix(lines, "\n")+"\n")
	}
	return f.insertion(f.lineStop(at), "\n"+lines)
}

// insertion is text at an offset, with the line ends that the file uses there.
func (f *File) insertion(at int, text string) Edit {
	return Edit{Span{at, at}, strings.ReplaceAll(text, "\n", f.newline(at))}
}

// insert appends elements to what is written in brackets: on lines of their own if the last one is, or if the brackets
// stand on different lines, and with a comma behind them if the last one has one.
func (f *File) insert(n *Node, added ...string) []Edit {
	first, last := elements(n)
	if last < 0 {
		closing := n.Span.End - 1
		if outer, alone := f.indent(closing); alone && f.lineBegin(closing) > n.Span.Start {
			inner := outer + f.step()
			return []Edit{f.insertion(f.lineBegin(closing), inner+strings.Join(added, ",\n"+inner)+"\n")}
		}
		text := strings.Join(added, ", ")
		if f.onlyBlanks(n.Span.Start+1, n.Span.End-1) && n.Is(Table) {
			return []Edit{{Span{n.Span.Start + 1, n.Span.End - 1}, " " + text + " "}}
		}
		return []Edit{f.insertion(n.Span.Start+1, text)}
	}
	comma := f.comma(last)
	indent, alone := f.indent(first)
	behind := max(last, comma+1)
	if alone && f.endsLine(behind) {
		lines := "\n" + indent + strings.Join(added, ",\n"+indent)
		if comma >= 0 {
			return []Edit{f.insertion(f.lineStop(behind), lines+",")}
		}
		return []Edit{{Span{last, last}, ","}, f.insertion(f.lineStop(last), lines)}
	}
	text := strings.Join(added, ", ")
	if comma >= 0 {
		return []Edit{{Span{comma + 1, comma + 1}, " " + text + ","}}
	}
	return []Edit{{Span{last, last}, ", " + text}}
}

// step is how much deeper than their brackets the file indents elements: two blanks where its first key does not show it.
func (f *File) step() string {
	if f.Format == JSONC && len(f.Root.Fields) > 0 {
		if blanks, alone := f.indent(f.Root.Fields[0].NameAt.Start); alone && blanks != "" {
			return blanks
		}
	}
	return "  "
}

// elements returns where the last field or item in brackets starts and ends; -1 if there is none.
func elements(n *Node) (start, end int) {
	start, end = -1, -1
	for _, item := range n.Items {
		start, end = item.Span.Start, item.Span.End
	}
	for _, field := range n.Fields {
		if e := field.Value.Span.End; e > end { // dotted keys of one table need not stand together
			start, end = field.NameAt.Start, e
		}
	}
	return start, end
}
