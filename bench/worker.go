package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// measureWorkers runs `bindery check` and `wrangler deploy --dry-run` in turns, as whole processes, on a Worker of five
// environments with the source of an ordinary one, and with 2 MB of it. Both read all of the source; the dry run is given
// one environment.
func measureWorkers(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	var rows []row
	for _, w := range []struct {
		name string
		size int // of each half of the source
	}{
		{"five environments with source", 12 << 10},
		{"a 2 MB Worker", 1 << 20},
	} {
		folder := filepath.Join(dir, fmt.Sprint("worker-", w.size))
		size, err := writeWorker(folder, w.size)
		if err != nil {
			return nil, err
		}
		config := filepath.Join(folder, "wrangler.toml")
		what := fmt.Sprintf("check %s (%d KiB)", w.name, size>>10)
		more, err := beside(ctx, what, bindery, dir, config, rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// writeWorker makes a Worker whose source is half written by hand, in TypeScript of a few kilobytes a file, and half a
// bundle of libraries in one file of JavaScript. Each half is about that many bytes; it returns how many both are.
func writeWorker(dir string, half int) (size int, err error) {
	random := rand.New(rand.NewPCG(1, 2))
	files := map[string]string{"wrangler.toml": workerConfig(), "src/vendor.js": bundle(random, half)}
	var imports, calls strings.Builder
	written := 0
	for n := 0; written < half; n++ {
		text := module(random, n)
		files[fmt.Sprintf("src/%s/m%d.ts", areas[n%len(areas)], n)] = text
		written += len(text)
		fmt.Fprintf(&imports, "import { handle%d } from \"./%s/m%d\";\n", n, areas[n%len(areas)], n)
		fmt.Fprintf(&calls, "\t\t\tcase \"/%s/%d\": return handle%d(request, env);\n", areas[n%len(areas)], n, n)
	}
	files["src/index.ts"] = imports.String() + "import { start } from \"./vendor.js\";\n\n" +
		"export default {\n\tasync fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {\n\t\tstart(ctx);\n" +
		"\t\tswitch (new URL(request.url).pathname) {\n" + calls.String() +
		"\t\t}\n\t\treturn new Response(\"not found\", { status: 404 });\n\t},\n} satisfies ExportedHandler<Env>;\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return 0, err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return 0, err
		}
		if name != "wrangler.toml" {
			size += len(text)
		}
	}
	return size, nil
}

// areas are the folders of what is written by hand.
var areas = []string{"orders", "billing", "catalog", "accounts", "search", "webhooks", "reports", "admin"}

// words are what names are made of.
var words = []string{
	"item", "cart", "price", "stock", "invoice", "session", "token", "locale", "region", "header", "query", "cursor", "batch",
	"event", "payload", "schema", "index", "window", "buffer", "frame", "scope", "route", "marker", "digest", "quota", "ledger",
}

// shaped writes a shape: N is its number, A, B and C are different words, X is any number.
func shaped(random *rand.Rand, shape string, n int) string {
	pick := random.Perm(len(words))
	return strings.NewReplacer(
		"«N»", fmt.Sprint(n), "«A»", words[pick[0]], "«B»", words[pick[1]], "«C»", words[pick[2]], "«X»", fmt.Sprint(random.IntN(100_000)),
	).Replace(shape)
}

// module is the n-th file that is written by hand. It uses the two before it.
func module(random *rand.Rand, n int) string {
	var b strings.Builder
	for k := max(0, n-2); k < n; k++ {
		fmt.Fprintf(&b, "import { handle%d } from \"../%s/m%d\";\n", k, areas[k%len(areas)], k)
	}
	b.WriteString("\n")
	count := 4 + random.IntN(8)
	var calls strings.Builder
	for i := range count {
		kind := random.IntN(len(byHand))
		b.WriteString(shaped(random, byHand[kind], i))
		fmt.Fprintf(&calls, "\tif (path.endsWith(\"/%d\")) return respond(await step%d(env, path));\n", i, i)
	}
	fmt.Fprintf(&b, "function respond(body: unknown): Response {\n\treturn Response.json(body ?? null, { status: body ? 200 : 404 });\n}\n\n")
	fmt.Fprintf(&b, "export async function handle%d(request: Request, env: Env): Promise<Response> {\n\tconst path = new URL(request.url).pathname;\n%s", n, calls.String())
	for k := max(0, n-2); k < n; k++ {
		fmt.Fprintf(&b, "\tif (path.includes(\"/via/%d/\")) return handle%d(request, env);\n", k, k)
	}
	b.WriteString("\treturn respond(undefined);\n}\n")
	return b.String()
}

// bundle is JavaScript as a bundler leaves it, all of it reachable from start.
func bundle(random *rand.Rand, size int) string {
	var b, calls strings.Builder
	for n := 0; b.Len()+calls.Len() < size; n++ {
		b.WriteString(shaped(random, bundled[random.IntN(len(bundled))], n))
		fmt.Fprintf(&calls, "  use(lib%d, options);\n", n)
	}
	return "var use = (f, o) => { if (o && o.trace) console.log(typeof f); };\n" + b.String() +
		"function start(options) {\n" + calls.String() + "}\nexport { start };\n"
}

// workerConfig has a top level and five environments, each with what the source reads.
func workerConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = \"shop\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-04-01\"\naccount_id = %q\nworkers_dev = false\n", account)
	random := rand.New(rand.NewPCG(3, 4))
	id := func() string { return fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()) }
	for _, env := range []string{"", "development", "testing", "staging", "canary", "production"} {
		prefix := ""
		if env != "" {
			prefix = "env." + env + "."
			fmt.Fprintf(&b, "\n[env.%s]\nroutes = [{ pattern = \"%s.example.com/*\", zone_name = \"example.com\" }]\n", env, env)
		}
		fmt.Fprintf(&b, "\n[%svars]\nENVIRONMENT = %q\nLIMIT = \"10\"\n", prefix, env)
		for _, binding := range []string{"CACHE", "SESSIONS"} {
			fmt.Fprintf(&b, "\n[[%skv_namespaces]]\nbinding = %q\nid = %q\n", prefix, binding, id())
		}
		x := id()
		fmt.Fprintf(&b, "\n[[%sd1_databases]]\nbinding = \"DB\"\ndatabase_name = \"shop-%s\"\ndatabase_id = \"%s-%s-4%s-8%s-%s\"\n",
			prefix, env, x[:8], x[8:12], x[13:16], x[17:20], x[20:])
		fmt.Fprintf(&b, "\n[[%sr2_buckets]]\nbinding = \"FILES\"\nbucket_name = \"shop-files-%s\"\n", prefix, cmp.Or(env, "main"))
	}
	return b.String()
}
