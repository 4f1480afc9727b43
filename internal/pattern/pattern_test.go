package pattern_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/pattern"
)

func TestMatch(t *testing.T) {
	p := pattern.New(`^a+$`)
	for text, want := range map[string]bool{"aa": true, "ab": false, "": false} {
		if got := p.MatchString(text); got != want || p.Match([]byte(text)) != want || p.Regexp().MatchString(text) != want {
			t.Errorf("%s matches %q: %v, want %v", p, text, got, want)
		}
	}
}

// Every expression in the code compiles, so that none panics at its first use; and none is compiled as the process starts.
func TestPatternsOfTheCode(t *testing.T) {
	found := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			if _, isFunction := declaration.(*ast.FuncDecl); isFunction {
				continue
			}
			ast.Inspect(declaration, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if _, later := n.(*ast.FuncLit); later || !ok {
					return !later
				}
				at := set.Position(call.Pos())
				switch name(call.Fun) {
				case "regexp.MustCompile":
					t.Errorf("%s: a regular expression is compiled as the process starts; use pattern.New", at)
				case "pattern.New":
					found++
					if expr, ok := text(call.Args[0]); ok {
						if _, err := regexp.Compile(expr); err != nil {
							t.Errorf("%s: %v", at, err)
						}
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 40 {
		t.Errorf("only %d expressions were found in the code", found)
	}
}

func name(n ast.Expr) string {
	if s, ok := n.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

// text is the value of a literal; false for an expression that is put together, of which the tests of its room have to know.
func text(n ast.Expr) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
