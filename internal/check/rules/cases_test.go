package rules_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

var update = flag.Bool("update", false, "rewrite what the cases and the rules' pages want")

// A case is testdata/RULE/NAME.txtar: the files of a project and want, what check
// prints of it. A name that begins with near- is a near miss: RULE finds nothing there.
//
// A wrangler.toml and a wrangler.jsonc at the root are twins, the same configuration
// written twice: each is judged alone, and both have to be judged alike but for places.
func TestCases(t *testing.T) {
	for _, rule := range rules.All() {
		fires, nearMisses := 0, 0
		for _, path := range casesOf(t, rule.ID) {
			name := strings.TrimSuffix(filepath.Base(path), ".txtar")
			near := strings.HasPrefix(name, "near-")
			t.Run(rule.ID+"/"+name, func(t *testing.T) { runCase(t, path, rule.ID, !near) })
			if near {
				nearMisses++
			} else {
				fires++
			}
		}
		if fires == 0 || nearMisses == 0 {
			t.Errorf("rule %s: %d cases in which it fires and %d near misses, want one of each at least", rule.ID, fires, nearMisses)
		}
	}
}

// casesOf returns absolute paths: judge changes the working directory.
func casesOf(t testing.TB, rule string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root(t), "internal", "check", "rules", "testdata", rule, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func runCase(t *testing.T, path, rule string, fires bool) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files, want := map[string]string{}, ""
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
		} else {
			files[f.Name] = string(f.Data)
		}
	}
	twin, isTwin := files["wrangler.jsonc"]
	if _, ok := files["wrangler.toml"]; ok && isTwin {
		delete(files, "wrangler.jsonc")
	}

	found := judge(t, files)
	if has(found, rule) != fires {
		t.Errorf("%s finds something in %s: %v, want %v", rule, path, !fires, fires)
	}
	if got := printed(t, found); got != want {
		if *update {
			writeWant(t, path, archive, got)
		} else {
			t.Errorf("%s (-want +got):\n%s", path, cmp.Diff(want, got))
		}
	}
	if toml, ok := files["wrangler.toml"]; ok && isTwin {
		delete(files, "wrangler.toml")
		files["wrangler.jsonc"] = twin
		if diff := cmp.Diff(withoutPlaces(found), withoutPlaces(judge(t, files))); diff != "" {
			t.Errorf("%s: twins are judged differently (-toml +jsonc):\n%s\n%s\n%s", path, diff, toml, twin)
		}
	}
}

// judge checks a project of these files, with paths relative to its root.
func judge(t *testing.T, files map[string]string) []check.Diagnostic {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	project, err := check.LoadProject([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	return check.Run(project, check.Options{Rules: rules.All()})
}

func printed(t *testing.T, found []check.Diagnostic) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.Text(&out, found, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func has(found []check.Diagnostic, rule string) bool {
	for _, d := range found {
		if d.Rule == rule {
			return true
		}
	}
	return false
}

// lineNumber stands in some of wrangler's own problems, which have no notes.
var lineNumber = regexp.MustCompile(`\bline \d+`)

// placeless is what twins, and a file with more comments in it, have in common.
type placeless struct {
	Rule, Severity, Env, Message, Label, Help string
	Notes                                     []string
}

func withoutPlaces(found []check.Diagnostic) []placeless {
	var all []placeless
	for _, d := range found {
		p := placeless{d.Rule, d.Severity.String(), d.Env, lineNumber.ReplaceAllString(d.Message, "line N"), d.Label, d.Help, nil}
		for _, n := range d.Notes {
			p.Notes = append(p.Notes, n.Message)
		}
		all = append(all, p)
	}
	return all
}

// writeWant replaces the case's want, or adds it.
func writeWant(t *testing.T, path string, archive *txtar.Archive, want string) {
	t.Helper()
	kept := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "want" {
			kept = append(kept, f)
		}
	}
	archive.Files = append(kept, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}

var start, startErr = os.Getwd()

// root is the project's folder.
func root(t testing.TB) string {
	t.Helper()
	if startErr != nil {
		t.Fatal(startErr)
	}
	return filepath.Join(start, "..", "..", "..")
}
