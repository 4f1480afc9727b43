package syntax

// Field returns the field called name (the last one if the name is repeated), or nil.
func (n *Node) Field(name string) *Field {
	if n == nil {
		return nil
	}
	if n.byName != nil {
		return n.byName[name]
	}
	for i := len(n.Fields) - 1; i >= 0; i-- {
		if n.Fields[i].Name == name {
			return n.Fields[i]
		}
	}
	return nil
}

// Get follows names through tables; nil if one is missing.
func (n *Node) Get(names ...string) *Node {
	for _, name := range names {
		field := n.Field(name)
		if field == nil {
			return nil
		}
		n = field.Value
	}
	return n
}

// Is says whether n is there and of this kind.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// Str returns Text of a String node, and "" for anything else, nil included.
func (n *Node) Str() string {
	if n.Is(String) {
		return n.Text
	}
	return ""
}

// String names the kind as messages do: "a table", "a string".
func (k Kind) String() string {
	return [...]string{
		Table: "a table", Array: "an array", String: "a string", Integer: "an integer",
		Float: "a float", Bool: "a boolean", Null: "null", Datetime: "a date or time",
	}[k]
}

// longTable is from how many fields on a table has an index.
const longTable = 32

// add appends a field, and keeps Field quick while the table grows.
func (n *Node) add(field *Field) {
	n.Fields = append(n.Fields, field)
	switch {
	case n.byName != nil:
		n.byName[field.Name] = field
	case len(n.Fields) == longTable:
		n.byName = make(map[string]*Field, 2*longTable)
		for _, f := range n.Fields {
			n.byName[f.Name] = f
		}
	}
}
