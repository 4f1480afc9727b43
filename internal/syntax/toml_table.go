package syntax

import "fmt"

// origin is how a table, or an array of tables, came to be, which decides who may add to it. Zero is any other value.
type origin uint8

const (
	byHeader origin = iota + 1 // [a], an element of [[a]] or the array of them, or the root
	implied                    // a in [a.b]: may still be opened by its own header
	dotted                     // a in a.b = 1
	inline                     // a = { … }: closed
)

// addField puts a new field into t.
func addField(t *Node, key part, value *Node) *Field {
	field := &Field{Name: key.name, NameAt: key.at, Value: value}
	t.add(field)
	return field
}

func newTable(o origin, span Span) *Node { return &Node{Kind: Table, Span: span, origin: o} }

// openTable makes the table of [key] the current one. After a mistake that is the table which was there
// already, so that what stands below is still read, or one outside the tree.
func (b *toml) openTable(key []part, header Span) {
	parent, last := b.superTable(key, header)
	if parent == nil {
		return
	}
	field := parent.Field(last.name)
	if field == nil {
		t := newTable(byHeader, header)
		t.Header = header
		addField(parent, last, t)
		b.current = t
		return
	}
	t := field.Value
	switch {
	case t.origin == 0:
		b.conflict(last, fmt.Sprintf("%q is %s already, not a table", last.name, t.Kind), field)
	case t.Kind == Array:
		b.conflict(last, fmt.Sprintf("%q is an array of tables already", last.name), field)
	case t.origin == implied:
		t.origin = byHeader
		field.Implied, field.NameAt = false, last.at
		t.Header, t.Span = header, header
		b.current = t
	default:
		b.conflict(last, fmt.Sprintf("table %q is defined twice", dottedName(key)), field)
		if t.origin != inline {
			b.current, b.again = t, t
		}
	}
}

// openElement appends a table to the array of [[key]] and makes it the current one.
func (b *toml) openElement(key []part, header Span) {
	parent, last := b.superTable(key, header)
	if parent == nil {
		return
	}
	element := newTable(byHeader, header)
	element.Header = header
	b.current = element
	field := parent.Field(last.name)
	switch {
	case field == nil:
		b.array = &Node{Kind: Array, Span: header, Items: []*Node{element}, origin: byHeader}
		addField(parent, last, b.array)
	case field.Value.Kind == Array && field.Value.origin != 0:
		b.array = field.Value
		b.array.Items = append(b.array.Items, element)
		b.array.Span.End = header.End
	default:
		b.conflict(last, fmt.Sprintf("%q is %s already, not an array of [[tables]]", last.name, field.Value.Kind), field)
	}
	b.depth++
}

// superTable walks to the table that holds the last part of a header, making those on the way that are not
// there yet, and sets the depth. Until the caller knows better, what follows goes into a table outside the tree,
// and after a mistake, when the parent is nil, it stays there.
func (b *toml) superTable(key []part, header Span) (parent *Node, last part) {
	b.current, b.array, b.again = newTable(byHeader, header), nil, nil
	b.depth = len(key)
	last = key[len(key)-1]
	if len(key) >= maxDepth {
		b.tooDeep(header, maxDepth)
		return nil, last
	}
	t := b.file.Root
	for _, k := range key[:len(key)-1] {
		field := t.Field(k.name)
		if field == nil {
			field = addField(t, k, newTable(implied, k.at))
			field.Implied = true
		}
		t = field.Value
		if t.origin == 0 || t.origin == inline {
			b.conflict(k, fmt.Sprintf("%q is %s already and cannot be added to", k.name, t.Kind), field)
			return nil, last
		}
		if t.Kind == Array {
			t = t.Items[len(t.Items)-1]
			b.depth++
		}
	}
	return t, last
}

// define sets a key, dotted or not, in table t.
func (b *toml) define(t *Node, key []part, value *Node) {
	last := key[len(key)-1]
	for i, k := range key[:len(key)-1] {
		field := t.Field(k.name)
		if field == nil {
			rest := Span{key[i+1].at.Start, value.Span.End}
			field = addField(t, k, newTable(dotted, rest))
		}
		t = field.Value
		if t.origin != dotted {
			b.conflict(k, fmt.Sprintf("%q is %s already and cannot be added to", k.name, t.Kind), field)
			return
		}
		t.Span.End = value.Span.End
	}
	if field := t.Field(last.name); field != nil {
		if t == b.again {
			return // follows from what was said: a header that stands there twice, or one that is missing
		}
		if t == b.current && b.array != nil {
			b.again = t // a second element begins here, without a header
		}
		b.conflict(last, fmt.Sprintf("%q is defined twice", last.name), field)
		return
	}
	addField(t, last, value)
}

// conflict records that key cannot stand here because of what an earlier field defines.
func (b *toml) conflict(key part, message string, earlier *Field) {
	b.file.fail(Error{
		Span:    key.at,
		Message: message,
		Notes:   []Note{{Span: earlier.NameAt, Message: "first defined here"}},
	})
}

func dottedName(key []part) string {
	name := key[0].name
	for _, k := range key[1:] {
		name += "." + k.name
	}
	return name
}
