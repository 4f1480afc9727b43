package bindery_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestNothingInternalIsExported: what a user of the package can name, a user can also write down. No exported type, field,
// function or method has a type of internal/ in it, and no exported variable gets one by its value.
func TestNothingInternalIsExported(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, leak := range leaks(fset, f, &seen) {
			t.Error(leak)
		}
	}
	if seen < 40 {
		t.Errorf("only %d exported declarations were looked at", seen)
	}
}

// TestLeaksAreFound keeps the test above honest.
func TestLeaksAreFound(t *testing.T) {
	const src = `package p
import ("errors"; "github.com/bindery-dev/bindery/internal/kv"; mem "github.com/bindery-dev/bindery/internal/kv/memkv")
type A struct { Item kv.Item }
type B struct { kv.Namespace }
type C = mem.Store
type D interface { M() kv.Page }
func E(map[string][]kv.Item) {}
func (A) F() (kv.Page, error) { return kv.Page{}, nil }
var G = kv.ErrKeyNotFound
var H kv.Item
type ok struct { item kv.Item }
type Fine struct { item kv.Item }
func (ok) Hidden() kv.Page { return kv.Page{} }
func fine() kv.Page { return kv.Page{} }
var Good error = kv.ErrKeyNotFound
var Better = errors.New("")
const Limit = kv.MaxKeyBytes
`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	if found := leaks(fset, f, &seen); len(found) != 8 {
		t.Errorf("%d leaks found, want those of A to H:\n%s", len(found), strings.Join(found, "\n"))
	}
}

// leaks are the places where exported declarations of f name something of internal/.
func leaks(fset *token.FileSet, f *ast.File, seen *int) (found []string) {
	internal := map[string]bool{}
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil && strings.Contains(p, "/internal/") {
			name := path.Base(p)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			internal[name] = true
		}
	}
	look := func(what string, n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				hidden := len(n.Names) > 0
				for _, name := range n.Names {
					hidden = hidden && !name.IsExported()
				}
				if hidden && strings.HasPrefix(what, "type") {
					return false
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && internal[x.Name] {
					found = append(found, fmt.Sprintf("%v: %s names %s.%s", fset.Position(n.Pos()), what, x.Name, n.Sel.Name))
				}
			}
			return true
		})
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
				*seen++
				look("func "+d.Name.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						*seen++
						look("type "+s.Name.Name, s.Type)
					}
				case *ast.ValueSpec:
					if !s.Names[0].IsExported() || d.Tok == token.CONST {
						continue
					}
					*seen++
					if s.Type != nil {
						look("var "+s.Names[0].Name, s.Type)
						continue
					}
					for _, v := range s.Values {
						look("var "+s.Names[0].Name, v)
					}
				}
			}
		}
	}
	return found
}

func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
