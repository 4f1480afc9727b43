package syntax

// location is a field with the way to it. Elements of arrays are no step of their own, as in a TOML header.
type location struct {
	field *Field
	table *Node     // the one that field belongs to
	up    *location // the field whose value holds table; nil at the root
	depth int       // how many names lead to field, its own included
}

// index finds the location of a field by where its name starts, and by its value.
type index struct {
	byName  map[int]*location
	byValue map[*Node]*location
}

// locate returns the index, which is made when it is asked for first: only who changes a file needs it.
func (f *File) locate() *index {
	f.indexed.Do(func() {
		f.index = &index{byName: map[int]*location{}, byValue: map[*Node]*location{}}
		f.index.add(f.Root, nil, 0)
	})
	return f.index
}

func (x *index) add(n *Node, up *location, depth int) {
	for _, item := range n.Items {
		x.add(item, up, depth)
	}
	for _, field := range n.Fields {
		l := &location{field: field, table: n, up: up, depth: depth + 1}
		x.byName[field.NameAt.Start] = l
		x.byValue[field.Value] = l
		x.add(field.Value, l, depth+1)
	}
}

// Named returns the field whose name stands at span, with the table that it belongs to; nil if there is none.
func (f *File) Named(at Span) (table *Node, field *Field) {
	l := f.locate().byName[at.Start]
	if l == nil || l.field.NameAt != at {
		return nil, nil
	}
	return l.table, l.field
}

// FieldOf returns the field whose value is n, with the table that it belongs to; nil if n is the root or an
// element of an array.
func (f *File) FieldOf(n *Node) (table *Node, field *Field) {
	l := f.locate().byValue[n]
	if l == nil {
		return nil, nil
	}
	return l.table, l.field
}

// How a table or array is written decides how it can be changed.
func (n *Node) isList() bool {
	return n.Is(Array) && len(n.Items) > 0 && n.Items[0].Header != Span{} // [[tables]]
}

// InBrackets says whether n is written between { and } or [ and ].
func (f *File) InBrackets(n *Node) bool {
	return (n.Is(Table) || n.Is(Array)) && n.Header == Span{} && !n.isList() && n != f.tomlRoot() &&
		n.Span.Start < len(f.Source) && (f.Source[n.Span.Start] == '{' || f.Source[n.Span.Start] == '[')
}

// tomlRoot is the root of a TOML file, which has no brackets; nil in JSON.
func (f *File) tomlRoot() *Node {
	if f.Format == TOML {
		return f.Root
	}
	return nil
}

// asKey says whether a TOML field is written as `key = value`, and not by a [header].
func (f *File) asKey(field *Field) bool {
	v := field.Value
	return !field.Implied && v.Header == Span{} && !v.isList()
}

// dotted says whether a TOML table came to be by dotted keys, as a in a.b = 1.
func (f *File) dotted(field *Field) bool {
	return f.Format == TOML && f.asKey(field) && field.Value.Is(Table) && !f.InBrackets(field.Value)
}

// headersIn calls found for each [header] that opened n or a table in it.
func headersIn(n *Node, found func(Span)) {
	if n.Header != (Span{}) {
		found(n.Header)
	}
	for _, item := range n.Items {
		headersIn(item, found)
	}
	for _, field := range n.Fields {
		headersIn(field.Value, found)
	}
}

// extent is where the last of what belongs to n ends: its [tables] may be scattered over the file.
func (f *File) extent(n *Node) int {
	end := n.Header.End
	if n != f.Root { // whose span is the file
		end = max(end, n.Span.End)
	}
	for _, item := range n.Items {
		end = max(end, f.extent(item))
	}
	for _, field := range n.Fields {
		end = max(end, f.extent(field.Value))
	}
	return end
}
