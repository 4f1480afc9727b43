package source

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// A module is what stands at the first level of the code, by variable.
type module struct {
	ast     *js.AST
	imports map[*js.Var]imported
	exports map[string]*js.Var // by the name others see
	values  map[*js.Var]js.INode
}

// imported is what a variable was imported as; name is "*" for a whole module.
type imported struct{ module, name string }

// A function is something that can be called with an env.
type function struct {
	params *js.Params
	body   js.INode
}

// readModule notes what stands at the first level, and has room for so many values.
func readModule(ast *js.AST, room int) *module {
	m := &module{ast: ast, imports: map[*js.Var]imported{}, exports: map[string]*js.Var{}, values: make(map[*js.Var]js.INode, room)}
	byName := map[string]*js.Var{}
	for _, v := range slices.Concat(ast.Scope.Declared, ast.Scope.Undeclared) { // imports are not declared, for this parser
		byName[string(v.Data)] = v
	}
	for _, statement := range ast.List {
		switch n := statement.(type) {
		case *js.ImportStmt:
			from := unquote(n.Module)
			if n.Default != nil {
				m.imports[byName[string(n.Default)]] = imported{from, "default"}
			}
			for _, alias := range n.List {
				name := alias.Name
				if name == nil {
					name = alias.Binding
				}
				m.imports[byName[string(alias.Binding)]] = imported{from, string(name)}
			}
		case *js.ExportStmt:
			m.exported(n)
			for _, alias := range n.List {
				if alias.Binding == nil {
					continue // a comma at the end
				}
				name := alias.Name
				if name == nil {
					name = alias.Binding
				}
				if n.Module == nil {
					m.exports[string(alias.Binding)] = byName[string(name)]
				} else {
					m.exports[string(alias.Binding)] = &js.Var{} // of a library: it has no value here
				}
			}
		}
	}
	return m
}

// exported notes what is declared where it is exported, as people write it; esbuild never does.
func (m *module) exported(n *js.ExportStmt) {
	switch declared := n.Decl.(type) {
	case nil:
		return
	case *js.VarDecl:
		for _, element := range declared.List {
			if v, ok := element.Binding.(*js.Var); ok {
				m.exports[string(v.Data)] = v
			}
		}
		return
	case *js.FuncDecl:
		if !n.Default {
			m.exports[string(declared.Name.Data)] = declared.Name
		}
	case *js.ClassDecl:
		if !n.Default {
			m.exports[string(declared.Name.Data)] = declared.Name
		}
	}
	if n.Default {
		v := &js.Var{Data: []byte("default")}
		m.exports["default"] = v
		m.declare(v, n.Decl)
	}
}

// declare notes the value that a variable is declared with.
func (m *module) declare(v *js.Var, value js.INode) {
	if v != nil {
		m.values[root(v)] = value
	}
}

// value is what a variable was declared with, through variables that are just another name.
func (m *module) value(v *js.Var) js.INode {
	for range 10 {
		n := ungroup(m.values[root(v)])
		next, ok := n.(*js.Var)
		if !ok {
			return n
		}
		v = next
	}
	return nil
}

// function is the function, or constructor, of the project that a variable stands for; nil if it is none.
func (m *module) function(v *js.Var) *function { return functionOf(m.value(v)) }

func functionOf(n js.INode) *function {
	switch n := ungroup(n).(type) {
	case *js.FuncDecl:
		return &function{&n.Params, n}
	case *js.ArrowFunc:
		return &function{&n.Params, n}
	case *js.MethodDecl:
		return &function{&n.Params, n}
	case *js.ClassDecl:
		for _, item := range n.List {
			if item.Method != nil && string(item.Method.Name.Literal.Data) == "constructor" {
				return &function{&item.Method.Params, item.Method}
			}
		}
	}
	return nil
}

// library is the module from which an expression, or what it was made of, was imported: zod for z.string().min, hono for
// app if app is new Hono(); "" if it is no import.
func (m *module) library(n js.INode) string {
	for range 50 {
		switch e := ungroup(n).(type) {
		case *js.Var:
			if from, ok := m.imports[root(e)]; ok {
				return from.module
			}
			n = m.value(e)
		case *js.DotExpr:
			n = e.X
		case *js.IndexExpr:
			n = e.X
		case *js.CallExpr:
			n = e.X
		case *js.NewExpr:
			n = e.X
		default:
			return ""
		}
	}
	return ""
}

// carrying are libraries that only carry env from the handler to the project's functions, and take nothing from it.
func carrying(library string) bool {
	for _, prefix := range []string{"cloudflare:", "hono/", "itty-router/", "@hono/zod-"} {
		if strings.HasPrefix(library+"/", prefix) {
			return true
		}
	}
	return false
}

// ungroup takes off parentheses.
func ungroup(n js.INode) js.INode {
	for {
		group, ok := n.(*js.GroupExpr)
		if !ok {
			return n
		}
		n = group.X
	}
}
