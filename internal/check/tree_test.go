package check_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// A tree in which every rule that compares folders has something to say, beside folders that nothing ties to others.
func mixedTree(t *testing.T) {
	kv := func(name, id, account string) string {
		return fmt.Sprintf("name = %q\naccount_id = %q\nmain = \"i.ts\"\ncompatibility_date = \"2026-04-01\"\n[[kv_namespaces]]\nbinding = \"CACHE\"\nid = %q\n", name, account, id)
	}
	const one, two = "c503aebef690a2c9b5f5bdcb76906f86", "2c89759d5e4d156a8ec693cc46e162ae"
	files := map[string]string{
		"a/wrangler.toml":                     kv("same-worker", "71856a3f7e8427ede7a6ce9507bd2510", one),
		"b/wrangler.toml":                     kv("same-worker", "b982c0993164e854bf8d26d52ff98e35", one),
		"c/wrangler.toml":                     kv("other", "b982c0993164e854bf8d26d52ff98e35", two), // b's id, in another account
		"d/wrangler.jsonc":                    `{"name": "above", "main": "i.ts", "compatibility_date": "2026-04-01"}`,
		"d/below/wrangler.toml":               kv("below", "d2c1ab64e5b99d0ed41fd3ebd2ad4b0f", one),
		"e/wrangler.toml":                     kv("site", "0a4c1b7be2f34d0d9d1c5a86bb2e6f13", one),
		"e/.wrangler/deploy/config.json":      `{"configPath": "../../dist/wrangler.json"}`,
		"e/dist/wrangler.json":                `{"name": "site", "main": "i.js", "compatibility_date": "2026-04-01", "kv_namespaces": [{"binding": "CACHE", "id": "71856a3f7e8427ede7a6ce9507bd2510"}]}`,
		"f/wrangler.toml":                     "name = ",
		"f/bindery.toml":                      "critcal = 1\n# bindery: ignore settings -- for a test\n[rules]\nnone = \"off\"",
		"g/wrangler.production.toml":          kv("same-worker", "71856a3f7e8427ede7a6ce9507bd2510", two),
		"node_modules/x/wrangler.toml":        "name = ",
		"g/.wrangler/state/v3/wrangler.jsonc": "{",
	}
	for i := range 40 {
		files[fmt.Sprintf("many/%02d/wrangler.toml", i)] = kv(fmt.Sprintf("w-%d", i), "your-namespace-id", one)
	}
	tree(t, files)
}

// Check judges a folder at a time and finds what Run finds in all of them at once, in the same order.
func TestCheckIsLoadAndRun(t *testing.T) {
	mixedTree(t)
	options := check.Options{Rules: rules.All()}
	project, err := check.LoadProject([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	want := printedText(t, check.Run(project, options))
	for _, workers := range []int{1, 7} {
		result, err := check.Check(t.Context(), []string{"."}, check.LoadOptions{Workers: workers}, options)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, printedText(t, result.Diagnostics)); diff != "" {
			t.Errorf("%d workers (-Run +Check):\n%s", workers, diff)
		}
		if len(result.Files) != len(project.Configs) {
			t.Errorf("%d workers: %d judged, want %d", workers, len(result.Files), len(project.Configs))
		}
	}
	for _, rule := range []string{"files-disagree", "kv-id-across-environments", "config-shadowed", "deploy-redirect", "settings", "syntax", "suppression"} {
		if !bytes.Contains([]byte(want), []byte("["+rule+"]")) {
			t.Errorf("%s finds nothing in the tree, which so proves nothing of it:\n%s", rule, want)
		}
	}
}

func printedText(t *testing.T, found []check.Diagnostic) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.Text(&out, found, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A rule that compares folders without saying by what it ties them sees all there are.
func TestRulesWithoutTies(t *testing.T) {
	tree(t, map[string]string{"a/wrangler.toml": "", "b/wrangler.toml": "", "c/wrangler.toml": ""})
	most := 0
	rule := &check.Rule{ID: "count", Severity: check.Info, Project: func(p *check.Pass) { most = max(most, len(p.Project.Configs)) }}
	if _, err := check.Check(t.Context(), []string{"."}, check.LoadOptions{Workers: 1}, check.Options{Rules: []*check.Rule{rule}}); err != nil || most != 3 {
		t.Errorf("the rule saw %d configurations at most (%v), want 3", most, err)
	}
}

func TestCheckEnds(t *testing.T) {
	mixedTree(t)
	ctx, cancel := context.WithCancel(t.Context())
	options := check.Options{Rules: rules.All(), Progress: func(judged, all int) {
		if judged == 5 {
			cancel()
		}
	}}
	if result, err := check.Check(ctx, []string{"."}, check.LoadOptions{Workers: 1}, options); !errors.Is(err, context.Canceled) {
		t.Errorf("Check, cancelled in the middle: %v, %v", result, err)
	}
	name := "prod"
	_, err := check.Check(t.Context(), []string{"."}, check.LoadOptions{}, check.Options{Rules: rules.All(), Env: &name})
	var unknown *check.UnknownEnvironmentError
	if !errors.As(err, &unknown) {
		t.Errorf("Check of env %q: %v, want *UnknownEnvironmentError", name, err)
	}
}

// Many configurations take the memory of a few: what is alive on the heap is looked at on the way.
func TestCheckMemory(t *testing.T) {
	t.Chdir(t.TempDir())
	const files = 300
	for i := range files {
		dir := filepath.Join(fmt.Sprint(i/50), fmt.Sprint(i))
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("name = \"w-%d\"\nmain = \"i.ts\"\ncompatibility_date = \"2026-04-01\"\n", i)
		for v := range 40 {
			text += fmt.Sprintf("[env.e%d.vars]\nA = 1\nB = 2\n", v)
		}
		if err := os.WriteFile(filepath.Join(dir, "wrangler.toml"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	alive := map[int]uint64{}
	options := check.Options{Rules: rules.All(), Progress: func(judged, _ int) {
		if judged == files/10 || judged == files {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			alive[judged] = m.HeapAlloc
		}
	}}
	result, err := check.Check(t.Context(), []string{"."}, check.LoadOptions{Workers: 1}, options)
	if err != nil || len(result.Files) != files {
		t.Fatalf("Check: %v, %+v", err, result)
	}
	if early, late := alive[files/10], alive[files]; late > early+4<<20 {
		t.Errorf("alive on the heap: %d KiB after %d files, %d KiB after %d: it should not grow with them", early>>10, files/10, late>>10, files)
	}
}
