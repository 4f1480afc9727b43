//go:build unix

package wranglerrun

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Which wrangler a project's package manager has put where. The programs on PATH are fakes, which say what they were called
// with: no package manager but npm is in reach of the tests.
func TestFindByManager(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"node", "npx", "yarn", "corepack"} {
		script := "#!/bin/sh\necho " + name + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const (
		asks      = `{"devDependencies":{"wrangler":"^4.0.0"}}`
		installed = `{"version":"4.1.0","bin":{"wrangler":"bin/wrangler.js"}}`
	)
	for _, c := range []struct {
		name    string
		files   map[string]string
		without string // a program that is not there
		want    string // what is printed, DIR for the project; or what the error says
	}{
		{"npm", map[string]string{"app/package.json": asks, "app/node_modules/wrangler/package.json": installed, "app/package-lock.json": "{}"}, "",
			"node DIR/app/node_modules/wrangler/bin/wrangler.js deploy --message=a b"},
		{"npm workspace, hoisted", map[string]string{"app/package.json": asks, "package.json": `{"workspaces":["app"]}`, "node_modules/wrangler/package.json": installed}, "",
			"node DIR/node_modules/wrangler/bin/wrangler.js deploy --message=a b"},
		{"pnpm", map[string]string{"app/package.json": asks, "pnpm-lock.yaml": "", "link app/node_modules/wrangler": "../../node_modules/.pnpm/wrangler@4.1.0/node_modules/wrangler",
			"node_modules/.pnpm/wrangler@4.1.0/node_modules/wrangler/package.json": installed}, "",
			"node DIR/app/node_modules/wrangler/bin/wrangler.js deploy --message=a b"},
		{"yarn 4 with node_modules", map[string]string{"app/package.json": asks, "yarn.lock": "", ".yarnrc.yml": "nodeLinker: node-modules\n", "node_modules/wrangler/package.json": installed}, "",
			"node DIR/node_modules/wrangler/bin/wrangler.js deploy --message=a b"},
		{"yarn, Plug'n'Play", map[string]string{"app/package.json": asks, "yarn.lock": "", ".pnp.cjs": ""}, "", "yarn run wrangler deploy --message=a b"},
		{"yarn by corepack", map[string]string{"app/package.json": asks, "yarn.lock": "", ".pnp.cjs": ""}, "yarn", "corepack yarn run wrangler deploy --message=a b"},
		{"bun", map[string]string{"app/package.json": asks, "app/bun.lock": "", "app/node_modules/wrangler/package.json": installed}, "",
			"node DIR/app/node_modules/wrangler/bin/wrangler.js deploy --message=a b"},
		{"npm, not installed", map[string]string{"app/package.json": asks, "package-lock.json": "{}"}, "", "npx --yes wrangler@^4.0.0 deploy --message=a b"},
		{"nobody's, not installed", map[string]string{"app/package.json": asks}, "", "npx --yes wrangler@^4.0.0 deploy --message=a b"},
		{"pnpm, not installed", map[string]string{"app/package.json": asks, "pnpm-lock.yaml": ""}, "", "run `pnpm install`"},
		{"yarn, not installed", map[string]string{"app/package.json": asks, "yarn.lock": ""}, "", "run `yarn install`"},
		{"bun, not installed", map[string]string{"app/package.json": asks, "bun.lockb": ""}, "", "run `bun install`"},
		{"named in package.json", map[string]string{"app/package.json": asks, "package.json": `{"packageManager":"pnpm@9.1.0"}`}, "", "run `pnpm install`"},
		{"no Node", map[string]string{"app/package.json": asks, "app/node_modules/wrangler/package.json": installed}, "node", "install Node"},
		{"no wrangler", map[string]string{"app/package.json": `{}`}, "", "npm install --save-dev wrangler"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				link, isLink := strings.CutPrefix(name, "link ")
				path := filepath.Join(dir, link)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				err := error(nil)
				if isLink {
					err = os.Symlink(text, path)
				} else {
					err = os.WriteFile(path, []byte(text), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			on := bin
			if c.without != "" {
				on = t.TempDir()
				for _, name := range []string{"node", "npx", "yarn", "corepack"} {
					if name != c.without {
						if err := os.Symlink(filepath.Join(bin, name), filepath.Join(on, name)); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			t.Setenv("PATH", on)
			found, err := Find(filepath.Join(dir, "app"))
			if err != nil {
				var missing *MissingError
				if !errors.As(err, &missing) || !strings.Contains(missing.Hint(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				return
			}
			got, err := Here([]string{"PATH=/bin:/usr/bin"}).Run(t.Context(), dir, append(found.Command, "deploy", "--message=a b"), nil)
			if want := strings.ReplaceAll(c.want, "DIR", dir) + "\n"; err != nil || got.Output != want {
				t.Errorf("got %q, %v; want %q", got.Output, err, want)
			}
		})
	}
}

// What wrangler says to programs, and what it says to people where it says nothing to programs.
func TestReadSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "said")
	const id = "41c76d99-f21f-4dd6-a389-a615bdd3b97e"
	lines := `{"type":"wrangler-session","version":1}` + "\n" + `{"type":"version-upload","version_id":"` + id + `","preview_url":"https://41c76d99-api.me.workers.dev"}` + "\nnot JSON\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ReadSaid(file, ""); got.VersionID != id || got.PreviewURL != "https://41c76d99-api.me.workers.dev" {
		t.Errorf("got %+v", got)
	}
	if got := ReadSaid(file+".none", "Uploaded api\nWorker Version ID: "+id+"\n"); got.VersionID != id {
		t.Errorf("of what is printed: got %+v", got)
	}
	if got := ReadSaid(file+".none", "nothing"); got.VersionID != "" {
		t.Errorf("of nothing: got %+v", got)
	}
}
