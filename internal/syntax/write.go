package syntax

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// Quoted is a string in double quotes that both languages read as text.
func Quoted(text string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string can always be encoded
	return strings.ReplaceAll(strings.TrimSuffix(out.String(), "\n"), "\x7f", `\u007f`)
}

var bareKey = pattern.New(`^[A-Za-z0-9_-]+$`)

// key is a name as the file's language writes it before = or a colon, or in a header.
func (f *File) key(name string) string {
	if f.Format == TOML && bareKey.MatchString(name) {
		return name
	}
	return Quoted(name)
}

// header is path between the brackets of a TOML header.
func (f *File) header(path []string) string {
	var keys []string
	for _, name := range path {
		keys = append(keys, f.key(name))
	}
	return strings.Join(keys, ".")
}

// members are fields, each on one line.
func (f *File) members(fields []*Field) (lines []string) {
	for _, field := range fields {
		lines = append(lines, f.member(field.Name, field.Value))
	}
	return lines
}

// member is a field on one line.
func (f *File) member(name string, value *Node) string {
	if f.Format == TOML {
		return f.key(name) + " = " + f.value(value)
	}
	return f.key(name) + ": " + f.value(value)
}

// value is a new value on one line. Of a number and the like Text is taken as it is.
func (f *File) value(n *Node) string {
	var parts []string
	switch n.Kind {
	case String:
		return Quoted(n.Text)
	case Array:
		for _, item := range n.Items {
			parts = append(parts, f.value(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Table:
		if len(n.Fields) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(f.members(n.Fields), ", ") + " }"
	}
	return n.Text
}
