package check_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// Ten times as much of anything takes about ten times the memory, all that is let go included: what is done for each
// pair, or for each key along its path, would take a hundred times. Bytes are counted, and no time, as they are the same
// on any machine.
func TestCheckIsLinear(t *testing.T) {
	const head = "name = \"x\"\nmain = \"i.js\"\ncompatibility_date = \"2026-04-01\"\n"
	const id = "c503aebef690a2c9b5f5bdcb76906f86"
	tests := []struct{ name, file, open, piece, end string }{
		{"variables", "wrangler.toml", head + "[vars]\n", "KEY_%d = \"value\"\n", ""},
		{"variables", "wrangler.json", `{"name": "x", "env": {"a": {}}, "vars": {`, `"KEY_%d": "value",`, "}}"},
		{"misspelt keys", "wrangler.toml", head, "compatibility_dat%d = 1\n", ""},
		{"dotted keys", "wrangler.toml", head, "vars.b%d.c = 1\n", ""},
		{"suppressions", "wrangler.toml", head, "# bindery: ignore kv-id-shared -- %d\n", ""},
		{"environments", "wrangler.toml", head, "[env.e%d.vars]\nA = 1\n", ""},
		{"environments with one id", "wrangler.toml", head, "[[env.e%d.kv_namespaces]]\nbinding = \"K\"\nid = \"" + id + "\"\n", ""},
		{"environments with one bucket", "wrangler.toml", head, "[[env.test-%d.r2_buckets]]\nbinding = \"B\"\nbucket_name = \"files\"\n", ""},
		{"bindings", "wrangler.toml", head + "[env.a]\n", "[[env.a.kv_namespaces]]\nbinding = \"B%d\"\nid = \"" + id + "\"\n", ""},
		{"a deep table", "wrangler.toml", head + "[vars", ".a%d", "]\nb = \"c\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" in "+tt.file, func(t *testing.T) {
			allocated := func(pieces int) uint64 {
				var b strings.Builder
				b.WriteString(tt.open)
				for i := range pieces {
					fmt.Fprintf(&b, tt.piece, i)
				}
				tree(t, map[string]string{tt.file: b.String() + tt.end})
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				result, err := check.Check(t.Context(), []string{tt.file}, check.LoadOptions{Workers: 1}, check.Options{Rules: rules.All()})
				runtime.ReadMemStats(&after)
				if err != nil || len(result.Unread) > 0 {
					t.Fatal(err, result)
				}
				return after.TotalAlloc - before.TotalAlloc
			}
			few, many := allocated(300), allocated(3000)
			if ratio := float64(many) / float64(few); ratio > 13 {
				t.Errorf("10 times as much allocates %.1f times the bytes: %d KiB, then %d KiB", ratio, few>>10, many>>10)
			}
		})
	}
}

// So it is with fixes: ten times as many of them, in two files that are compared, are made by ten times the work.
func TestRepairIsLinear(t *testing.T) {
	const head = "main = \"i.js\"\ncompatibility_date = \"2026-04-01\"\n"
	const bound = "[[kv_namespaces]]\nbinding = \"K\"\nid = \"c503aebef690a2c9b5f5bdcb76906f86\"\n"
	for _, tt := range []struct{ name, open, piece string }{
		{"misspelt keys", head, "[env.e%d]\ncompatibilty_date = \"2026-04-02\"\n"},
		{"swallowed keys", head, "[env.e%d.vars]\nroutes = [\"example.com/*\"]\n"},
		{"what is not inherited", head + bound, "[env.e%d]\nworkers_dev = true\n"},
		{"lists for tables", head, "[[env.e%d.durable_objects]]\nbinding = \"R\"\nclass_name = \"R\"\nscript_name = \"r\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			allocated := func(pieces int) uint64 {
				var b strings.Builder
				b.WriteString(tt.open)
				for i := range pieces {
					fmt.Fprintf(&b, tt.piece, i)
				}
				tree(t, map[string]string{"a/wrangler.toml": "name = \"a\"\n" + b.String(), "b/wrangler.toml": "name = \"b\"\n" + b.String()})
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				project, err := check.LoadProject([]string{"."})
				if err != nil {
					t.Fatal(err)
				}
				r, err := check.Repair(t.Context(), project, check.RepairOptions{Options: check.Options{Rules: rules.All()}, Unsafe: true})
				runtime.ReadMemStats(&after)
				if err != nil || len(r.Fixed) < 2*pieces {
					t.Fatalf("%v, %d fixed, want %d", err, len(r.Fixed), 2*pieces)
				}
				return after.TotalAlloc - before.TotalAlloc
			}
			few, many := allocated(40), allocated(400)
			if ratio := float64(many) / float64(few); ratio > 13 {
				t.Errorf("10 times as much allocates %.1f times the bytes: %d KiB, then %d KiB", ratio, few>>10, many>>10)
			}
		})
	}
}

// Of very many findings alike the first hundred are listed; the count is that of all, and a fix mends all.
func TestMoreThanAreListed(t *testing.T) {
	const mistakes = 250
	var text strings.Builder
	text.WriteString("name = \"x\"\nmain = \"i.js\"\ncompatibility_date = \"2026-04-01\"\n")
	for i := range mistakes {
		fmt.Fprintf(&text, "[env.e%d]\ncompatibilty_date = \"2026-04-02\"\n", i)
	}
	tree(t, map[string]string{"wrangler.toml": text.String()})
	project, err := check.LoadProject([]string{"wrangler.toml"})
	if err != nil {
		t.Fatal(err)
	}
	options := check.Options{Rules: rules.All()}
	found := slices.DeleteFunc(check.Run(project, options), func(d check.Diagnostic) bool {
		return d.Rule != check.Config || d.Severity != check.Warning
	})
	if len(found) != 101 || found[len(found)-1].Stands != mistakes-100 {
		t.Fatalf("%d listed: %+v; want 100, and one that stands for %d", len(found), found, mistakes-100)
	}
	var out bytes.Buffer
	var got struct {
		Diagnostics []struct {
			Stands int `json:"stands_for"`
		}
		Counts struct{ Warning int }
	}
	if err := report.JSON(&out, found); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Counts.Warning != mistakes || got.Diagnostics[100].Stands != mistakes-100 {
		t.Errorf("as JSON: %v, %+v, want %d warnings", err, got.Counts, mistakes)
	}
	repaired, err := check.Repair(t.Context(), project, check.RepairOptions{Options: options})
	if err != nil {
		t.Fatal(err)
	}
	if left := bytes.Count(repaired.Project.Configs[0].File.Source, []byte("compatibilty")); left > 0 {
		t.Errorf("%d of %d are still misspelt after the fix", left, mistakes)
	}
}
