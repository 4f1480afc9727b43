package syntax

import (
	"strings"
	"testing"
)

// A change is one call of an editing helper, on the value or field at a path.
type change struct {
	name string
	path string // dotted; an index counts the items of an array
	do   func(f *File, table *Node, field *Field) []Edit
	src  string
	want string // "" where the helper has to decline
}

func remove(f *File, table *Node, field *Field) []Edit { return f.Remove(table, field) }
func enclose(f *File, _ *Node, field *Field) []Edit    { return f.Enclose(field.Value) }
func unwrap(f *File, _ *Node, field *Field) []Edit     { return f.Unwrap(field.Value) }

func rename(name string) func(*File, *Node, *Field) []Edit {
	return func(f *File, _ *Node, field *Field) []Edit { return f.Rename(field.NameAt, name) }
}

func move(path ...string) func(*File, *Node, *Field) []Edit {
	return func(f *File, table *Node, field *Field) []Edit { return f.Move(table, field, path) }
}

func nest(name string) func(*File, *Node, *Field) []Edit {
	return func(f *File, _ *Node, field *Field) []Edit { return f.Nest(field.Value, name) }
}

func add(name, value string, path ...string) func(*File, *Node, *Field) []Edit {
	return func(f *File, _ *Node, _ *Field) []Edit {
		return f.Add(path, &Field{Name: name, Value: &Node{Kind: String, Text: value}})
	}
}

func addTables(path ...string) func(*File, *Node, *Field) []Edit {
	item := func(name string) *Node {
		return &Node{Kind: Table, Fields: []*Field{{Name: "b", Value: &Node{Kind: String, Text: name}}}}
	}
	return func(f *File, _ *Node, _ *Field) []Edit { return f.AddItems(path, item("X"), item("Y")) }
}

