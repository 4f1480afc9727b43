package source

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// A module that is read as it stands says what it says when esbuild has joined it: each file of the cases, and modules put
// together from parts by chance.
func TestAlone(t *testing.T) {
	alone := 0
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if filepath.Ext(f.Name) == ".js" && compareAlone(t, string(f.Data)) {
				alone++
			}
		}
	}
	if alone == 0 {
		t.Error("no file of the cases was read as it stands")
	}
	random := rand.New(rand.NewPCG(5, 6))
	alone = 0
	for range 300 {
		var module strings.Builder
		module.WriteString("import { env as whole, DurableObject } from \"cloudflare:workers\";\n")
		for n, i := range random.Perm(len(parts))[:4+random.IntN(5)] {
			module.WriteString(strings.ReplaceAll(parts[i], "N", fmt.Sprint(n)))
		}
		module.WriteString(handlersOf[random.IntN(len(handlersOf))])
		if compareAlone(t, module.String()) {
			alone++
		}
	}
	if alone < 100 {
		t.Errorf("only %d of the modules were read as they stand", alone)
	}
}

// parts of a module: each is a statement or two, N their number.
var parts = []string{
	"function deadN(env) { return env.DEAD_N.get('x'); }\n",
	"const deadN = (env) => deadN2(env); function deadN2(env) { return env.DEAD_N; }\n",
	"class Dead_N { constructor(env) { this.cache = env.DEAD_N; } }\n",
	"function loadN(e, key) { return e.KV_N.get(key); }\nconst callN = (env) => loadN(env, 'k');\nhooks.push(callN);\n",
	"export class ObjectN extends DurableObject { async fetch() { return this.env.OBJECT_N.get('a') } }\n",
	"export const nameN = 'N', readN = (env) => env['READ_N'];\n",
	"export async function taskN({ env }) { const { DB_N: db, CACHE_N = null } = env; return db.prepare('q') }\n",
	"// env.COMMENT_N is no read\n/* nor is env.COMMENT_N */\n",
	"var hooks = [], { LIMIT_N } = whole;\nhooks.push(LIMIT_N);\n",
	"if (whole.FLAG_N) { hooks.push(whole.SECRET_N?.length) }\n",
	"let sharedN; hooks.push((env) => { sharedN = env; return sharedN.SHARED_N.list(); });\n",
	"hooks.push(async (env) => { const { X_N } = await import(\"node:fs\"); return env.LATER_N });\n",
	"hooks.push((c) => c.env.CONTEXT_N.put('a', `${c.env.TEMPLATE_N}`), /[/*]env.PATTERN_N/);\n",
	"function* stepsN(env) { for (const k of Object.keys(env)) yield env[k]; }\nhooks.push(stepsN);\n",
	"const viaN = function (env) { const e = env; return e.ALIAS_N && \"OTHER_N\" in e; };\nhooks.push(viaN);\n",
	"hooks.push({ env: 1 }.env, process.env.NODE_N, import.meta.env.META_N);\n",
}

var handlersOf = []string{
	"export default { async fetch(request, env, ctx) { return new Response(await env.CACHE.get('x')); } };\n",
	"const handler = { fetch: (request, e) => e.RENAMED, scheduled(event, env) { env.QUEUE.send(1) } };\nexport { handler as default, };\n",
	"export default class extends DurableObject { fetch() { return this.env.CLASS } }\n",
	"export default function (request, env) { return env.FUNCTION }\n",
	"var src_default = { fetch(request, env) { return env[`QUOTED`] } };\nexport { src_default as default };\n",
}

// compareAlone reads a module both ways. It returns whether it can be read as it stands.
func compareAlone(t *testing.T, text string) bool {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(root, "index.js")
	if err := os.WriteFile(main, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	direct := readAlone(main, os.ReadFile)
	if direct == nil {
		return false
	}
	from := beginning{main: main}
	together, err := join(t.Context(), root, from, os.ReadFile, false)
	if err != nil {
		t.Errorf("esbuild refuses what is read as it stands: %v\n%s", err, text)
		return true
	}
	joined, err := analyse(together.code, false)
	if err != nil {
		t.Fatalf("analyse: %v\n%s", err, text)
	}
	joined.places = places{root: root, from: from, read: os.ReadFile}
	if diff := cmp.Diff(told(t, joined), told(t, direct)); diff != "" {
		t.Errorf("read as it stands, a module says other things (-joined +alone):\n%s\n%s", diff, text)
	}
	for _, name := range []string{"COMMENT_1", "COMMENT_2", "PATTERN_1", "KV_3", "NOWHERE"} {
		if direct.Mentions(name) != joined.Mentions(name) {
			t.Errorf("mentions %s: %v as it stands, %v joined\n%s", name, direct.Mentions(name), joined.Mentions(name), text)
		}
	}
	return true
}

// told is what a program says, a line each.
func told(t *testing.T, p *Program) (lines []string) {
	for _, u := range p.Reads {
		place := "nowhere"
		if file, at, ok := p.Place(t.Context(), u); ok {
			place = fmt.Sprint("line ", file.Position(at.Start).Line) // esbuild's map knows the column of some only
		}
		lines = append(lines, fmt.Sprintf("%s %s.%s %v", place, u.Name, u.Method, u.Guarded))
	}
	return append(lines, "unsure: "+p.Unsure, fmt.Sprint("module: ", p.Module))
}
