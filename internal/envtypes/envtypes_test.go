package envtypes_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/envtypes"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// read reads a configuration of testdata, with all its environments.
func read(t *testing.T, path string) []*wrangler.Environment {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := wrangler.Parse(path, src)
	all := append([]*wrangler.Environment{c.Top}, c.Envs...)
	for _, e := range all {
		if e.Refused() {
			t.Fatalf("wrangler refuses %s of %s: %+v %+v", e.Label(), path, c.Problems, e.Problems)
		}
	}
	return all
}

// TestGolden writes both files for each configuration of testdata.
func TestGolden(t *testing.T) {
	configs, err := filepath.Glob("testdata/*/wrangler.*")
	if err != nil || len(configs) == 0 {
		t.Fatalf("no configurations: %v", err)
	}
	for _, config := range configs {
		dir := filepath.Dir(config)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			out := filepath.Join(dir, "bindery-env.d.ts")
			d := envtypes.Describe(read(t, config), "bindery types", out)
			golden(t, out, envtypes.TypeScript(d))
			text, err := envtypes.Go(d, "bindings")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(dir, "bindery_env.go.golden"), text)
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, "bindery_env.go", text, parser.AllErrors)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := new(types.Config).Check("bindings", fset, []*ast.File{file}, nil); err != nil {
				t.Error(err)
			}
			again := envtypes.TypeScript(envtypes.Describe(read(t, config), "bindery types", out))
			if !bytes.Equal(again, envtypes.TypeScript(d)) {
				t.Error("the same configuration makes other bytes the second time")
			}
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: -update shows what differs\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// TestSecretsStayOut: what looks like a credential is in neither file.
func TestSecretsStayOut(t *testing.T) {
	const password = "hG7kT2mQ9xWv4LpZ8nRb3cYd"
	src := `{"name":"w","vars":{"API_SECRET":"` + password + `","NESTED":{"DB_PASSWORD":"` + password + `","port":1}}}`
	d := envtypes.Describe([]*wrangler.Environment{wrangler.Parse("wrangler.json", []byte(src)).Top}, "bindery types", "")
	typescript := string(envtypes.TypeScript(d))
	golang, err := envtypes.Go(d, "bindings")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(typescript+string(golang), password) {
		t.Errorf("the password is in\n%s\n%s", typescript, golang)
	}
	for _, want := range []string{"API_SECRET: string;", "NESTED: { DB_PASSWORD: string; port: 1 };"} {
		if !strings.Contains(typescript, want) {
			t.Errorf("%q is not in\n%s", want, typescript)
		}
	}
}

// TestEveryTypeIsKnown: a type that a configuration can declare has one in TypeScript.
func TestEveryTypeIsKnown(t *testing.T) {
	for _, e := range read(t, "testdata/every-type/wrangler.jsonc") {
		for _, b := range e.Bindings {
			d := envtypes.Describe([]*wrangler.Environment{e}, "", "")
			i := slices.IndexFunc(d.Environments[0].Members, func(m envtypes.Member) bool { return m.Name == b.Text() })
			if i < 0 || d.Environments[0].Members[i].Type == "" {
				t.Errorf("%s %s has no type in TypeScript", b.Type, b.Text())
			}
		}
	}
}

