//go:build npm

package conformance

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// mutator makes configurations out of others.
type mutator struct {
	*rand.Rand
	originals []*syntax.File
	names     []string       // the keys of all originals
	values    []*syntax.Node // their values, and some of each type
}

func newMutator(random *rand.Rand, originals []*syntax.File) *mutator {
	m := &mutator{Rand: random, originals: originals}
	seen := map[string]bool{}
	for _, original := range originals {
		for _, s := range slots(original.Root) {
			m.values = append(m.values, s.value())
			if s.table != nil && !seen[s.name()] {
				seen[s.name()] = true
				m.names = append(m.names, s.name())
			}
		}
	}
	return m
}

// oddValues has values of each type, and those at the edge of it.
var oddValues = []*syntax.Node{
	{Kind: syntax.Null}, {Kind: syntax.Bool, Bool: true}, {Kind: syntax.Bool},
	{Kind: syntax.Integer, Text: "0"}, {Kind: syntax.Integer, Text: "1"}, {Kind: syntax.Integer, Text: "-1"},
	{Kind: syntax.Integer, Text: "65535"}, {Kind: syntax.Integer, Text: "9007199254740993"},
	{Kind: syntax.Float, Text: "0.5"}, {Kind: syntax.Float, Text: "1.0"}, {Kind: syntax.Float, Text: "1e3"}, {Kind: syntax.Float, Text: "1e400"},
	{Kind: syntax.String}, {Kind: syntax.String, Text: "x"}, {Kind: syntax.String, Text: "a b"}, {Kind: syntax.String, Text: "Ünï\t\"\\"},
	{Kind: syntax.String, Text: "docker.io/httpd:1"}, {Kind: syntax.String, Text: "httpd:latest"}, {Kind: syntax.String, Text: "constructor"},
	{Kind: syntax.String, Text: "2024-13-01"}, {Kind: syntax.String, Text: "on 2024-01-05"},
	{Kind: syntax.Array}, {Kind: syntax.Array, Items: []*syntax.Node{{Kind: syntax.String, Text: "x"}}},
	{Kind: syntax.Table}, {Kind: syntax.Table, Fields: []*syntax.Field{{Name: "x", Value: &syntax.Node{Kind: syntax.String, Text: "y"}}}},
	{Kind: syntax.Datetime, Text: "2024-01-01"}, {Kind: syntax.Datetime, Text: "07:32:00"},
}

// mutant returns a changed configuration, and the name of its file, which tells the format.
func (m *mutator) mutant() (name string, source []byte) {
	tree := clone(m.originals[m.IntN(len(m.originals))].Root)
	for range 1 + m.IntN(3) {
		m.change(tree)
	}
	p := printer{Rand: m.Rand}
	if m.IntN(2) == 0 {
		name = "wrangler.jsonc"
		p.json(tree, 0)
	} else {
		name = "wrangler.toml"
		p.document(tree)
	}
	source = p.Bytes()
	for m.IntN(4) == 0 {
		source = m.damage(source)
	}
	return name, source
}

// environments lists what to read a mutant for: the top level, a few environments, and now and then an undeclared one.
// A name with half a character in it no command line can give.
func (m *mutator) environments(config *wrangler.Config) []string {
	all := []string{""}
	declared := slices.Clone(config.Envs)
	m.Shuffle(len(declared), func(i, j int) { declared[i], declared[j] = declared[j], declared[i] })
	for _, e := range declared[:min(2, len(declared))] {
		if !strings.ContainsRune(e.Name, utf8.RuneError) {
			all = append(all, e.Name)
		}
	}
	if m.IntN(8) == 0 {
		all = append(all, undeclared)
	}
	return slices.Compact(all)
}

// slot is a place in the tree that holds a value: a field of a table, or an item of an array.
type slot struct {
	table, array *syntax.Node
	i            int
}

func (s slot) name() string { return s.table.Fields[s.i].Name }

func (s slot) value() *syntax.Node {
	if s.table != nil {
		return s.table.Fields[s.i].Value
	}
	return s.array.Items[s.i]
}

func (s slot) set(n *syntax.Node) {
	if s.table != nil {
		s.table.Fields[s.i].Value = n
	} else {
		s.array.Items[s.i] = n
	}
}

func (s slot) remove() {
	if s.table != nil {
		s.table.Fields = slices.Delete(s.table.Fields, s.i, s.i+1)
	} else {
		s.array.Items = slices.Delete(s.array.Items, s.i, s.i+1)
	}
}

// slots lists all below n.
func slots(n *syntax.Node) (all []slot) {
	for i, field := range n.Fields {
		all = append(append(all, slot{table: n, i: i}), slots(field.Value)...)
	}
	for i, item := range n.Items {
		all = append(append(all, slot{array: n, i: i}), slots(item)...)
	}
	return all
}

