package source

import (
	"bytes"

	"github.com/tdewolff/parse/v2/js"
)

// Enter implements js.IVisitor.
func (r *reader) Enter(n js.INode) js.IVisitor {
	switch n := n.(type) {
	case *js.Var:
		r.variable(n)
		return nil // nothing below, and so no Exit
	case *js.LiteralExpr:
		return nil
	}
	if r.only == nil {
		r.declarations(n)
	}
	switch n := n.(type) {
	case *js.DotExpr:
		if r.only == nil && is(n.Y, "env") && !r.foreign(n.X) {
			if v, ok := ungroup(n.X).(*js.Var); ok {
				r.carriers[root(v)] = true
			}
			r.env(n)
		}
	case *js.CallExpr:
		if from := r.importOf(n.X); from == (imported{"hono/adapter", "env"}) {
			r.env(n)
		}
	}
	r.stack = append(r.stack, n)
	return r
}

// Exit implements js.IVisitor.
func (r *reader) Exit(js.INode) { r.stack = r.stack[:len(r.stack)-1] }

// declarations notes what can be called, and which parameters are an env by their name.
func (r *reader) declarations(n js.INode) {
	switch n := n.(type) {
	case *js.FuncDecl:
		r.module.declare(n.Name, n)
		r.named(&n.Params)
	case *js.ClassDecl:
		r.module.declare(n.Name, n)
	case *js.ArrowFunc:
		r.named(&n.Params)
	case *js.MethodDecl:
		r.named(&n.Params)
	case *js.BindingElement:
		switch b := n.Binding.(type) {
		case *js.Var:
			if n.Default != nil {
				r.module.declare(b, n.Default)
			}
		case *js.BindingObject:
			r.unpacked(b, n.Default)
		}
	case *js.CallExpr:
		r.handedOver(n.X, n.Args.List)
		if lit, ok := literal(n.X); ok && lit.TokenType == js.ImportToken && !namesModule(n.Args.List) {
			r.doubt("an import is computed")
		}
	case *js.NewExpr:
		if n.Args != nil {
			r.handedOver(n.X, n.Args.List)
		}
	}
}

func namesModule(args []js.Arg) bool {
	if len(args) == 0 {
		return false
	}
	lit, ok := literal(args[0].Value)
	return ok && lit.TokenType == js.StringToken
}

// named: a parameter called env holds one, be it unpacked from another. The walk sees a body before its parameters.
func (r *reader) named(params *js.Params) {
	for _, p := range params.List {
		switch b := p.Binding.(type) {
		case *js.Var:
			if isEnvName(b.Data) {
				r.envs[root(b)] = true
			}
		case *js.BindingObject:
			r.unpacked(b, p.Default)
		}
	}
}

// isEnvName: esbuild puts a number behind a name that another module has too.
func isEnvName(name []byte) bool {
	return string(bytes.TrimRight(name, "0123456789")) == "env"
}

// unpacked looks for env in a pattern: ({ env }) => …, const { env: { CACHE } } = c.
func (r *reader) unpacked(b *js.BindingObject, from js.IExpr) {
	if r.foreign(from) {
		return
	}
	for _, item := range b.List {
		if name, _, ok := keyOf(item); !ok || name != "env" {
			continue
		}
		if v, ok := from.(*js.Var); ok {
			r.carriers[root(v)] = true
		}
		switch inner := item.Value.Binding.(type) {
		case *js.Var:
			r.envs[root(inner)] = true
		case *js.BindingObject:
			r.pattern(inner, nil)
		}
	}
}

// handedOver notes which variables something is called with. Whether it is a library is asked at the end, of few.
func (r *reader) handedOver(callee js.IExpr, args []js.Arg) {
	for _, arg := range args {
		if v, ok := ungroup(arg.Value).(*js.Var); ok {
			r.handed = append(r.handed, handing{callee, v})
		}
	}
}

// variable looks at one occurrence of a variable.
func (r *reader) variable(v *js.Var) {
	declared := root(v)
	if r.only != nil && r.only != declared {
		return
	}
	if r.contexts[declared] {
		r.context(v)
	} else if r.envs[declared] {
		r.env(v)
	} else if t, ok := r.taken[declared]; ok {
		r.used(t.name, t.at, v)
	}
}

// foreign says that something's property env is not the Worker's: process.env, import.meta.env.
func (r *reader) foreign(n js.IExpr) bool {
	switch n := ungroup(n).(type) {
	case *js.ImportMetaExpr:
		return true
	case *js.Var:
		switch string(n.Name()) {
		case "process", "Deno", "Bun":
			return true
		}
		from := r.module.imports[root(n)].module
		return from == "process" || from == "node:process"
	case *js.DotExpr: // globalThis.process.env
		return is(n.Y, "process") || is(n.Y, "meta")
	}
	return false
}

func (r *reader) importOf(n js.IExpr) imported {
	v, ok := ungroup(n).(*js.Var)
	if !ok {
		return imported{}
	}
	return r.module.imports[root(v)]
}

// is says whether the part behind a dot is this name.
func is(n js.IExpr, name string) bool {
	lit, ok := literal(n)
	return ok && string(lit.Data) == name
}

// literal is n as a literal, which the parser keeps behind a pointer or not.
func literal(n js.INode) (js.LiteralExpr, bool) {
	switch n := n.(type) {
	case js.LiteralExpr:
		return n, true
	case *js.LiteralExpr:
		return *n, true
	}
	return js.LiteralExpr{}, false
}
