// Package internal_test guards the shape of the house: which room may import which.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/bindery-dev/bindery/"

// arrows lists for every room the rooms it may import. They point down only; the
// serving wing (kv, platform, api, server) and the judging wing (syntax, wrangler,
// settings, check, deploy) meet nowhere but in cli. docs/architecture.md says why.
var arrows = map[string][]string{
	"cmd/bindery": {"internal/cli"},
	// The public package is a top of the hall of its own: what it needs of the judging wing is how a configuration is read.
	".": {
		"internal/wrangler", "internal/settings", "internal/lock", "internal/deploy", "internal/syntax", "internal/cloudflare",
		"internal/kv", "internal/kv/memkv", "internal/kv/pebblekv", "internal/selftest", "internal/probe", "internal/fingerprint",
	},
	"internal/cli": {
		"internal/server", "internal/deploy", "internal/apply", "internal/lock", "internal/survey", "internal/fingerprint", "internal/probe", "internal/probemodule", "internal/selftest", "internal/cloudflare",
		"internal/server", "internal/deploy", "internal/apply", "internal/lock", "internal/survey", "internal/fingerprint", "internal/probe", "internal/selftest", "internal/cloudflare", "internal/probemodule", "internal/wranglerrun",
		"internal/check", "internal/check/rules", "internal/check/report", "internal/lsp", "internal/explain", "internal/envtypes",
		"internal/platform", "internal/wrangler", "internal/settings", "internal/syntax", "internal/kv", "internal/git", "internal/heap",
		"internal/check", "internal/check/rules", "internal/check/report", "internal/lsp", "internal/explain",
		"internal/platform", "internal/wrangler", "internal/settings", "internal/syntax", "internal/kv", "internal/git", "internal/heap", "internal/transfer", "internal/seed",
	},

	"internal/pattern":      {},
	"internal/heap":         {},
	"internal/git":          {},
	"internal/syntax":       {},
	"internal/secret":       {},
	"internal/scripts":      {"internal/syntax"},
	"internal/wrangler":     {"internal/syntax", "internal/git"},
	"internal/settings":     {"internal/syntax"},
	"internal/source":       {"internal/syntax"},
	"internal/check":        {"internal/source", "internal/wrangler", "internal/settings", "internal/lock", "internal/syntax", "internal/git", "internal/secret"},
	"internal/check/rules":  {"internal/check", "internal/source", "internal/wrangler", "internal/settings", "internal/lock", "internal/syntax", "docs/rules", "internal/secret", "internal/scripts"},
	"internal/check/report": {"internal/check", "internal/syntax", "internal/secret"},
	"internal/lsp":          {"internal/check", "internal/syntax"},
	"internal/deploy":       {"internal/lock", "internal/wrangler", "internal/settings", "internal/syntax"},
	"internal/lock":         {"internal/syntax"},
	"internal/explain":      {"internal/wrangler", "internal/syntax"},
	"internal/envtypes":     {"internal/wrangler", "internal/syntax", "internal/secret"},
	"docs/rules":            {},

	"internal/kv":          {},
	"internal/kv/pebblekv": {"internal/kv"},
	"internal/kv/memkv":    {"internal/kv"},
	"internal/kv/kvtest":   {"internal/kv"},
	"internal/platform":    {"internal/kv"},
	"internal/cron":        {},
	"internal/workers":     {"internal/cron", "internal/kv"},
	"internal/kvbinding":   {"internal/kv"},
	"internal/aibinding":   {},
	"internal/resources":   {},
	"internal/d1":          {},
	"internal/tails":       {},
	"internal/api":         {"internal/d1", "internal/platform", "internal/workers", "internal/resources", "internal/tails", "internal/cloudflare/wire", "internal/kv", "internal/r2", "internal/queues"},
	"internal/workerd":     {},
	"internal/fleet":       {"internal/d1", "internal/cron", "internal/workers", "internal/workerd", "internal/kvbinding", "internal/kv", "internal/assets", "internal/queues"},
	"internal/assets":      {},
	"internal/r2":          {"internal/kv"},
	"internal/queues":      {},
	"internal/metrics":     {"internal/platform", "internal/kv/pebblekv"},
	"internal/server":      {"internal/aibinding", "internal/api", "internal/metrics", "internal/platform", "internal/workers", "internal/workerd", "internal/fleet", "internal/resources", "internal/kv", "internal/kv/pebblekv", "internal/kv/memkv", "internal/tails", "internal/r2", "internal/queues"},
	"internal/api/apitest": {"internal/api"},

	"internal/cloudflare/wire": {},
	"internal/cloudflare":      {"internal/cloudflare/wire", "internal/kv"},
	"internal/selftest":        {"internal/kv", "internal/fingerprint"},
	"internal/probe":           {"internal/selftest", "internal/fingerprint", "internal/kv"},
	"internal/fingerprint":     {"internal/kv"},
	"internal/transfer":        {"internal/kv", "internal/fingerprint"},
	"internal/seed":            {"internal/transfer", "internal/syntax", "internal/kv", "internal/fingerprint"},
	"internal/apply":           {"internal/cloudflare", "internal/deploy", "internal/wrangler"},
	"internal/survey":          {"internal/cloudflare", "internal/cloudflare/wire", "internal/deploy", "internal/wrangler", "internal/kv"},
	"internal/probemodule":     {},
	"internal/wranglerrun":     {},
}