func TestChangeTOML(t *testing.T) {
	testChanges(t, TOML, []change{
		{"a line", "b", remove, "a = 1\nb = 2 # two\nc = 3\n", "a = 1\nc = 3\n"},
		{"a value of several lines", "b", remove, "a = 1\nb = [\n  2,\n]\nc = 3\n", "a = 1\nc = 3\n"},
		{"the comment above stays", "b", remove, "# about\nb = 2\n", "# about\n"},
		{"between blank lines", "b", remove, "a = 1\n\nb = 2\n\nc = 3\n", "a = 1\n\nc = 3\n"},
		{"the last line, without a line end", "b", remove, "a = 1\r\nb = 2", "a = 1"},
		{"all there is", "a", remove, "\ufeffa = 1\n", "\ufeff"},
		{"in an inline table", "t.a", remove, "t = { a = 1, b = 2 }\n", "t = { b = 2 }\n"},
		{"the last in an inline table", "t.b", remove, "t = { a = 1, b = 2 }\n", "t = { a = 1 }\n"},
		{"a table cannot be taken out", "t", remove, "[t]\na = 1\n", ""},
		{"nor what dotted keys made", "t", remove, "t.a = 1\nt.b = 2\n", ""},
		{"nor a part of it", "t.b", remove, "t.a = 1\nt.b = 2\n", ""},

		{"a key", "kv-x", rename("kv_x"), "kv-x = []\n", "kv_x = []\n"},
		{"a quoted key", "kv-x", rename("kv_x"), "'kv-x' = []\n", "'kv_x' = []\n"},
		{"a name that needs quotes", "a", rename("a b"), "a = 1\n", "\"a b\" = 1\n"},
		{"each header", "kv-x", rename("kv_x"), "[[kv-x]]\na = 1\n[[ \"kv-x\" ]]\n[kv-x.sub]\n", "[[kv_x]]\na = 1\n[[ \"kv_x\" ]]\n[kv_x.sub]\n"},
		{"in the middle of headers", "env.prod.kv-x", rename("kv_x"), "[[env.prod.kv-x]]\n[env.prod]\n[[env.prod . kv-x]]\n", "[[env.prod.kv_x]]\n[env.prod]\n[[env.prod . kv_x]]\n"},
		{"a table that is only implied", "en", rename("env"), "[en.a]\n[en.b]\n", "[env.a]\n[env.b]\n"},
		{"one dotted key", "a", rename("b"), "a.x = 1\n", "b.x = 1\n"},
		{"two dotted keys", "a", rename("b"), "a.x = 1\na.y = 2\n", ""},

		{"up", "vars.r", move(), "a = 1\n\n[vars]\nV = 1\n\n# about\nr = [\n  1, # one\n]\n", "a = 1\n\n# about\nr = [\n  1, # one\n]\n\n[vars]\nV = 1\n"},
		{"up, CRLF and no line end", "vars.r", move(), "a = 1\r\n[vars]\r\nV = 1\r\nr = 2", "a = 1\r\nr = 2\r\n[vars]\r\nV = 1"},
		{"up, before the comments of the first header", "vars.r", move(), "\ufeff# vars\n[vars]\nr = 2\n", "\ufeffr = 2\n\n# vars\n[vars]\n"},
		{"up, with all of its comments, to where no key is", "vars.r", move(), "# top\n\n  [vars]\n  V = 1\n  # about\n  # it\n\tr = 2\n", "# top\n\n# about\n# it\nr = 2\n\n  [vars]\n  V = 1\n"},
		{"out of an element", "q.0.r", move(), "a = 1\n[[q]]\nb = 1\n\tr = 2 # tab\n", "a = 1\nr = 2 # tab\n[[q]]\nb = 1\n"},
		{"to a table below", "ai.r", move("env", "p"), "[ai]\nr = 2\n[env.p]\n  n = 1 # name\n[env.p.vars]\n", "[ai]\n[env.p]\n  n = 1 # name\n  r = 2\n[env.p.vars]\n"},
		{"to a table without keys", "ai.r", move("env", "p"), "[ai]\nr = 2\n[env.p] # here\n", "[ai]\n[env.p] # here\nr = 2\n"},
		{"to a table without a header", "env.p.vars.r", move("env", "p"), "# vars\n[env.p.vars]\nV = 1\nr = 2\n", "[env.p]\nr = 2\n\n# vars\n[env.p.vars]\nV = 1\n"},
		{"dotted keys to the table they name", "ai.env", move(), "[ai]\n# why\nenv.p.r = 2 # two\n[env.p]\n", "[ai]\n[env.p]\n# why\nr = 2 # two\n"},
		{"dotted keys to a table that is not there", "ai.x", move(), "[ai]\nx.y = 2\n", "x.y = 2\n\n[ai]\n"},
		{"two dotted keys", "ai.x", move(), "[ai]\nx.y = 2\nx.z = 3\n", ""},
		{"where it is already", "vars.r", move(), "r = 1\n[vars]\nr = 2\n", ""},
		{"out of an inline table", "vars.r", move(), "vars = { r = 1 }\n", ""},
		{"to an inline table", "vars.r", move("env", "p"), "env = { p = { } }\n[vars]\nr = 1\n", ""},
		{"to no table", "vars.r", move("env", "p"), "[vars]\nr = 1\n", ""},

		{"a value", "c", enclose, "c = \"x\" # why\n", "c = [\"x\"] # why\n"},
		{"an inline table", "c", enclose, "c = { a = 1 }\n", "c = [{ a = 1 }]\n"},
		{"a header", "c", enclose, "[ c ]\na = 1\n", "[[ c ]]\na = 1\n"},
		{"dotted keys", "c", enclose, "c.a = 1\n", ""},
		{"the only item", "c", unwrap, "c = [ { a = 1 }, ]\n", "c = { a = 1 }\n"},
		{"the only [[table]]", "c", unwrap, "[[c]]\na = 1\n", "[c]\na = 1\n"},
		{"one of two", "c", unwrap, "[[c]]\n[[c]]\n", ""},
		{"with a comment", "c", unwrap, "c = [ # why\n  1 ]\n", ""},
		{"headers", "q", nest("producers"), "[[q]]\na = 1\n[[\"q\"]]\n", "[[q.producers]]\na = 1\n[[\"q\".producers]]\n"},
		{"brackets", "q", nest("producers"), "q = [{ a = 1 }]\n", "q = { producers = [{ a = 1 }] }\n"},

		{"to the root", "", add("n", "v"), "a = 1 # one\n\n[t]\n", "a = 1 # one\nn = \"v\"\n\n[t]\n"},
		{"to an empty file", "", add("n", "v"), "", "n = \"v\"\n"},
		{"to a file of comments", "", add("n", "v"), "# c", "# c\nn = \"v\""},
		{"to an inline table", "", add("n", "v", "t"), "t = { a = 1 }\n", "t = { a = 1, n = \"v\" }\n"},
		{"to an empty inline table", "", add("n", "v", "t"), "t = {}\n", "t = { n = \"v\" }\n"},
		{"to a table in an inline one", "", add("n", "v", "t", "u"), "t = {}\n", "t = { u = { n = \"v\" } }\n"},
		{"to a new table", "", add("n", "v", "env", "p x"), "[env.a]\nb = 1\n\n[other]\n", "[env.a]\nb = 1\n\n[env.\"p x\"]\nn = \"v\"\n\n[other]\n"},
		{"what is there", "", add("a", "v"), "a = 1\n", ""},
		{"to no table", "", add("n", "v", "a"), "a = 1\n", ""},

		{"to [[tables]]", "", addTables("kv"), "[[kv]]\nb = \"A\"\n[kv.sub]\nc = 1\n\n[t]\n", "[[kv]]\nb = \"A\"\n[kv.sub]\nc = 1\n\n[[kv]]\nb = \"X\"\n\n[[kv]]\nb = \"Y\"\n\n[t]\n"},
		{"to an inline array", "", addTables("kv"), "kv = [{ b = \"A\" }]\n", "kv = [{ b = \"A\" }, { b = \"X\" }, { b = \"Y\" }]\n"},
		{"to an array over lines", "", addTables("kv"), "kv = [\n\t{ b = \"A\" } # a\n]\n", "kv = [\n\t{ b = \"A\" }, # a\n\t{ b = \"X\" },\n\t{ b = \"Y\" }\n]\n"},
		{"to an empty array over lines", "", addTables("kv"), "kv = [\n  # none\n]\n", "kv = [\n  # none\n  { b = \"X\" },\n  { b = \"Y\" }\n]\n"},
		{"with a comma at its end", "", addTables("kv"), "kv = [\r\n  { b = \"A\" }, # a\r\n]\r\n", "kv = [\r\n  { b = \"A\" }, # a\r\n  { b = \"X\" },\r\n  { b = \"Y\" },\r\n]\r\n"},
		{"to no array", "", addTables("kv"), "kv = 1\n", ""},
		{"new ones", "", addTables("env", "p", "kv"), "[env.p]\nn = 1", "[env.p]\nn = 1\n\n[[env.p.kv]]\nb = \"X\"\n\n[[env.p.kv]]\nb = \"Y\""},
	})
}

