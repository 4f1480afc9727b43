package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// Whatever a finder tells by itself, esbuild tells too: from every folder of a tree in which names stand for several
// things, imports of every form.
func TestFindsAsEsbuild(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"a.ts", "a.js", "a.tsx", "a/index.ts", // one name, four things
		"b.jsx", "b.json", "b.css", "c", "c.ts", "d/index.js", "e.test.ts", "f.js.ts", "g.mts", "h.txt", "i.json", "Upper.ts",
		"real/deep/x.ts", "real/x.js", "node_modules/lib/index.js", "node_modules/lib/a.js", "mapped/a.js", "mapped/b.js", "mapped/inner/a.ts",
	} {
		put(t, filepath.Join(root, path), "export {}")
	}
	put(t, filepath.Join(root, "package.json"), `{"main": "a.js", "sideEffects": false}`)
	put(t, filepath.Join(root, "mapped/package.json"), `{"browser": {"./a": "./b.js", "./inner/a.ts": false}}`)
	put(t, filepath.Join(root, "main.js"), "")
	for from, to := range map[string]string{"linked": "real/deep", "real/j.ts": "../a.ts", "k.ts": "real/j.ts", "lost.ts": "nowhere.ts"} {
		if err := os.Symlink(to, filepath.Join(root, from)); err != nil {
			t.Skip(err)
		}
	}
	var told, asked int
	setup := func(build api.PluginBuild) {
		build.OnStart(func() (api.OnStartResult, error) {
			imports := newFinder(build.Resolve)
			for _, dir := range []string{"", "a", "real", "real/deep", "linked", "mapped", "mapped/inner", "node_modules/lib"} {
				for _, up := range []string{"./", "../", "../../", "./linked/", "./real/deep/", "./mapped/", "./mapped/inner/", "./node_modules/lib/"} {
					for _, name := range []string{
						"a", "a.ts", "a.js", "a/", "a/index", "b", "b.js", "b.css", "c", "d", "d/.", "e.test", "f.js", "g", "g.mjs", "h", "h.txt", "h.txt?raw",
						"i", "j", "k", "Upper", "upper", "lost", "x", "x.js", "x.ts", "x#y", "", ".", "..", "none",
					} {
						from, path := filepath.Join(root, dir), up+name
						got := imports.beside(from, path)
						if got == "" {
							asked++
							continue
						}
						told++
						want := build.Resolve(path, api.ResolveOptions{ResolveDir: from, Kind: api.ResolveJSImportStatement})
						if len(want.Errors) > 0 || got != want.Path || want.Namespace != "file" || want.External {
							t.Errorf("beside(%q, %q) = %q, but esbuild finds %+v", from, path, got, want)
						}
					}
				}
			}
			return api.OnStartResult{}, nil
		})
	}
	api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(root, "main.js")}, AbsWorkingDir: root, Bundle: true,
		LogLevel: api.LogLevelSilent, Plugins: []api.Plugin{{Name: "compare", Setup: setup}},
	})
	if told < 80 || asked < 80 {
		t.Errorf("%d imports told, %d left to esbuild: the tree is too plain", told, asked)
	}
}

// One import of one folder is asked for once.
func TestFindsOnce(t *testing.T) {
	asked := 0
	imports := newFinder(func(path string, _ api.ResolveOptions) api.ResolveResult {
		asked++
		return api.ResolveResult{Path: "/lib/" + path}
	})
	for range 3 {
		if got := imports.find("zod", api.ResolveOptions{ResolveDir: t.TempDir()}); got.Path != "/lib/zod" {
			t.Errorf("find(zod) = %+v", got)
		}
	}
	dir := t.TempDir()
	for range 3 {
		imports.find("zod", api.ResolveOptions{ResolveDir: dir})
	}
	if asked != 4 {
		t.Errorf("asked %d times about zod in four folders, want 4", asked)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
