//go:build npm

package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// TestReadingMutations takes each key of the configurations of ours that hold every one, puts a value of each type in
// the place of each value in turn, and leaves each one out: wherever wrangler refuses the result we do.
func TestReadingMutations(t *testing.T) {
	dir := t.TempDir()
	var reads []read
	for _, base := range ownConfigurations(t) {
		if !slices.Contains(complete, base.name) {
			continue
		}
		for _, field := range load(t, base).File.Root.Fields {
			reads = append(reads, readsOfMutants(t, dir, field)...)
		}
	}

	refused := 0
	for i, answer := range askWrangler(t, reads) {
		if !answer.OK {
			refused++
		}
		r := reads[i]
		judge(t, r, difference(r, answer), slices.Contains(readDifferently, r.name), "readDifferently")
	}
	t.Logf("%d mutants, of which wrangler refuses %d", len(reads), refused)
}

// perFile is how many mutants share a file: writing one for each takes longer than reading it, and so does parsing
// all of them for each.
const perFile = 50

// readsOfMutants writes the mutants of one key. Those of a key that may stand in an environment become environments of
// one file, of which wrangler looks only at the one it is asked for.
func readsOfMutants(t *testing.T, dir string, key *syntax.Field) (reads []read) {
	t.Helper()
	alone := map[string]any{key.Name: value(key.Value)}
	if slices.Contains(topLevelOnly, key.Name) {
		mutate(alone, "", func(what string) {
			f := writeJSON(t, dir, what, alone)
			reads = append(reads, read{f, "", load(t, f)})
		})
		return reads
	}
	environments := map[string]json.RawMessage{}
	flush := func() {
		f := writeJSON(t, dir, key.Name, map[string]any{"name": "top", "env": environments})
		config := load(t, f)
		for _, e := range config.Envs {
			reads = append(reads, read{file{e.Name, f.path}, e.Name, config})
		}
		clear(environments)
	}
	mutate(alone, "", func(what string) {
		if environments[what] = marshal(t, alone); len(environments) == perFile {
			flush()
		}
	})
	flush()
	return reads
}

func writeJSON(t *testing.T, dir, name string, config any) file {
	t.Helper()
	out, err := os.CreateTemp(dir, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := out.Write(marshal(t, config)); err != nil {
		t.Fatal(err)
	}
	return file{name, out.Name()}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// topLevelOnly are the keys that wrangler does not look at in an environment.
var topLevelOnly = []string{
	"$schema", "send_metrics", "keep_vars", "legacy_env", "dev", "site", "alias", "wasm_modules",
	"topLevelName", "definedEnvironments", "targetEnvironment",
}

// complete are the configurations that together hold every key.
var complete = []string{
	"bindings/read/all-lists.toml", "bindings/read/all-tables.jsonc", "keys/read/everything.jsonc", "keys/read/containers.jsonc",
}

// replacements has a value of each type, and those that JavaScript takes for no.
var replacements = []any{nil, true, false, 0, 5, "", "x", []any{}, []any{"x"}, map[string]any{}, map[string]any{"x": "y"}}

// mutate changes each value below n in turn, in place, calls yield with what it did, and puts the value back.
func mutate(n any, path string, yield func(what string)) {
	replace := func(path string, was any, put func(any)) {
		for _, value := range replacements {
			put(value)
			text, _ := json.Marshal(value)
			yield(fmt.Sprintf("%s = %s", path, text))
		}
		put(was)
		mutate(was, path, yield)
	}
	switch n := n.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(n)) {
			was := n[key]
			delete(n, key)
			yield("without " + path + "." + key)
			replace(path+"."+key, was, func(value any) { n[key] = value })
		}
	case []any:
		for i, was := range n {
			replace(fmt.Sprintf("%s[%d]", path, i), was, func(value any) { n[i] = value })
		}
	}
}
