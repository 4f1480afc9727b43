package source

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tdewolff/parse/v2/js"
)

// handlerNames are the properties of a default export that the runtime calls with (event, env, ctx).
var handlerNames = []string{"fetch", "scheduled", "queue", "email", "tail", "tailStream", "trace", "test"}

// handlers follows env from where the runtime hands it to the code: the handlers of the default
// export, and the classes among the exports.
func (r *reader) handlers() {
	for _, name := range slices.Sorted(maps.Keys(r.module.exports)) {
		v := r.module.exports[name]
		if v == nil || r.module.imports[v] != (imported{}) {
			r.doubt("export " + name + " comes from a library")
			continue
		}
		value := r.module.value(v)
		switch n := value.(type) {
		case *js.ClassDecl:
			r.class(name, n)
		default:
			if name == "default" {
				r.defaultExport(value)
			}
		}
	}
}

// class: the runtime makes the objects of an exported class, and hands env to whatever class it extends.
func (r *reader) class(name string, c *js.ClassDecl) {
	for range 10 {
		if c.Extends == nil {
			return
		}
		if library := r.module.library(c.Extends); library != "" {
			if !carrying(library) {
				r.doubt(fmt.Sprintf("class %s extends one of %s", name, library))
			}
			return
		}
		base, _ := ungroup(c.Extends).(*js.Var)
		next, ok := r.module.value(base).(*js.ClassDecl)
		if !ok {
			break
		}
		c = next
	}
	r.doubt("class " + name + " extends something that is computed")
}

// defaultExport looks for handlers in an object; a router of a carrying library is one too.
func (r *reader) defaultExport(value js.INode) {
	if carrying(r.module.library(value)) {
		return
	}
	object, ok := value.(*js.ObjectExpr)
	if !ok {
		r.doubt("the default export is computed")
		return
	}
	for i := range object.List {
		p := &object.List[i]
		if carrying(r.module.library(p.Value)) {
			continue // fetch: app.fetch, ...router
		}
		switch n := ungroup(p.Value).(type) {
		case *js.MethodDecl:
			r.handler(string(n.Name.Literal.Data), functionOf(n))
		case *js.ArrowFunc, *js.FuncDecl:
			if p.Name != nil {
				r.handler(unquote(p.Name.Literal.Data), functionOf(n))
			}
		case *js.Var:
			f := r.module.function(n)
			if p.Name == nil || p.Spread || f == nil {
				r.doubt("the default export is computed")
				continue
			}
			r.handler(unquote(p.Name.Literal.Data), f)
		default:
			r.doubt("the default export is computed")
		}
	}
}

func (r *reader) handler(name string, f *function) {
	if slices.Contains(handlerNames, name) {
		r.param(f, 1)
	}
}
