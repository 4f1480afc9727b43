package wrangler

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// shape says what wrangler lets a value be: it reports what wrangler would refuse or warn about.
// path is what messages call the value, as in kv_namespaces[0].id.
type shape func(r *report, path string, n *syntax.Node)

// report collects problems.
type report struct {
	config   *Config
	env      *Environment // whose table is looked at
	problems []Problem
	known    []string // see knownKeys
}

// refuse reports what makes wrangler stop.
func (r *report) refuse(at syntax.Span, format string, args ...any) *Problem {
	r.problems = append(r.problems, Problem{Error: true, Span: at, Message: fmt.Sprintf(format, args...)})
	return &r.problems[len(r.problems)-1]
}

// missing reports what makes wrangler stop because something is not there. In a file with syntax errors it says nothing, as
// what is not there may stand behind the mistake.
func (r *report) missing(at syntax.Span, format string, args ...any) *Problem {
	if len(r.config.File.Errors) > 0 {
		return &Problem{}
	}
	return r.refuse(at, format, args...)
}

// warn reports what wrangler only warns about.
func (r *report) warn(at syntax.Span, format string, args ...any) *Problem {
	p := r.refuse(at, format, args...)
	p.Error = false
	return p
}

// expect refuses n unless it is of one of the kinds.
func (r *report) expect(path string, n *syntax.Node, wanted string, kinds ...syntax.Kind) bool {
	if slices.Contains(kinds, n.Kind) {
		return true
	}
	p := r.refuse(place(n), "%q must be %s, not %s", path, wanted, n.Kind)
	switch {
	case n.Is(syntax.Datetime) && slices.Contains(kinds, syntax.String):
		p.Help = "put it in quotes"
		p.Repair = Repair{Value: n, Wanted: syntax.String}
	case n.Is(syntax.Table) && kinds[0] == syntax.Array && n.Header != syntax.Span{}:
		p.Help = fmt.Sprintf("write its header with double brackets: [%s]", r.config.File.Slice(n.Header))
	case n.Is(syntax.Table) && kinds[0] == syntax.Array:
		p.Help = "put it in brackets: [{ … }]"
	case n.Is(syntax.Array) && kinds[0] == syntax.Table && len(n.Items) == 1 && n.Items[0].Is(syntax.Table):
		p.Repair = Repair{Value: n, Wanted: syntax.Table}
	}
	return false
}

// scalar is the shape of a value of one of the kinds.
func scalar(wanted string, kinds ...syntax.Kind) shape {
	return func(r *report, path string, n *syntax.Node) { r.expect(path, n, wanted, kinds...) }
}

var (
	text    = scalar("a string", syntax.String)
	boolean = scalar("true or false", syntax.Bool)
	number  = scalar("a number", syntax.Integer, syntax.Float)
	texts   = list(text)
	numbers = list(number)
	// object is a table, as far as it is checked: JavaScript calls these objects, too.
	object = scalar("a table", syntax.Table, syntax.Array, syntax.Null, syntax.Datetime)
)

// anything is not looked at.
func anything(*report, string, *syntax.Node) {}

// nonEmpty is a string of at least one character.
func nonEmpty(r *report, path string, n *syntax.Node) {
	if r.expect(path, n, "a string", syntax.String) && n.Text == "" {
		r.refuse(n.Span, "%q is empty", path)
	}
}

// notEmptyList is an array of at least one item.
func notEmptyList(r *report, path string, n *syntax.Node) {
	if n.Is(syntax.Array) && len(n.Items) == 0 {
		r.missing(n.Span, "%q is empty", path)
	}
}

// whole is a whole number from least to most.
func whole(least, most float64) shape {
	return func(r *report, path string, n *syntax.Node) {
		if !r.expect(path, n, "a number", syntax.Integer, syntax.Float) {
			return
		}
		if n.Number != math.Trunc(n.Number) || n.Number < least || n.Number > most {
			wanted := fmt.Sprintf("a whole number, %.0f to %.0f", least, most)
			if most == math.MaxFloat64 {
				wanted = fmt.Sprintf("a whole number, %.0f or more", least)
			}
			r.refuse(n.Span, "%q must be %s, not %s", path, wanted, n.Text)
		}
	}
}

// positive is a whole number from 1 on. JavaScript counts no infinite number among them.
var positive = whole(1, math.MaxFloat64)

// matching is a string of a certain form.
func matching(form *pattern.Pattern, rule string) shape {
	return func(r *report, path string, n *syntax.Node) {
		if r.expect(path, n, "a string", syntax.String) && !form.MatchString(n.Text) {
			r.refuse(n.Span, "%q cannot be %q", path, n.Text).Help = rule
		}
	}
}

// choice is one of some strings.
func choice(allowed ...string) shape {
	return func(r *report, path string, n *syntax.Node) {
		if !r.expect(path, n, "a string", syntax.String) || slices.Contains(allowed, n.Text) {
			return
		}
		p := r.refuse(n.Span, "%q cannot be %q", path, n.Text)
		p.Help = "one of " + strings.Join(allowed, ", ")
		if near, ok := syntax.Nearest(n.Text, allowed); ok {
			p.meant(n.Text, near)
		}
	}
}

// either takes the shape for the kind that the value has.
func either(wanted string, byKind map[syntax.Kind]shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		if s, ok := byKind[n.Kind]; ok {
			s(r, path, n)
			return
		}
		r.refuse(n.Span, "%q must be %s, not %s", path, wanted, n.Kind)
	}
}

