package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// FuzzChangeTOML: in any file that parses, each editing helper either declines or changes just what it says: the file
// parses afterwards, and its tree is the old one but for that.
func FuzzChangeTOML(f *testing.F) {
	addSeeds(f, "*.toml")
	f.Add([]byte("[env.a]\n[[env.a.kv]]\nb = 1\n\n# c\nr = [ # d\n]\n[env.b.vars]\nx.y = { z = 1 }"))
	f.Fuzz(func(t *testing.T, src []byte) { checkChanges(t, TOML, src) })
}

// FuzzChangeJSONC: the same for JSONC.
func FuzzChangeJSONC(f *testing.F) {
	addSeeds(f, "*.json*")
	f.Add([]byte("{ \"a\": [{ \"b\": 1 /* c */ }, // d\n], \"a\": {}\n, \"e\": 2 }"))
	f.Fuzz(func(t *testing.T, src []byte) { checkChanges(t, JSONC, src) })
}

func checkChanges(t *testing.T, format Format, src []byte) {
	const most = 30 // fields: a long file teaches no more than a short one
	file := ParseAs(format, "fuzz", src)
	if len(file.Errors) > 0 {
		return
	}
	fresh := "brand-new"
	if strings.Contains(plain(file.Root), fresh) {
		return
	}
	added := &Node{Kind: String, Text: "v"}
	fields := 0
	walkFields(file.Root, nil, func(table *Node, field *Field, path []string, inArray bool) {
		if fields++; fields > most {
			return
		}
		value, kept := *field, slices.Clone(table.Fields)
		at := slices.Index(table.Fields, field)
		restore := func() { *field, table.Fields = value, kept }

		edits := file.Remove(table, field)
		table.Fields = slices.Delete(slices.Clone(kept), at, at+1)
		checkChange(t, file, "Remove", path, edits)
		restore()

		edits = file.Rename(field.NameAt, fresh)
		field.Name = fresh
		checkChange(t, file, "Rename", path, edits)
		restore()

		edits = file.Enclose(field.Value)
		field.Value = &Node{Kind: Array, Items: []*Node{value.Value}}
		checkChange(t, file, "Enclose", path, edits)
		restore()

		if inArray {
			return // what follows takes a path, and no path leads into an array
		}
		if edits := file.Move(table, field, nil); edits != nil && file.Root.Field(field.Name) == nil {
			table.Fields = slices.Delete(slices.Clone(kept), at, at+1)
			root := file.Root.Fields
			file.Root.Fields = append(slices.Clone(root), field)
			checkChange(t, file, "Move", path, edits)
			file.Root.Fields = root
			restore()
		}
		if field.Value.Is(Table) && file.Root.Get(path...) == field.Value {
			edits = file.Add(path, &Field{Name: fresh, Value: added})
			inner := field.Value.Fields
			field.Value.Fields = append(slices.Clone(inner), &Field{Name: fresh, Value: added})
			checkChange(t, file, "Add", path, edits)
			field.Value.Fields = inner
		}
		if field.Value.Is(Array) && file.Root.Get(path...) == field.Value {
			item := &Node{Kind: Table, Fields: []*Field{{Name: fresh, Value: added}}}
			edits = file.AddItems(path, item)
			inner := field.Value.Items
			field.Value.Items = append(slices.Clone(inner), item)
			checkChange(t, file, "AddItems", path, edits)
			field.Value.Items = inner
		}
	})
	root := file.Root.Fields
	edits := file.Add(nil, &Field{Name: fresh, Value: added})
	file.Root.Fields = append(slices.Clone(root), &Field{Name: fresh, Value: added})
	checkChange(t, file, "Add", nil, edits)
	file.Root.Fields = root
}

// checkChange applies edits and compares with the tree of file, which holds what is expected.
func checkChange(t *testing.T, file *File, what string, path []string, edits []Edit) {
	t.Helper()
	if len(edits) == 0 {
		return
	}
	got, err := Apply(file.Source, edits)
	if err != nil {
		t.Fatalf("%s of %q in %q: %v", what, path, file.Source, err)
	}
	after := ParseAs(file.Format, "fuzz", got)
	if len(after.Errors) > 0 {
		t.Fatalf("%s of %q in %q gives %q: %s", what, path, file.Source, got, after.Errors[0].Message)
	}
	if got, want := plain(after.Root), plain(file.Root); got != want {
		t.Fatalf("%s of %q in %q gives %q:\n got %s\nwant %s", what, path, file.Source, after.Source, got, want)
	}
}

// plain is a tree without its places. The order of fields says nothing, except among those of one name (JSON), and an
// implied table that lost its last field is gone.
func plain(n *Node) string {
	switch n.Kind {
	case Table:
		var fields []string
		for _, f := range n.Fields {
			fields = append(fields, fmt.Sprintf("%q: %s", f.Name, plain(f.Value)))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ", ") + "}"
	case Array:
		var items []string
		for _, item := range n.Items {
			items = append(items, plain(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprintf("%v(%q)", n.Kind, n.Text)
}

func walkFields(n *Node, path []string, visit func(table *Node, field *Field, path []string, inArray bool)) {
	var walk func(n *Node, path []string, inArray bool)
	walk = func(n *Node, path []string, inArray bool) {
		for _, item := range n.Items {
			walk(item, path, true)
		}
		for _, field := range slices.Clone(n.Fields) {
			below := append(slices.Clone(path), field.Name)
			visit(n, field, below, inArray)
			walk(field.Value, below, inArray)
		}
	}
	walk(n, path, false)
}
