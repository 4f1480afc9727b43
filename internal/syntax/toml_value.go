package syntax

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// keyValue adds key = value to table t, which lies at depth, and returns where in the file it ends.
func (b *toml) keyValue(e *unstable.Node, t *Node, depth int) (end int) {
	key := b.key(e)
	last := key[len(key)-1]
	equals := b.blanks(last.at.End - b.base)
	value := b.value(e.Value(), b.blanks(equals+1), depth+len(key))
	if depth+len(key) > maxDepth {
		b.tooDeep(last.at, maxDepth)
		return value.Span.End
	}
	b.define(t, key, value)
	return value.Span.End
}

// value turns a parsed value that starts at start in src into a node. go-toml says where scalars lie, but
// not where an array or inline table ends: that is behind its last child, as only blanks, commas
// and comments can stand between.
func (b *toml) value(v *unstable.Node, start, depth int) *Node {
	n := &Node{Span: Span{b.base + start, 0}}
	if v.Kind == unstable.Array || v.Kind == unstable.InlineTable {
		if b.nesting++; b.nesting > maxBrackets {
			b.tooDeep(Span{n.Span.Start, n.Span.Start + 1}, maxBrackets)
		}
		defer func() { b.nesting-- }()
	}
	switch v.Kind {
	case unstable.Array:
		n.Kind = Array
		at := b.gap(start + 1)
		for it := v.Children(); it.Next(); {
			item := b.value(it.Node(), at, depth+1)
			if b.nesting <= maxBrackets {
				n.Items = append(n.Items, item)
			}
			at = b.gap(item.Span.End - b.base)
		}
		n.Span.End = b.base + at + 1
	case unstable.InlineTable:
		n.Kind, n.origin = Table, inline
		at := b.gap(start + 1)
		for it := v.Children(); it.Next(); {
			at = b.gap(b.keyValue(it.Node(), n, depth) - b.base)
		}
		n.Span.End = b.base + at + 1
	default:
		n.Span = b.span(v.Raw)
		b.scalar(n, v)
	}
	return n
}

// scalar fills in a node whose span is set. Text that the parser let through is checked here.
func (b *toml) scalar(n *Node, v *unstable.Node) {
	n.Text = b.file.Slice(n.Span)
	switch v.Kind {
	case unstable.String:
		n.Kind = String
		if utf8.ValidString(n.Text) {
			n.Text = b.file.decoded(v.Data, n.Span)
		} else { // what was parsed is a stand-in
			decoded, _ := decode(repaired(n.Text))
			n.Text, _ = decoded.(string)
		}
	case unstable.Bool:
		n.Kind, n.Bool = Bool, n.Text == "true"
	case unstable.Float:
		n.Kind = Float
		n.Number, _ = strconv.ParseFloat(digits(n.Text), 64) // out of range reads as infinity
	case unstable.Integer:
		n.Kind = Integer
		whole, err := strconv.ParseInt(digits(n.Text), 0, 64)
		n.Number = float64(whole)
		if err != nil || math.Abs(n.Number) > 1<<53-1 {
			b.file.fail(Error{Span: n.Span, Message: "the integer is too large",
				Help: fmt.Sprintf("at most %d either way can be held exactly", 1<<53-1)})
		}
	default:
		n.Kind = Datetime
		if _, err := decode(n.Text); err != nil {
			b.file.fail(Error{Span: n.Span, Message: "there is no such date or time"})
		}
	}
}

// digits is a number without the underscores that group it.
func digits(text string) string { return strings.ReplaceAll(text, "_", "") }

// decode reads one value with go-toml's decoder, which knows what its parser lets through unseen.
func decode(value string) (any, error) {
	var doc struct{ V any }
	err := gotoml.Unmarshal([]byte("V = "+value), &doc)
	return doc.V, err
}

func (b *toml) tooDeep(at Span, limit int) {
	if b.deep {
		return
	}
	b.deep = true
	b.file.fail(Error{Span: at, Message: fmt.Sprintf("values nest more than %d deep", limit)})
}