// everywhere are the rooms that any may import.
var everywhere = []string{"internal/pattern"}

// homes says which room alone, or which two, may import a library (or one of its packages): whoever replaces it has one place to look at.
var homes = map[string]string{
	"github.com/pelletier/go-toml/v2":    "internal/syntax",
	"github.com/tailscale/hujson":        "internal/syntax",
	"github.com/evanw/esbuild":           "internal/source",
	"github.com/tdewolff/parse/v2":       "internal/source",
	"github.com/cockroachdb/pebble/v2":   "internal/kv/pebblekv",
	"github.com/cockroachdb/errors":      "internal/kv/pebblekv", // Pebble's: which file an error is about
	"github.com/klauspost/compress":      "internal/transfer",
	"github.com/prometheus":              "internal/metrics",
	"golang.org/x/net":                   "internal/server",
	"github.com/gobwas/ws":               "internal/tails",
	"github.com/hashicorp/cronexpr":      "internal/cron",
	"github.com/coder/websocket":         "", // a client for tests
	"mvdan.cc/sh/v3":                     "internal/scripts",
	"go.yaml.in/yaml/v3":                 "internal/scripts internal/seed",
	"github.com/spf13/cobra":             "internal/cli",
	"golang.org/x/term":                  "internal/cli",
	"github.com/rogpeppe/go-internal":    "internal/check/report", // its diff; elsewhere in tests only
	"github.com/google/go-cmp":           "internal/kv/kvtest",
	"pgregory.net/rapid":                 "internal/kv/kvtest",
	"go.uber.org/goleak":                 "",
	"github.com/owenrumney/go-sarif/v3":  "", // for its schema
	"github.com/santhosh-tekuri":         "internal/seed",
	"golang.org/x/text":                  "internal/seed", // what the schema library says, in English
	"github.com/getkin/kin-openapi":      "internal/api/apitest",
	"testing":                            "internal/kv/kvtest",
	"github.com/bindery-dev/bindery/cmd": "",
}

func TestArrowsPointDown(t *testing.T) {
	seen := map[string]bool{}
	for _, i := range imports(t) {
		seen[i.room] = true
		allowed, known := arrows[i.room]
		if !known {
			t.Errorf("%s: %s has no line in the table of arrows: say there what it may import", i.place, i.room)
			continue
		}
		if to, ours := strings.CutPrefix(i.path, module); ours && !slices.Contains(allowed, to) && !slices.Contains(everywhere, to) {
			t.Errorf("%s: %s imports %s; it may import only %q", i.place, i.room, to, allowed)
		}
		for library, home := range homes {
			if (i.path == library || strings.HasPrefix(i.path, library+"/")) && !slices.Contains(strings.Fields(home), i.room) {
				t.Errorf("%s: %s imports %s; only %q may", i.place, i.room, i.path, home)
			}
		}
	}
	for room := range arrows {
		if !seen[room] {
			t.Errorf("the table of arrows names %s, which is no room", room)
		}
	}
}

// imported is one import of a file that is no test.
type imported struct{ room, path, place string }

// imports reads them from the sources rather than asking the go command: that sees
// every build tag, and go test notices when a file it read has changed.
func imports(t *testing.T) []imported {
	t.Helper()
	var all []imported
	fset := token.NewFileSet()
	visit := func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		room := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
		if room == ".." {
			room = "."
		}
		all = append(all, imported{room: room, path: "", place: path})
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			all = append(all, imported{room: room, path: name, place: fset.Position(spec.Pos()).String()})
		}
		return nil
	}
	roots, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range append(roots, "../internal", "../cmd", "../docs") {
		if err := filepath.WalkDir(root, visit); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
