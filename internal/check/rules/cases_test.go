package rules_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
// Behind want stand the files that --fix changes, as fixed/PATH, and those that --unsafe-fixes
// changes further, as fixed-unsafe/PATH; -update adds and removes them.
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
	files, wanted := map[string]string{}, map[string]string{"want": ""}
	for _, f := range archive.Files {
		if isWanted(f.Name) {
			wanted[f.Name] = string(f.Data)
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
	got := map[string]string{"want": printed(t, found)}
	addFixed(t, got, found)
	if toml, ok := files["wrangler.toml"]; ok && isTwin {
		delete(files, "wrangler.toml")
		files["wrangler.jsonc"] = twin
		twins := judge(t, files)
		if diff := cmp.Diff(withoutPlaces(found), withoutPlaces(twins)); diff != "" {
			t.Errorf("%s: twins are judged differently (-toml +jsonc):\n%s\n%s\n%s", path, diff, toml, twin)
		}
		addFixed(t, got, twins)
	}
	if diff := cmp.Diff(wanted, got); diff != "" && *update {
		writeWanted(t, path, archive, got)
	} else if diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// isWanted says whether a file of a case is what comes of the others.
func isWanted(name string) bool {
	return name == "want" || strings.HasPrefix(name, fixedFolder) || strings.HasPrefix(name, unsafeFolder)
}

const (
	fixedFolder  = "fixed/"
	unsafeFolder = "fixed-unsafe/"
)

// addFixed adds what --fix makes of the project in the working directory, and what --unsafe-fixes makes of it beyond that;
// found is what was found in it.
func addFixed(t *testing.T, to map[string]string, found []check.Diagnostic) {
	t.Helper()
	if !slices.ContainsFunc(found, func(d check.Diagnostic) bool { return len(d.Fixes) > 0 }) {
		return
	}
	for _, c := range repaired(t, false).Changes {
		to[fixedFolder+filepath.ToSlash(c.Path)] = string(c.After)
	}
	for _, c := range repaired(t, true).Changes {
		if text := string(c.After); text != to[fixedFolder+filepath.ToSlash(c.Path)] {
			to[unsafeFolder+filepath.ToSlash(c.Path)] = text
		}
	}
}

// repaired is what the fixes make of the project in the working directory, in memory.
func repaired(t *testing.T, unsafe bool) *check.Repaired {
	t.Helper()
	project, err := check.LoadProject([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	r, err := check.Repair(t.Context(), project, check.RepairOptions{Options: check.Options{Rules: rules.All()}, Unsafe: unsafe})
	if err != nil {
		t.Fatal(err)
	}
	return r
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

// byWanted puts want first.
func byWanted(a, b string) int {
	if (a == "want") != (b == "want") {
		return strings.Compare(b, a)
	}
	return strings.Compare(a, b)
}

// writeWanted replaces what the case wants.
func writeWanted(t *testing.T, path string, archive *txtar.Archive, wanted map[string]string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return isWanted(f.Name) })
	for _, name := range slices.SortedFunc(maps.Keys(wanted), byWanted) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(wanted[name])})
	}
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
