package source_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/source"
)

// BenchmarkRead reads a Worker of 2 MB of TypeScript in 100 files, each of which takes names from env.
func BenchmarkRead(b *testing.B) {
	root := b.TempDir()
	size := 0
	var imports, calls strings.Builder
	for n := range 100 {
		var text strings.Builder
		for i := 0; text.Len() < 20<<10; i++ {
			text.WriteString(strings.ReplaceAll(moduleText, "NUMBER", fmt.Sprint(i)))
			fmt.Fprintf(&calls, "    await m%d.load%d(env, 'x'); new m%d.Store%d(env);\n", n, i, n, i)
		}
		write(b, filepath.Join(root, fmt.Sprintf("m%d.ts", n)), text.String())
		fmt.Fprintf(&imports, "import * as m%d from './m%d';\n", n, n)
		size += text.Len()
	}
	main := filepath.Join(root, "index.ts")
	write(b, main, imports.String()+"export default { async fetch(request: Request, env: Env): Promise<Response> {\n"+calls.String()+"  return new Response() } }\n")
	b.SetBytes(int64(size))
	for b.Loop() {
		p, err := source.Read(context.Background(), source.Entry{Main: main, Root: root})
		if err != nil || p.Unsure != "" || len(p.Reads) < 1000 {
			b.Fatalf("read %s: %v, %+v", main, err, p)
		}
	}
}

// BenchmarkReadAlone reads a Worker of 2 MB of JavaScript in one file, as a bundler leaves it.
func BenchmarkReadAlone(b *testing.B) {
	root := b.TempDir()
	var text, calls strings.Builder
	for i := 0; text.Len() < 2<<20; i++ {
		text.WriteString(strings.ReplaceAll(bundledText, "NUMBER", fmt.Sprint(i)))
		fmt.Fprintf(&calls, "load%d(env, request.url);\n", i)
	}
	text.WriteString("export default { async fetch(request, env) {\n" + calls.String() + "return new Response() } };\n")
	main := filepath.Join(root, "index.js")
	write(b, main, text.String())
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		p, err := source.Read(context.Background(), source.Entry{Main: main, Root: root})
		if err != nil || p.Unsure != "" || len(p.Reads) < 1000 {
			b.Fatalf("read %s: %v, %+v", main, err, p)
		}
	}
}

const bundledText = `
var cacheNUMBER = new Map(), patternNUMBER = /^item:([a-z0-9-]+)$/i;
async function loadNUMBER(env, id, { limit = 10 } = {}) {
  if (cacheNUMBER.has(id)) return cacheNUMBER.get(id);
  const cached = await env.CACHE.get("item:" + id, "json");
  if (cached !== null && patternNUMBER.test(id)) return cached;
  for (let i = 0; i < limit; i++) cacheNUMBER.set(id + ":" + i, { id, at: i << 2, parts: id.split(",").map((t) => t.trim()) });
  return cacheNUMBER.get(id);
}
`

const moduleText = `
export interface ItemNUMBER { id: string; tags: string[]; meta?: Record<string, unknown> }
type PickNUMBER<T extends object> = { [K in keyof T]?: T[K] };
/** a helper, number NUMBER */
export async function loadNUMBER(env: Env, id: string, opts: { limit?: number } = {}): Promise<ItemNUMBER | null> {
  const cached = await env.CACHE.get<ItemNUMBER>(` + "`item:${id}`" + `, "json");
  if (cached !== null) return cached;
  const { limit = 10 } = opts;
  const rows = await env.DB.prepare("select id, tags from items where id = ? limit ?").bind(id, limit).all<{ id: string; tags: string }>();
  for (const row of rows.results ?? []) {
    if (row.id === id) {
      const item: ItemNUMBER = { id: row.id, tags: row.tags.split(",").map((t) => t.trim()).filter(Boolean) };
      await env.CACHE.put("item:" + id, JSON.stringify(item), { expirationTtl: 60 * 60 });
      return item;
    }
  }
  return null;
}
export class StoreNUMBER<T extends object> {
  private readonly seen = new Map<string, T>();
  constructor(private readonly env: Env, readonly name = "store") {}
  async get(key: string): Promise<T | undefined> {
    const known = this.seen.get(key);
    if (known) return known;
    const value = await this.env.CACHE.get(key);
    return value == null ? undefined : (JSON.parse(value) as T);
  }
}
`
