package source

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
)

// Code that is taken to pieces, to as many as there can be, says what it says when it is parsed at one go: what esbuild makes of
// each file of the cases, and modules put together from parts by chance, as they are written and as esbuild prints them.
func TestPieces(t *testing.T) {
	several := 0
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		root, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			file := filepath.Join(root, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range archive.Files {
			if loaders[filepath.Ext(f.Name)] == 0 {
				continue
			}
			joined, err := join(t.Context(), root, beginning{main: filepath.Join(root, filepath.FromSlash(f.Name))}, os.ReadFile, false)
			if err == nil && comparePieces(t, string(joined.code)) {
				several++
			}
		}
	}
	if several < 20 {
		t.Errorf("only %d of the cases were taken to pieces", several)
	}
	random := rand.New(rand.NewPCG(7, 8))
	several = 0
	for range 500 {
		var module strings.Builder
		module.WriteString("import { env as whole, DurableObject } from \"cloudflare:workers\";\n")
		for range 4 + random.IntN(8) { // some of them twice, under one number: a mistake of a const, none of a var
			module.WriteString(strings.ReplaceAll(parts[random.IntN(len(parts))], "N", fmt.Sprint(random.IntN(6))))
		}
		module.WriteString(handlersOf[random.IntN(len(handlersOf))])
		if comparePieces(t, module.String()) {
			several++
		}
	}
	if several < 100 {
		t.Errorf("only %d of the modules were taken to pieces", several)
	}
}

// What looks as if a statement began there is no place to cut.
func TestPiecesAreStatements(t *testing.T) {
	for _, code := range []string{
		"const a = {}\nfunction f(env) { return env.A }\nexport { f as default }",
		"x = `${y};function f(env) { return env.A }`; var a; export default 1",
		"x = /;var [}]/; var b = /}function/.test(c); export default {};",
		"f({ a() {}, function: 1, class: 2 }); export default { a: { var: 1 } }",
		"class A { a = 1; const = 2; class() {} } export default class extends A {}",
		"do ; while (a) var b; if (a) ; else var c; for (;;) { var d } export default 1",
		"var a;let b;var a;export default b", "let a;var b;let a;export default b", "var a;function b() {}let a;export default b",
		"label: { } function f(env) { env.A } export default (env) => f(env);",
		"import a from 'x';a.b(function () {});import { c } from 'y';c(a);export default a;export { c };",
		"}function f() {}", "var a = (;function f() {}", "{{};function f() {}",
	} {
		comparePieces(t, code)
	}
}

// comparePieces analyses code both ways. It returns whether there were several pieces.
func comparePieces(t *testing.T, code string) bool {
	t.Helper()
	pieces, err := (&scanner{src: []byte(code)}).parse(1)
	if err != nil {
		return false
	}
	whole, err := parseWhole([]byte(code))
	if err != nil {
		t.Errorf("in %d pieces, code is parsed that is none: %v\n%s", len(pieces.pieces), err, code)
		return false
	}
	if len(pieces.ast.List) != len(whole.ast.List) {
		t.Errorf("%d statements in pieces, %d at one go\n%s", len(pieces.ast.List), len(whole.ast.List), code)
	}
	for _, routes := range []bool{false, true} {
		got, want := search(pieces, routes), search(whole, routes)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Program{}, Use{}), cmpopts.IgnoreTypes(places{})); diff != "" {
			t.Errorf("in pieces, a module says other things (-whole +pieces):\n%s\n%s", diff, code)
		}
	}
	return len(pieces.pieces) > 1
}
