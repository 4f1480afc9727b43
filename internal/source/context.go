package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// routes follows what Pages hands to the exported handlers: one context, with env in it. Whatever is called env is
// found without that; this is about a context that goes where its env cannot be seen.
func (r *reader) routes() {
	for _, export := range slices.Sorted(maps.Keys(r.module.exports)) {
		name, _, _ := strings.Cut(export, "_") // the number of its file
		if v := r.module.exports[export]; v == nil {
			r.doubt("export " + name + " comes from a library")
		} else {
			r.route(name, v)
		}
	}
	for i := 0; i < len(r.carried); i++ {
		p := r.carried[i]
		if f := r.module.function(p.callee); f != nil {
			r.contextParam(f, p.arg)
		} else {
			r.doubt(fmt.Sprintf("the context is passed to %s", p.callee.Name()))
		}
	}
}

// route looks at a handler: a function, or several of them that run one after the other.
func (r *reader) route(name string, value js.INode) {
	if carrying(r.module.library(value)) {
		return
	}
	if v, ok := ungroup(value).(*js.Var); ok {
		value = r.module.value(v)
	}
	switch n := ungroup(value).(type) {
	case *js.FuncDecl, *js.ArrowFunc:
		r.contextParam(functionOf(n), 0)
	case *js.ArrayExpr:
		for _, element := range n.List {
			if _, ok := ungroup(element.Value).(*js.ArrayExpr); ok || element.Spread {
				r.doubt(name + " is computed")
				continue
			}
			r.route(name, element.Value)
		}
	default:
		r.doubt(name + " is computed")
	}
}

// contextParam says that a function's parameter is a context.
func (r *reader) contextParam(f *function, at int) {
	if at >= len(f.params.List) {
		if f.params.Rest != nil {
			r.doubt("the context is passed among other arguments")
		}
		return
	}
	r.contextIn(f.params.List[at].Binding, f.body)
}

// contextIn says that a context is bound to a variable, to be looked for in a part of the code, or taken apart.
func (r *reader) contextIn(b js.IBinding, in js.INode) {
	switch b := b.(type) {
	case *js.Var:
		if v := root(b); !r.contexts[v] {
			r.contexts[v] = true
			r.again(v, in)
		}
	case *js.BindingObject: // the first walk has seen env in it
		if b.Rest != nil {
			r.doubt("what is left of the context is collected in " + string(b.Rest.Data))
		}
		for _, item := range b.List {
			if _, _, ok := keyOf(item); !ok {
				r.doubt("a name is computed")
			}
		}
	}
}

// context judges a variable that holds a context by what stands around it.
func (r *reader) context(v *js.Var) {
	parent, child, i := r.above(len(r.stack)-1, v)
	switch p := parent.(type) {
	case *js.DotExpr: // context.env, context.next()
		if same(p.X, child) {
			return
		}
	case *js.BindingElement:
		if !same(p.Binding, child) {
			r.contextIn(p.Binding, r.part())
		}
		return
	case *js.Property:
		if p.Name != nil && !p.Spread && r.toProject(i) {
			return
		}
	case *js.Arg:
		callee, position := r.callAround(i)
		if library := r.module.library(callee); library != "" {
			if !carrying(library) {
				r.doubt("the context is passed to " + library)
			}
			return
		}
		if f, ok := ungroup(callee).(*js.Var); ok {
			r.carried = append(r.carried, passing{root(f), position})
			return
		}
	}
	r.doubt("the context is used as a whole")
}
