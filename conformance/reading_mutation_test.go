//go:build npm

package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
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

// TestReadingDates: a compatibility date is whatever JavaScript takes for a date, which is a great deal.
func TestReadingDates(t *testing.T) {
	pieces := []string{
		"2024", "1", "12", "13", "31", "32", "0", "00", "05", "-", "/", " ", ".", ":", "T", "Z", "Jan", "january", "am", "PM", "+", "-",
		"(x)", "(", ")", "GMT", "EST", "foo", ",", "24", "59", "60", "99", "100", "2024-01-01", "12:30", "12:30:15.5", "+0100", "+01:00",
		"\t", "é", "275760", "271821", "+275760", "-000001", "Sat", "49", "x", "–",
	}
	random := rand.New(rand.NewPCG(1, 1))
	path := filepath.Join(t.TempDir(), "wrangler.json")
	var reads []read
	var questions []question
	for range 3000 {
		date := ""
		for range 1 + random.IntN(9) {
			date += pieces[random.IntN(len(pieces))]
		}
		source := []byte(`{"compatibility_date": ` + quoted(date) + `}`)
		reads = append(reads, read{file{date, path}, "", wrangler.Parse(path, source)})
		questions = append(questions, about(path, "", source))
	}
	read := 0
	startReader(t, newest).ask(t, questions, func(i int, theirs answer) {
		if theirs.OK {
			read++
		}
		if diff := difference(reads[i], theirs); diff != "" {
			t.Errorf("compatibility_date = %q\n%s", reads[i].name, diff)
		}
	})
	t.Logf("%d dates, of which wrangler takes %d", len(reads), read)
}