func TestChangeJSONC(t *testing.T) {
	testChanges(t, JSONC, []change{
		{"a line", "a", remove, "{\n  \"a\": 1, // one\n  \"b\": 2\n}\n", "{\n  \"b\": 2\n}\n"},
		{"the last line", "b", remove, "{\n  \"a\": 1, // one\n  \"b\": 2\n}\n", "{\n  \"a\": 1 // one\n}\n"},
		{"the last line, with a comma", "b", remove, "{\n  \"a\": 1,\n  \"b\": 2,\n}\n", "{\n  \"a\": 1,\n}\n"},
		{"the first on its line", "a", remove, `{ "a": 1, "b": 2 }`, `{ "b": 2 }`},
		{"the last on its line", "b", remove, `{ "a": 1, "b": 2 }`, `{ "a": 1 }`},
		{"the only one", "a", remove, `{ "a": 1 }`, `{ }`},
		{"comments around stay", "a", remove, `{ /* x */ "a": 1 /* y */, /* z */ "b": 2 }`, `{ /* x */ /* y */ /* z */ "b": 2 }`},

		{"a key", "kv-x", rename("kv_x"), `{ "kv-x": [] }`, `{ "kv_x": [] }`},
		{"a value", "c", enclose, `{ "c": "x" }`, `{ "c": ["x"] }`},
		{"the only item", "c", unwrap, `{ "c": [{ "a": 1 }] }`, `{ "c": { "a": 1 } }`},
		{"brackets", "q", nest("producers"), `{ "q": [] }`, `{ "q": { "producers": [] } }`},
		{"nothing moves", "v.r", move(), `{ "v": { "r": 1 } }`, ""},

		{"a line", "", add("n", "v"), "\ufeff{\r\n\t\"a\": 1 // one\r\n}", "\ufeff{\r\n\t\"a\": 1, // one\r\n\t\"n\": \"v\"\r\n}"},
		{"a line, with a comma", "", add("n", "v"), "{\n  \"a\": 1, // one\n}\n", "{\n  \"a\": 1, // one\n  \"n\": \"v\",\n}\n"},
		{"on the same line", "", add("n", "v"), `{ "a": 1 }`, `{ "a": 1, "n": "v" }`},
		{"to an empty object", "", add("n", "v"), `{}`, `{ "n": "v" }`},
		{"to a comment", "", add("n", "v"), "{ // c\n}", "{ // c\n  \"n\": \"v\"\n}"},
		{"to objects that are not there", "", add("n", "v", "x", "y"), `{ "a": 1 }`, `{ "a": 1, "x": { "y": { "n": "v" } } }`},

		{"to an empty object over lines", "", add("n", "v", "t"), "{\r\n\t\"t\": { // t\r\n\t}\r\n}", "{\r\n\t\"t\": { // t\r\n\t\t\"n\": \"v\"\r\n\t}\r\n}"},
		{"items", "", addTables("kv"), `{ "kv": [{ "b": "A" }] }`, `{ "kv": [{ "b": "A" }, { "b": "X" }, { "b": "Y" }] }`},
		{"items of an empty array", "", addTables("kv"), `{ "kv": [] }`, `{ "kv": [{ "b": "X" }, { "b": "Y" }] }`},
		{"a new array", "", addTables("kv"), "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"kv\": [{ \"b\": \"X\" }, { \"b\": \"Y\" }]\n}\n"},
	})
}