// change makes one change somewhere in the tree.
func (m *mutator) change(tree *syntax.Node) {
	all := slots(tree)
	if len(all) == 0 {
		return
	}
	s := all[m.IntN(len(all))]
	other := all[m.IntN(len(all))]
	switch m.IntN(10) {
	case 0:
		s.remove()
	case 1, 2:
		if s.table != nil {
			s.table.Fields[s.i].Name = m.rename(s.name())
		}
	case 3:
		s.set(clone(oddValues[m.IntN(len(oddValues))]))
	case 4:
		s.set(clone(m.values[m.IntN(len(m.values))]))
	case 5: // twice
		m.insert(s.table, s.array, m.nameOf(s), clone(s.value()))
	case 6: // in another order
		if s.table != nil {
			m.Shuffle(len(s.table.Fields), func(i, j int) { s.table.Fields[i], s.table.Fields[j] = s.table.Fields[j], s.table.Fields[i] })
		} else {
			m.Shuffle(len(s.array.Items), func(i, j int) { s.array.Items[i], s.array.Items[j] = s.array.Items[j], s.array.Items[i] })
		}
	case 7: // copied, or moved, to another place
		name, value := m.nameOf(s), clone(s.value())
		table, array := tree, (*syntax.Node)(nil)
		switch target := other.value(); {
		case target.Kind == syntax.Table && m.IntN(4) > 0:
			table = target
		case target.Kind == syntax.Array:
			table, array = nil, target
		}
		if m.IntN(2) == 0 {
			s.remove()
		}
		m.insert(table, array, name, value)
	case 8: // into an environment
		m.insert(m.environment(tree), nil, m.nameOf(s), clone(s.value()))
	case 9:
		a, b := clone(s.value()), clone(other.value())
		s.set(b)
		other.set(a)
	}
}

func (m *mutator) nameOf(s slot) string {
	if s.table != nil {
		return s.name()
	}
	return m.names[m.IntN(len(m.names))]
}

// insert puts a value into a table or an array.
func (m *mutator) insert(table, array *syntax.Node, name string, value *syntax.Node) {
	if table != nil {
		table.Fields = slices.Insert(table.Fields, m.IntN(len(table.Fields)+1), &syntax.Field{Name: name, Value: value})
	} else {
		array.Items = slices.Insert(array.Items, m.IntN(len(array.Items)+1), value)
	}
}

// environment returns one of the tree, or makes one.
func (m *mutator) environment(tree *syntax.Node) *syntax.Node {
	env := tree.Get("env")
	if !env.Is(syntax.Table) {
		env = &syntax.Node{Kind: syntax.Table}
		m.insert(tree, nil, "env", env)
	}
	if len(env.Fields) == 0 {
		m.insert(env, nil, "made", &syntax.Node{Kind: syntax.Table})
	}
	e := env.Fields[m.IntN(len(env.Fields))].Value
	if e.Kind != syntax.Table {
		return tree
	}
	return e
}

// rename returns another key, or a misspelt one.
func (m *mutator) rename(name string) string {
	if m.IntN(2) == 0 || len(name) < 2 {
		return m.names[m.IntN(len(m.names))]
	}
	i := m.IntN(len(name) - 1)
	switch m.IntN(4) {
	case 0:
		return name[:i] + name[i+1:]
	case 1:
		return name[:i] + name[i+1:i+2] + name[i:i+1] + name[i+2:]
	case 2:
		return strings.ToUpper(name)
	default:
		return strings.ReplaceAll(name, "_", "-")
	}
}

// snippets are what damages a text.
var snippets = []string{
	"\n", "\r", "\r\n", "\t", " ", ",", "=", ":", ".", "[", "]", "{", "}", "\"", "'", "\"\"\"", "'''", "\\", "\\e", "\\x41", "\\u00e9", "\\uD800",
	"#", "//", "/*", "*/", "\x00", "\x7f", "\u0085", "\u00a0", "\ufeff", "\u2028", "é", "\xff", "-", "+", "_", "0x1F", "1_000", "inf", "-nan", "null",
	"true", "[a]\n", "[[a]]\n", "a.b = 1\n", "env.x = 1\n", "\"\" = 1\n", "1979-05-27T07:32:00Z", "1979-05-27 07:32", "[env.x]\n", "vars = 1\n",
}

// damage changes the text, most often so that it is no valid file any more.
func (m *mutator) damage(source []byte) []byte {
	lines := bytes.SplitAfter(source, []byte("\n"))
	i, j := m.IntN(len(lines)), m.IntN(len(lines))
	at := m.IntN(len(source) + 1)
	switch m.IntN(7) {
	case 0:
		return slices.Concat(bytes.Join(lines[:i], nil), bytes.Join(lines[i+1:], nil))
	case 1:
		return slices.Concat(bytes.Join(lines[:i+1], nil), lines[j], bytes.Join(lines[i+1:], nil))
	case 2:
		lines[i], lines[j] = lines[j], lines[i]
		return bytes.Join(lines, nil)
	case 3:
		return source[:at]
	case 4:
		return slices.Concat(source[:at], source[min(at+1+m.IntN(3), len(source)):])
	default:
		return slices.Concat(source[:at], []byte(snippets[m.IntN(len(snippets))]), source[at:])
	}
}

func clone(n *syntax.Node) *syntax.Node {
	c := syntax.Node{Kind: n.Kind, Text: n.Text, Bool: n.Bool, Number: n.Number}
	for _, item := range n.Items {
		c.Items = append(c.Items, clone(item))
	}
	for _, field := range n.Fields {
		c.Fields = append(c.Fields, &syntax.Field{Name: field.Name, Value: clone(field.Value)})
	}
	return &c
}