// list is an array of values of one shape.
func list(item shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		if !r.expect(path, n, "an array", syntax.Array) {
			r.mayEnclose(path, n, item)
			return
		}
		for i, value := range n.Items {
			item(r, fmt.Sprintf("%s[%d]", path, i), value)
		}
	}
}

// mayEnclose adds to the problem just found, a value in the place of a list, that it would be right as its only item.
func (r *report) mayEnclose(path string, n *syntax.Node, item shape) {
	if !n.Is(syntax.String) && !n.Is(syntax.Table) {
		return
	}
	trial := &report{config: r.config, env: r.env}
	item(trial, path, n)
	if !slices.ContainsFunc(trial.problems, func(p Problem) bool { return p.Error }) {
		r.problems[len(r.problems)-1].Repair = Repair{Value: n, Wanted: syntax.Array}
	}
}

// keepRepair keeps the repair of the problem just found if trial, which looks at what it would make, finds nothing refused
// but what has a repair itself. As a guess, if that is one. Else wrangler would only refuse the file for something new.
func (r *report) keepRepair(try func(trial *report)) {
	repair := &r.problems[len(r.problems)-1].Repair
	trial := &report{config: r.config, env: r.env}
	try(trial)
	for _, p := range trial.problems {
		if p.Error && p.Repair == (Repair{}) {
			*repair = Repair{}
			return
		}
		repair.Guess = repair.Guess || p.Error && p.Repair.Guess
	}
}

// byName is a table in which the user names the keys. wrangler takes an array for one.
func byName(value shape) shape {
	return func(r *report, path string, n *syntax.Node) {
		if n.Kind == syntax.Array {
			list(value)(r, path, n)
			return
		}
		if n = r.table(path, n); n == nil {
			return
		}
		for _, field := range lastFields(n) {
			value(r, path+"."+field.Name, field.Value)
		}
	}
}

// field is a key of a table.
type field struct {
	name     string
	value    shape
	required bool
}

func need(name string, value shape) field { return field{name, value, true} }
func may(name string, value shape) field  { return field{name, value, false} }

// table is a table with these keys. wrangler warns about any other.
func table(fields ...field) shape {
	return func(r *report, path string, n *syntax.Node) {
		if n = r.table(path, n); n != nil {
			r.unknown(path, n, fieldNames(fields))
			r.fields(path, n, fields)
		}
	}
}

// closed is a table with these keys, in which wrangler refuses any other.
func closed(fields ...field) shape {
	return func(r *report, path string, n *syntax.Node) {
		if n = r.table(path, n); n != nil {
			r.foreign(path, n, fieldNames(fields))
			r.fields(path, n, fields)
		}
	}
}

// openTable is a table with these keys, in which wrangler lets others pass.
func openTable(fields ...field) shape {
	return func(r *report, path string, n *syntax.Node) {
		if n = r.table(path, n); n != nil {
			r.fields(path, n, fields)
		}
	}
}

// table returns n if it is a table, and nil after refusing it. A date is an object without keys in JavaScript, and so
// wrangler takes it for an empty table.
func (r *report) table(path string, n *syntax.Node) *syntax.Node {
	if n.Is(syntax.Datetime) {
		r.warn(n.Span, "%q must be a table, not %s: wrangler finds nothing in it", path, n.Kind)
		return &syntax.Node{Kind: syntax.Table, Span: n.Span}
	}
	if !r.expect(path, n, "a table", syntax.Table) {
		return nil
	}
	return n
}

// fields checks the values of the keys, and that those required are there.
func (r *report) fields(path string, n *syntax.Node, fields []field) {
	for _, f := range fields {
		value := n.Get(f.name)
		switch {
		case value != nil:
			f.value(r, path+"."+f.name, value)
		case f.required && !r.lacksAsMisnamed(path, n, f.name):
			r.missing(place(n), "%q lacks %q", path, f.name)
		}
	}
}

// lacksAsMisnamed says that a key is not there because another was written for it, and makes one problem of both.
func (r *report) lacksAsMisnamed(path string, n *syntax.Node, name string) bool {
	for i := range r.problems {
		p := &r.problems[i]
		if p.Repair.Rename != name || len(r.config.File.Errors) > 0 {
			continue
		}
		for _, f := range n.Fields {
			if f.NameAt == p.Span {
				p.Error, p.Message = true, fmt.Sprintf("%q lacks %q, and knows no key %q", path, name, f.Name)
				if f.Name == "binding" && f.Value.Is(syntax.String) {
					p.Repair.Guess = false // some sections call name what most call binding
				}
				return true
			}
		}
	}
	return false
}

func fieldNames(fields []field) (names []string) {
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

// unknown warns about keys that are not among the known ones, and says whether there are any.
func (r *report) unknown(path string, n *syntax.Node, known []string) (any bool) {
	return r.others(path, n, known, false)
}

// foreign refuses keys that are not among the known ones.
func (r *report) foreign(path string, n *syntax.Node, known []string) {
	r.others(path, n, known, true)
}

func (r *report) others(path string, n *syntax.Node, known []string, refused bool) (any bool) {
	for _, f := range lastFields(n) {
		if slices.Contains(known, f.Name) {
			continue
		}
		any = true
		p := r.warn(f.NameAt, "%q knows no key %q", path, f.Name)
		p.Error = refused
		if near, ok := nearKey(f.Name, known); !ok {
			p.stranger, p.in = f.Name, n
		} else if p.meant(f.Name, near); n.Field(near) != nil {
			p.Repair = Repair{} // there already
		}
	}
	return any
}