func TestElsewhere(t *testing.T) {
	top := wrangler.Parse("wrangler.toml", []byte("name = \"w\"\nkv_namespaces = [{ binding = \"CACHE\" }, { binding = \"ORDERS\" }]\nvars = { LEVEL = \"info\" }")).Top
	d := envtypes.Describe([]*wrangler.Environment{top}, "bindery types", "")
	const all = "{ CACHE: KVNamespace; ORDERS: KVNamespace; LEVEL: string }"
	for _, c := range []struct{ name, file, src, want string }{
		{"the same again", "src/index.ts", "interface Env " + all, "Env"},
		{"exported", "src/index.ts", "export interface Env " + all, "Env"},
		{"a type", "src/types.ts", "export type Bindings = " + all, "Bindings"},
		{"declared for all", "env.d.ts", "declare global {\n  interface Env " + all + "\n}\nexport {}", "Env"},
		{"in Cloudflare", "env.d.ts", "declare namespace Cloudflare { interface Env " + all + " }", "Env"},
		{"lacking", "src/a.ts", "interface Env { CACHE: KVNamespace }", "Env without ORDERS LEVEL"},
		{"old", "src/a.ts", "interface Env {\n  CACHE: KVNamespace\n  'ORDERS': KVNamespace\n  readonly LEVEL?: string\n  OLD: D1Database\n}", "Env with OLD"},
		{"no members behind members", "src/a.ts", "interface Env {\n  CACHE: Map<string, { OTHER: string }>;\n  ORDERS(key: string): void\n  LEVEL: 'a'\n    | 'b' }", "Env without ORDERS"},
		{"behind what looks like it", "src/a.ts", "// interface Env {\nconst s = 'interface Env {', t = `${'`'} interface Env {`, r = /interface Env [{]\\//;\ninterface Env " + all, "Env"},
		{"generic", "src/a.ts", "interface Env<T extends object = {}> " + all, ""},
		{"in a comment", "src/a.ts", "/* interface Env " + all + " */", ""},
		{"in a text", "src/a.ts", "const s = `interface Env " + all + "`", ""},
		{"in a function", "src/a.ts", "function f() { interface Env " + all + " }", ""},
		{"nothing in common", "src/a.ts", "interface Env { OTHER: string }", ""},
		{"added to", "src/a.ts", "interface Env { API_KEY: string }", ""},
		{"inherited", "src/a.ts", "interface Env extends Cloudflare.Env {}", ""},
		{"another name", "src/a.ts", "interface Options " + all, ""},
		{"as a name", "src/a.ts", "const interface_ = 1, Env = { CACHE: 1 }", ""},
		{"not closed", "src/a.ts", "interface Env { CACHE: KVNamespace", ""},
		{"prose of JSX", "src/a.tsx", "const a = <p>Don't</p>\ninterface Env " + all, ""},
		{"JavaScript", "src/a.js", "interface Env " + all, ""},
		{"installed", "node_modules/x/index.d.ts", "interface Env " + all, ""},
		{"built", "dist/index.d.ts", "interface Env " + all, ""},
		{"ours", "other.d.ts", envtypes.FirstLine + "interface Env " + all, ""},
		{"the file itself", "bindery-env.d.ts", "interface Env " + all, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			path := filepath.Join(root, filepath.FromSlash(c.file))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.src), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := envtypes.Elsewhere(t.Context(), root, d, filepath.Join(root, "bindery-env.d.ts"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				one := f.Name
				if len(f.Lacks) > 0 {
					one += " without " + strings.Join(f.Lacks, " ")
				}
				if len(f.Extra) > 0 {
					one += " with " + strings.Join(f.Extra, " ")
				}
				if at := f.File.Slice(f.Span); at != f.Name {
					t.Errorf("the place of %s is that of %q", f.Name, at)
				}
				got = append(got, one)
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("in %s:\n%s\ngot %q, want %q", c.file, c.src, got, c.want)
			}
		})
	}
}

// TestElsewhereStopsAtOtherWorkers: a folder with a configuration of its own has an env of its own.
func TestElsewhereStopsAtOtherWorkers(t *testing.T) {
	top := wrangler.Parse("wrangler.toml", []byte("name = \"w\"\nkv_namespaces = [{ binding = \"CACHE\" }]")).Top
	d := envtypes.Describe([]*wrangler.Environment{top}, "", "")
	root := t.TempDir()
	for name, src := range map[string]string{
		"workers/one/env.ts": "interface Env { CACHE: KVNamespace }", "workers/one/wrangler.toml": "", "lib/env.ts": "interface Env { CACHE: KVNamespace }",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := envtypes.Elsewhere(t.Context(), root, d, "")
	if err != nil || len(found) != 1 || filepath.Base(filepath.Dir(found[0].File.Path)) != "lib" {
		t.Errorf("found %+v, %v, want lib/env.ts only", found, err)
	}
}
