//go:build npm

package conformance

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// printer writes a tree as TOML or JSON, each time in another way.
type printer struct {
	*rand.Rand
	bytes.Buffer
}

// json writes any value, tables over several lines.
func (p *printer) json(n *syntax.Node, depth int) {
	line := "\n" + strings.Repeat("  ", depth+1)
	switch n.Kind {
	case syntax.Table, syntax.Array:
		open, end := "{", "}"
		if n.Kind == syntax.Array {
			open, end = "[", "]"
		}
		p.WriteString(open)
		for i, field := range n.Fields {
			p.comma(i, line)
			p.WriteString(quoted(field.Name) + ": ")
			p.json(field.Value, depth+1)
		}
		for i, item := range n.Items {
			p.comma(i, line)
			p.json(item, depth+1)
		}
		if len(n.Fields)+len(n.Items) > 0 && p.IntN(8) == 0 {
			p.WriteString(", // the last\n")
		}
		p.WriteString(end)
	case syntax.Datetime:
		p.WriteString(quoted(n.Text))
	case syntax.Float, syntax.Integer:
		p.WriteString(strings.TrimPrefix(strings.ReplaceAll(n.Text, "_", ""), "+"))
	default:
		p.scalar(n)
	}
}

func (p *printer) comma(i int, line string) {
	if i > 0 {
		p.WriteString(",")
	}
	if p.IntN(3) > 0 {
		p.WriteString(line)
	}
}

// scalar writes what TOML and JSON write alike.
func (p *printer) scalar(n *syntax.Node) {
	switch n.Kind {
	case syntax.String:
		p.WriteString(quoted(n.Text))
	case syntax.Bool:
		p.WriteString(map[bool]string{true: "true", false: "false"}[n.Bool])
	case syntax.Null:
		p.WriteString("null")
	default:
		p.WriteString(n.Text)
	}
}

// document writes a table as a TOML file.
func (p *printer) document(n *syntax.Node) { p.section(n, "") }

// section writes what belongs to the table of a header: first its values, then tables with headers of their own.
func (p *printer) section(n *syntax.Node, path string) {
	var below []*syntax.Field
	for _, field := range n.Fields {
		switch value := field.Value; {
		case value.Kind == syntax.Null:
		case value.Kind == syntax.Table && p.IntN(3) > 0, arrayOfTables(value) && p.IntN(3) > 0:
			below = append(below, field)
		case value.Kind == syntax.Table && len(value.Fields) > 0 && p.IntN(2) == 0:
			p.dotted(bare(field.Name), value)
		default:
			p.WriteString(bare(field.Name) + " = ")
			p.inline(value)
			p.WriteString("\n")
		}
	}
	for _, field := range below {
		name := path + bare(field.Name)
		if field.Value.Kind == syntax.Table {
			p.WriteString("\n[" + name + "]\n")
			p.section(field.Value, name+".")
			continue
		}
		for _, item := range field.Value.Items {
			p.WriteString("\n[[" + name + "]]\n")
			p.section(item, name+".")
		}
	}
}

// dotted writes a table as a.b = 1, a.c = 2.
func (p *printer) dotted(path string, n *syntax.Node) {
	for _, field := range n.Fields {
		if field.Value.Kind == syntax.Null {
			continue
		}
		p.WriteString(path + "." + bare(field.Name) + " = ")
		p.inline(field.Value)
		p.WriteString("\n")
	}
}

// inline writes a value on one line, or what TOML 1.1 takes for one.
func (p *printer) inline(n *syntax.Node) {
	switch n.Kind {
	case syntax.Table:
		p.WriteString("{ ")
		for i, field := range n.Fields {
			if i > 0 {
				p.WriteString([]string{", ", ",\n  "}[p.IntN(8)/7])
			}
			p.WriteString(bare(field.Name) + " = ")
			p.inline(field.Value)
		}
		p.WriteString(" }")
	case syntax.Array:
		p.WriteString("[")
		for i, item := range n.Items {
			if i > 0 {
				p.WriteString([]string{", ", ",\n  # next\n  "}[p.IntN(8)/7])
			}
			p.inline(item)
		}
		p.WriteString("]")
	case syntax.String:
		if p.IntN(6) == 0 && !strings.ContainsAny(n.Text, "'\n\r\t\x00\x7f") {
			p.WriteString("'" + n.Text + "'")
			return
		}
		p.scalar(n)
	default:
		p.scalar(n)
	}
}

func arrayOfTables(n *syntax.Node) bool {
	for _, item := range n.Items {
		if item.Kind != syntax.Table {
			return false
		}
	}
	return len(n.Items) > 0
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func bare(name string) string {
	if bareKey.MatchString(name) {
		return name
	}
	return quoted(name)
}

func quoted(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string cannot fail
	return strings.TrimSuffix(out.String(), "\n")
}