func testChanges(t *testing.T, format Format, tests []change) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := ParseAs(format, "test", []byte(tt.src))
			if len(f.Errors) > 0 {
				t.Fatalf("%q does not parse: %s", tt.src, f.Errors[0].Message)
			}
			table, field := follow(t, f, tt.path)
			edits := tt.do(f, table, field)
			if tt.want == "" && strings.TrimSpace(tt.src) != "" {
				if len(edits) != 0 {
					t.Errorf("%q: edits %v, want none", tt.src, edits)
				}
				return
			}
			got, err := Apply(f.Source, edits)
			if err != nil || string(got) != tt.want {
				t.Errorf("%q:\n got %q, %v\nwant %q", tt.src, got, err, tt.want)
			}
			if after := ParseAs(format, "test", got); len(after.Errors) > 0 && format == TOML {
				t.Errorf("%q becomes %q: %s", tt.src, got, after.Errors[0].Message)
			}
		})
	}
}

// follow walks a dotted path; an index steps into an array. "" is no field.
func follow(t *testing.T, f *File, path string) (table *Node, field *Field) {
	t.Helper()
	at := f.Root
	for name := range strings.SplitSeq(path, ".") {
		switch {
		case path == "":
		case at.Is(Array):
			at = at.Items[name[0]-'0']
		case at.Field(name) == nil:
			t.Fatalf("%q has no %s", f.Source, path)
		default:
			table, field = at, at.Field(name)
			at = field.Value
		}
	}
	return table, field
}

func TestRemoveComment(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"a = 1\n# X\nb = 2\n", "a = 1\nb = 2\n"},
		{"a = 1 # X\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n"},
		{"a = 1\n\n# X\n\nb = 2\n", "a = 1\n\nb = 2\n"},
		{"a = 1\n# X", "a = 1"},
		{"\ufeff# X\n", "\ufeff"},
	} {
		f := ParseAs(TOML, "test", []byte(tt.src))
		got, err := Apply(f.Source, []Edit{f.RemoveComment(strings.Index(tt.src, "#"))})
		if err != nil || string(got) != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.src, got, err, tt.want)
		}
	}
}

// An element of an array gets a field in the style in which it is written.
func TestAddTo(t *testing.T) {
	for _, c := range []struct {
		name       string
		format     Format
		text, want string
	}{
		{"a header", TOML, "[[kv]]\nbinding = \"A\" # a\n\n[[kv]]\nbinding = \"B\"\n", "[[kv]]\nbinding = \"A\" # a\nid = \"1\"\n\n[[kv]]\nbinding = \"B\"\n"},
		{"a header, indented, CRLF", TOML, "[[kv]]\r\n  binding = \"A\"\r\n", "[[kv]]\r\n  binding = \"A\"\r\n  id = \"1\"\r\n"},
		{"inline", TOML, "kv = [ { binding = \"A\" } ]\n", "kv = [ { binding = \"A\", id = \"1\" } ]\n"},
		{"JSON in one line", JSONC, `{"kv": [{"binding": "A"}]}`, `{"kv": [{"binding": "A", "id": "1"}]}`},
		{"JSON over lines", JSONC, "{\"kv\": [{\n\t\"binding\": \"A\", // a\n}]}", "{\"kv\": [{\n\t\"binding\": \"A\", // a\n\t\"id\": \"1\",\n}]}"},
		{"there already", JSONC, `{"kv": [{"binding": "A", "id": 1}]}`, ""},
	} {
		f := ParseAs(c.format, "wrangler", []byte(c.text))
		edits := f.AddTo(f.Root.Get("kv").Items[0], &Field{Name: "id", Value: &Node{Kind: String, Text: "1"}})
		got, err := Apply(f.Source, edits)
		if err != nil {
			t.Fatal(err)
		}
		if c.want == "" {
			if edits != nil {
				t.Errorf("%s: got %q, want no edit", c.name, got)
			}
			continue
		}
		if string(got) != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
