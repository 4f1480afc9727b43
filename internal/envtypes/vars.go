package envtypes

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// literal is the type that has the value of a variable only, as wrangler writes it. What looks like a credential is any text: the file is
// made to be read.
func literal(name string, n *syntax.Node) string {
	switch {
	case n.Is(syntax.String):
		if _, is := secret.Of(name, n.Text); is {
			return "string"
		}
		return quote(n.Text)
	case n.Is(syntax.Integer), n.Is(syntax.Float):
		return number(n.Number)
	case n.Is(syntax.Bool):
		if n.Bool {
			return "true"
		}
		return "false"
	case n.Is(syntax.Null):
		return "null"
	case n.Is(syntax.Array):
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = literal(name, item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case n.Is(syntax.Table):
		return object(n)
	}
	return "string" // a date within a table
}

func object(n *syntax.Node) string {
	var fields []string
	for _, f := range n.Fields {
		if n.Field(f.Name) == f { // of a name that is repeated the last one counts
			fields = append(fields, property(f.Name)+": "+literal(f.Name, f.Value))
		}
	}
	if fields == nil {
		return "{}"
	}
	return "{ " + strings.Join(fields, "; ") + " }"
}

// number is n as JavaScript writes it; what JSON has no number for arrives as null.
func number(n float64) string {
	text, err := json.Marshal(n)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return "null"
	}
	return string(text)
}

var identifier = pattern.New(`^[a-zA-Z_$][a-zA-Z0-9_$]*$`)

// property is a name as an interface declares it.
func property(name string) string {
	if identifier.MatchString(name) {
		return name
	}
	return quote(name)
}

// quote is text as a literal of TypeScript.
func quote(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(text) != nil { // no text fails
		return "string"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
