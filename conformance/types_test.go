//go:build npm

package conformance

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/cli"
	"github.com/bindery-dev/bindery/internal/server"
)

// typesProject is how tsc is told to be as strict as it can, library files included.
const typesProject = `{
	"compilerOptions": {
		"strict": true, "noUncheckedIndexedAccess": true, "exactOptionalPropertyTypes": true, "noEmit": true,
		"target": "es2022", "lib": ["es2022"], "module": "es2022", "moduleResolution": "bundler", "types": []
	},
	"include": ["src", "*.d.ts"]
}
`

// TestTypesCompile: what bindery types writes compiles under tsc --strict with the types of Workers that wrangler generates. Of every type of
// binding it is what wrangler's own declaration of env allows, and it catches the mistakes that it is there for.
func TestTypesCompile(t *testing.T) {
	tsc, err := filepath.Abs("node_modules/typescript/bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	house := newHouse(t, server.Throttle{})
	for _, c := range []struct {
		name   string
		theirs bool // wrangler's env is declared beside ours. In shop it is not: theirs imports a class that takes no part in RPC, and does not compile
		right  string
		wrong  []string // each a mistake
	}{
		{"every-type", true, `export const read = (env: Env) => env.KV.get("key");`, []string{
			`export const f = (env: Env) => env.KV.prepare("select 1");`,
			`export const f = (env: Env) => env.ABSENT;`,
		}},
		{"shop", false, `
			export function told(env: Cloudflare.AnyEnv) {
				return env.ENVIRONMENT === "production" ? env.ORDERS.get("key") : env.OLD_CARTS.idFromName("1");
			}
			export const any = (env: Cloudflare.AnyEnv): Env => env;
			export const production = (env: Cloudflare.ProductionEnv) => [env.API_KEY.length, env.LIMIT.toFixed()];
			export const total = (env: Env): Promise<number> => env.CARTS.getByName("1").total();`, []string{
			`export const f = (env: Env) => env.ORDERS.get("key");`, // not everywhere
			`export const f = (env: Cloudflare.ProductionEnv) => env.DEBUG;`,
			`export const f = (env: Cloudflare.AnyEnv) => env.ENVIRONMENT === "dev" && env.ORDERS;`,
			`export const f = (env: Env) => env.ENVIRONMENT === "prod";`,
			`export const f = (env: Env) => env.CARTS.getByName("1").sum();`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("../internal/envtypes/testdata", c.name))); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(dir, "src"), 0o700); err != nil {
				t.Fatal(err)
			}
			s := &shell{flat: &flat{house: house}, wrangler: newest, dir: dir}
			s.file(t, "tsconfig.json", []byte(typesProject))
			s.file(t, "src/right.ts", []byte(c.right))
			var printed bytes.Buffer
			if code := cli.Main([]string{"types", dir, "--check"}, strings.NewReader(""), &printed, &printed, func(string) string { return "" }); code != 0 {
				t.Fatalf("bindery types --check ends with %d:\n%s", code, &printed)
			}
			s.run(t, "types", "--include-env=false", "runtime.d.ts")
			if c.theirs {
				s.run(t, "types", "--include-runtime=false", "--env-interface=WranglerEnv", "theirs.d.ts")
			}
			compile := func() string {
				said, err := exec.Command(older.node(), tsc, "--project", dir).CombinedOutput()
				if err != nil && len(said) == 0 {
					t.Fatal(err)
				}
				return string(said)
			}
			if said := compile(); said != "" {
				t.Errorf("tsc:\n%s", said)
			}
			for i, wrong := range c.wrong {
				s.file(t, fmt.Sprintf("src/wrong%d.ts", i), []byte(wrong))
			}
			said := compile()
			for i, wrong := range c.wrong {
				if !strings.Contains(said, fmt.Sprintf("src/wrong%d.ts(1,", i)) {
					t.Errorf("tsc takes %s:\n%s", wrong, said)
				}
			}
		})
	}
}
