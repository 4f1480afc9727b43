package source

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// readAlone reads a Worker that is one module of plain JavaScript and imports nothing but what the runtime brings: what a
// bundler leaves, which may be large, and needs no second one. It finds what it would in the text that esbuild makes of
// the file. nil if that is needed to tell, or to say what is wrong.
func readAlone(main string, read func(string) ([]byte, error)) (program *Program) {
	defer func() {
		if recover() != nil { // the parser is a library, and code of any kind comes here
			program = nil
		}
	}()
	if ending := filepath.Ext(main); ending != ".js" && ending != ".mjs" {
		return nil
	}
	code, err := read(main)
	if err != nil || len(code) > maxFile {
		return nil
	}
	scan := scanner{src: code, jsx: true}
	t, err := scan.parse(pieceBytes)
	if err != nil || scan.escaped || !selfContained(t.ast) {
		return nil
	}
	program = search(t, false)
	if slices.ContainsFunc(program.Reads, func(u Use) bool { return strings.ContainsRune(u.Name, '\\') }) {
		return nil
	}
	program.alone, program.comments = main, scan.comments
	return program
}

// selfContained takes out of a module what nothing in it uses, as esbuild does. It is false for code that is no module, or
// that imports something which may be code of the project.
func selfContained(ast *js.AST) bool {
	u := &usage{idle: map[*js.Var]js.IStmt{}}
	for _, statement := range ast.List {
		switch n := statement.(type) {
		case *js.ImportStmt:
			u.imports(n.Module)
		case *js.ExportStmt:
			if n.Module != nil {
				u.imports(n.Module)
			}
		}
		for _, v := range idle(statement) {
			u.idle[root(v)] = statement
		}
	}
	exports := readModule(ast, 0).exports
	for _, v := range exports {
		u.met(v)
	}
	for _, statement := range ast.List {
		if len(idle(statement)) == 0 {
			u.walk(statement)
		}
	}
	for len(u.next) > 0 {
		statement := u.next[len(u.next)-1]
		u.next = u.next[:len(u.next)-1]
		u.walk(statement)
	}
	unused := map[js.IStmt]bool{}
	for _, statement := range u.idle {
		unused[statement] = true
	}
	ast.List = slices.DeleteFunc(ast.List, func(statement js.IStmt) bool { return unused[statement] })
	return len(exports) > 0 && !u.outside
}

// idle are the variables of a statement that does nothing but declare them; none of any other.
func idle(statement js.IStmt) []*js.Var {
	switch n := statement.(type) {
	case *js.FuncDecl:
		return []*js.Var{n.Name}
	case *js.ClassDecl:
		for _, item := range n.List {
			if item.StaticBlock != nil || item.Static || item.Name.IsComputed() || item.Method != nil && item.Method.Name.IsComputed() {
				return nil
			}
		}
		if n.Extends == nil {
			return []*js.Var{n.Name}
		}
	case *js.VarDecl:
		var all []*js.Var
		for _, element := range n.List {
			v, ok := element.Binding.(*js.Var)
			if !ok || functionOf(element.Default) == nil {
				return nil
			}
			all = append(all, v)
		}
		return all
	}
	return nil
}

// A usage walks through a module from what runs when it is loaded to what that uses.
type usage struct {
	idle    map[*js.Var]js.IStmt // where variables are declared that were not met so far
	next    []js.IStmt           // where such were declared that were met, to be walked
	outside bool                 // something is imported that may be code of the project
}

func (u *usage) walk(statement js.IStmt) { js.Walk(u, statement) }

// Enter implements js.IVisitor.
func (u *usage) Enter(n js.INode) js.IVisitor {
	switch n := n.(type) {
	case *js.Var:
		u.met(n)
		return nil
	case *js.LiteralExpr:
		return nil
	case *js.CallExpr:
		u.call(n)
	}
	return u
}

// Exit implements js.IVisitor.
func (u *usage) Exit(js.INode) {}

func (u *usage) met(v *js.Var) {
	statement, ok := u.idle[root(v)]
	if !ok {
		return
	}
	for _, v := range idle(statement) {
		delete(u.idle, root(v))
	}
	u.next = append(u.next, statement)
}

// call looks for import("…") and require("…").
func (u *usage) call(n *js.CallExpr) {
	lit, isImport := literal(n.X)
	isImport = isImport && lit.TokenType == js.ImportToken
	v, isRequire := n.X.(*js.Var)
	isRequire = isRequire && string(v.Data) == "require"
	if !isImport && !isRequire || len(n.Args.List) == 0 {
		return
	}
	switch arg := ungroup(n.Args.List[0].Value).(type) {
	case *js.TemplateExpr:
		u.outside = true
	default:
		if lit, ok := literal(arg); ok {
			u.imports(lit.Data)
		}
	}
}

// imports: the runtime's own modules have a scheme.
func (u *usage) imports(literal []byte) {
	name := unquote(literal)
	u.outside = u.outside || !strings.HasPrefix(name, "node:") && !strings.HasPrefix(name, "cloudflare:")
}
