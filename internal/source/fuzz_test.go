package source

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzAnalyse: whatever the parser takes is walked without a panic, and each use lies in the code, where its name stands.
func FuzzAnalyse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".js") {
				f.Add(file.Data)
			}
		}
	}
	for _, seed := range []string{
		"export default{fetch(r,{A,B:{C},...d}){d.A.get()}}", "import{env as e}from'cloudflare:workers';e.A.get();e['B'];export{e as default}",
		"var f=f;export default f", "class A extends A{constructor(e){super(e)}}export{A as default}", "x={env:env=>env}", "[env]=[env]",
		"for(const env of env)env.A", "(env=>new env.A(env))`${env}`", "let a;function f(env){a=env}a.B.get();export{f as default}",
		"export default{...env,fetch:env,[env]:1,get fetch(){return env}}", "env?.A?.b`x`", "var{env:{A=env.B}}=c", "export{default}from'hono'",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		if tooDeep(code, true) {
			return
		}
		program, err := analyse(code, bytes.Contains(code, []byte("onRequest")))
		if err != nil {
			if strings.Contains(err.Error(), "not understood") {
				t.Errorf("%q: %v", code, err)
			}
			return
		}
		for _, u := range program.Reads {
			rest := strings.TrimLeft(string(code[u.offset:]), `"'`)
			if !strings.HasPrefix(rest, u.Name) {
				t.Errorf("%q: %s is said to be at %d, where %.20q stands", code, u.Name, u.offset, rest)
			}
		}
	})
}

// FuzzPlaces: no mapping leads out of a slice, and none hangs.
func FuzzPlaces(f *testing.F) {
	root := f.TempDir()
	main := filepath.Join(root, "a.ts")
	if err := os.WriteFile(main, []byte("export default {\n fetch: (r: Request, env) => env.A.get(1) }"), 0o666); err != nil {
		f.Fatal(err)
	}
	j, err := join(context.Background(), root, beginning{main: main}, os.ReadFile, true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(j.sourceMap), 0, 40)
	f.Add("AAAA;;;gggggggggggB,A;AAAAAA", 4, 3)
	f.Fuzz(func(t *testing.T, mappings string, line, column int) {
		if source, original, ok := originalOf(mappings, line, column); ok && (source < 0 || original < 0) {
			t.Errorf("originalOf(%q, %d, %d) is file %d line %d", mappings, line, column, source, original)
		}
	})
}
