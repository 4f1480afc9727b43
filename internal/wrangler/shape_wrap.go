package wrangler

import (
	"math"
	"slices"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// both is two shapes at once.
func both(a, b shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		a(r, path, n)
		b(r, path, n)
	}
}

// notList is a shape of a table that holds a list, at which people are told where that list goes.
func notList(inside string, s shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		if n.Is(syntax.Array) {
			p := r.refuse(place(n), "%q must be a table, not an array", path)
			p.Help = "put the list under " + inside
			p.Repair = asTable(path, n)
			if as := p.Repair.Under; as != "" {
				inside := &syntax.Node{Kind: syntax.Table, Span: n.Span, Fields: []*syntax.Field{{Name: as, Value: n}}}
				r.keepRepair(func(trial *report) { s(trial, path, inside) })
			}
			return
		}
		s(r, path, n)
	}
}

// deprecated is a shape at which wrangler warns that the key will go.
func deprecated(s shape, instead string) shape {
	return func(r *report, path string, n *syntax.Node) {
		r.warn(n.Span, "%q is deprecated", path).Help = instead
		s(r, path, n)
	}
}

// experimental is a shape at which wrangler warns that the key may change.
func experimental(s shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		r.warn(place(n), "%q is experimental: it may change or break at any time", path)
		s(r, path, n)
	}
}

// removed is the shape of a key that earlier versions of wrangler knew.
func removed(instead string) shape {
	return func(r *report, path string, n *syntax.Node) {
		r.refuse(n.Span, "%q is no longer supported", path).Help = instead
	}
}

// nodeCompat went; what does as much of it as there is, is a compatibility flag.
func nodeCompat(r *report, path string, n *syntax.Node) {
	p := r.refuse(n.Span, "%q is no longer supported", path)
	p.Help = "use the compatibility flag nodejs_compat"
	_, field := r.config.File.FieldOf(n)
	p.Repair = Repair{Obsolete: field}
	if n.Bool {
		p.Repair.Guess, p.Repair.Flag = true, "nodejs_compat" // Node's own API, no longer an imitation of it
	}
}

// ignoredWhenEmpty is a shape at which wrangler takes an empty string for nothing, with a warning.
func ignoredWhenEmpty(s shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		if n.Is(syntax.String) && n.Text == "" {
			r.warn(n.Span, "%q is empty: wrangler ignores it", path).Help = "remove it, or fill it in"
			return
		}
		s(r, path, n)
	}
}

// scalars are the kinds of single values, null apart; noTables those of anything but a table and null.
var (
	scalars  = []syntax.Kind{syntax.String, syntax.Integer, syntax.Float, syntax.Bool, syntax.Datetime}
	noTables = slices.Concat(scalars, []syntax.Kind{syntax.Array})
)

// tolerant is a shape in whose place wrangler lets a value of these kinds pass with a warning, and ignores it.
func tolerant(s shape, kinds ...syntax.Kind) shape {
	return func(r *report, path string, n *syntax.Node) {
		if slices.Contains(kinds, n.Kind) {
			r.warn(n.Span, "%q must be a table, not %s: wrangler ignores it", path, n.Kind)
			return
		}
		s(r, path, n)
	}
}

// unlessFalsy is a shape for which wrangler also takes a value that JavaScript reads as no.
func unlessFalsy(s shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		if !falsy(n) {
			s(r, path, n)
		}
	}
}

// unlessNull is a shape for which wrangler takes null for nothing.
func unlessNull(s shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		if !n.Is(syntax.Null) {
			s(r, path, n)
		}
	}
}

func falsy(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.Null:
		return true
	case syntax.Bool:
		return !n.Bool
	case syntax.String:
		return n.Text == ""
	case syntax.Integer, syntax.Float:
		return n.Number == 0 || math.IsNaN(n.Number)
	}
	return false
}

func isNumber(n *syntax.Node) bool { return n.Is(syntax.Integer) || n.Is(syntax.Float) }
