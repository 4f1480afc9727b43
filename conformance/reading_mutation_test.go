//go:build npm

package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// TestReadingMutations takes each key of the configurations of ours that hold every one, puts a value of each type in
// the place of each value in turn, and leaves each one out: wherever wrangler refuses the result we do, and what it
// reads we read alike.
func TestReadingMutations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wrangler.json")
	var reads []read
	var questions []question
	for _, base := range ownConfigurations(t) {
		if !slices.Contains(complete, base.name) {
			continue
		}
		for _, field := range load(t, base).File.Root.Fields {
			alone := map[string]any{"name": "top", field.Name: value(field.Value)}
			mutate(alone, "", func(what string) {
				source, err := json.Marshal(alone)
				if err != nil {
					t.Fatal(err)
				}
				reads = append(reads, read{file{field.Name + ": " + what, path}, "", wrangler.Parse(path, source)})
				questions = append(questions, question{File: path, Source: source})
			})
		}
	}
	refused := 0
	startReader(t, newest).ask(t, questions, func(i int, theirs answer) {
		if !theirs.OK {
			refused++
		}
		if diff := difference(reads[i], theirs); diff != "" {
			t.Errorf("%s\n%s\n%s", reads[i], questions[i].Source, diff)
		}
	})
	t.Logf("%d mutants, of which wrangler refuses %d", len(reads), refused)
}

// complete are the configurations that together hold every key.
var complete = []string{
	"bindings/read/all-lists.toml", "bindings/read/all-tables.jsonc", "keys/read/everything.jsonc",
	"keys/read/containers.jsonc", "keys/read/exports.jsonc",
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
