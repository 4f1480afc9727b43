package rules_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// TestRepairKeepsTheRest holds --fix, with and without --unsafe-fixes, against every configuration there is: those of the
// cases, of the examples, and of the corpus beside the project if it is there. Each that has something to fix is tried in
// several layouts, with all fixes: the safe ones are among them.
func TestRepairKeepsTheRest(t *testing.T) {
	t.Parallel()
	fixed, all := 0, repairable(t)
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i%oneIn != 0 {
			continue
		}
		files := all[name]
		t.Run(name, func(t *testing.T) {
			n := checkRepair(t, "as it is, unsafe true", inLayout(files, asItIs), true)
			if n == 0 {
				return // nor will there be anything to fix in another way
			}
			fixed += n + checkRepair(t, "as it is, unsafe false", inLayout(files, asItIs), false)
			for layout, lay := range layouts {
				if strings.HasPrefix(name, "corpus") && layout != "CRLF" {
					continue // the cases have all that differs there
				}
				fixed += checkRepair(t, layout, inLayout(files, lay), true)
			}
		})
	}
	if fixed == 0 {
		t.Error("nothing was fixed anywhere: the test sees nothing")
	}
	t.Logf("%d findings fixed", fixed)
}

// layouts are other ways to write the same file; the files of the cases have LF, blanks and a final newline.
var layouts = map[string]func(string) string{
	"CRLF":              func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") },
	"tabs":              func(text string) string { return strings.ReplaceAll(text, "  ", "\t") },
	"no final newline":  func(text string) string { return strings.TrimRight(text, "\r\n") },
	"a byte order mark": func(text string) string { return "\ufeff" + text },
}

func asItIs(text string) string { return text }

// repairable lists projects by name: their files by path, in a folder where nothing else is.
func repairable(t *testing.T) map[string]map[string]string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]map[string]string{}
	for _, rule := range rules.All() {
		for _, path := range casesOf(t, rule.ID) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range archive.Files {
				if isConfiguration(f.Name) && !isWanted(f.Name) {
					files[filepath.Join(dir, f.Name)] = string(f.Data)
				}
			}
			all[rule.ID+"/"+filepath.Base(path)] = files
		}
	}
	for _, pattern := range []string{"examples/*", "../shared/corpus/[0-9]*"} {
		folders, err := filepath.Glob(filepath.Join(root(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			files := map[string]string{}
			paths, err := filepath.Glob(filepath.Join(folder, "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				text, err := os.ReadFile(path)
				if err == nil && isConfiguration(path) {
					files[filepath.Join(dir, filepath.Base(path))] = string(text)
				}
			}
			all[filepath.Base(filepath.Dir(folder))+"/"+filepath.Base(folder)] = files
		}
	}
	return all
}

func isConfiguration(path string) bool {
	name := filepath.Base(path)
	return name == "bindery.toml" || strings.HasPrefix(name, "wrangler") &&
		slices.Contains([]string{".toml", ".json", ".jsonc"}, filepath.Ext(name))
}

// inLayout is a project in memory.
func inLayout(files map[string]string, lay func(string) string) *check.Project {
	p := &check.Project{Settings: parsedSettings(files, lay)}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if filepath.Base(name) != "bindery.toml" {
			p.Configs = append(p.Configs, wrangler.Parse(name, []byte(lay(files[name]))))
		}
	}
	return p
}

// checkRepair repairs a project and checks all that has to hold. It returns how many findings were fixed.
func checkRepair(t *testing.T, what string, before *check.Project, unsafe bool) int {
	t.Helper()
	o := check.RepairOptions{Options: check.Options{Rules: rules.All()}, Unsafe: unsafe}
	r, err := check.Repair(t.Context(), before, o)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if len(r.Fixed) == 0 {
		if len(r.Changes) > 0 {
			t.Errorf("%s: nothing is fixed, and %d files change", what, len(r.Changes))
		}
		return 0
	}
	again, err := check.Repair(t.Context(), r.Project, o)
	if err != nil || len(again.Fixed) > 0 {
		t.Errorf("%s: a second run fixes %v, %v", what, titles(again.Fixed), err)
	}
	was := check.Run(before, o.Options)
	if a, b := errorsIn(r.Left), errorsIn(was); a > b {
		t.Errorf("%s: %d errors became %d by %v", what, b, a, titles(r.Fixed))
	}
	if len(r.Changes) == 0 {
		t.Errorf("%s: %v, and no file changes", what, titles(r.Fixed))
	}
	for _, c := range r.Changes {
		checkText(t, what, c, r.Fixed)
	}
	for i, c := range before.Configs {
		if len(c.File.Errors) < len(r.Project.Configs[i].File.Errors) {
			t.Errorf("%s: %s parses no more after %v:\n%s", what, c.Path, titles(r.Fixed), r.Project.Configs[i].File.Source)
		}
		if !unsafe {
			checkMeaning(t, what, c, r.Project.Configs[i], r.Fixed)
		}
	}
	return len(r.Fixed)
}

func titles(fixed []check.Fixed) (all []string) {
	for _, f := range fixed {
		all = append(all, f.Diagnostic.Rule+": "+f.Fix.Title)
	}
	return all
}

func errorsIn(found []check.Diagnostic) (n int) {
	for _, d := range found {
		if d.Severity == check.Error {
			n++
		}
	}
	return n
}

var comment = regexp.MustCompile(`(?m)(^|[ \t])(#|//).*$`)

// checkText: line ends, byte order mark and comments survive.
func checkText(t *testing.T, what string, c check.Change, fixed []check.Fixed) {
	t.Helper()
	before, after := string(c.Before), string(c.After)
	if strings.HasPrefix(before, "\ufeff") != strings.HasPrefix(after, "\ufeff") {
		t.Errorf("%s: the byte order mark of %s was not kept", what, c.Path)
	}
	crlf := strings.Count(before, "\r\n")
	if all := strings.Count(before, "\n"); (crlf == all || crlf == 0) && strings.Count(after, "\n") != strings.Count(after, "\r\n") && crlf > 0 {
		t.Errorf("%s: %s had CRLF everywhere, and has not:\n%q", what, c.Path, after)
	}
	if crlf == 0 && strings.Contains(after, "\r") {
		t.Errorf("%s: %s got CRLF:\n%q", what, c.Path, after)
	}
	if strings.HasSuffix(before, "\n") != strings.HasSuffix(after, "\n") {
		t.Errorf("%s: the end of %s was not kept: %q", what, c.Path, after)
	}
	for _, text := range comment.FindAllString(before, -1) {
		if text = strings.TrimSpace(text); strings.Contains(text, "bindery:") {
			continue // taken out when it silences nothing
		}
		if strings.Count(before, text) > strings.Count(after, text) && !tookOut(fixed, before, text) {
			t.Errorf("%s: %s lost %q by %v", what, c.Path, text, titles(fixed))
		}
	}
}

// tookOut says whether a comment stood behind a key that was taken out with its line.
func tookOut(fixed []check.Fixed, before, comment string) bool {
	for line := range strings.Lines(before) {
		key, _, _ := strings.Cut(strings.TrimLeft(line, " \t\""), " ")
		title := "take " + strings.Trim(key, "\":") + " out"
		if strings.Contains(line, comment) && slices.ContainsFunc(fixed, func(f check.Fixed) bool { return f.Fix.Title == title }) {
			return true
		}
	}
	return false
}

// checkMeaning: what a configuration resolved to it still does, but for what a safe fix says that it changes.
func checkMeaning(t *testing.T, what string, before, after *wrangler.Config, fixed []check.Fixed) {
	t.Helper()
	was, is := meaning(before), meaning(after)
	for name, value := range was {
		if is[name] == value {
			continue
		}
		named := func(f check.Fixed) bool {
			return f.Fix.File.Path == before.Path && strings.HasPrefix(f.Fix.Title, "move "+name[strings.LastIndexByte(name, ' ')+1:]+" ")
		}
		sameID := strings.EqualFold(strings.TrimSpace(value), is[name])
		if !sameID && !slices.ContainsFunc(fixed, named) {
			t.Errorf("%s: %s of %s was %q and is %q, by %v", what, name, before.Path, value, is[name], titles(fixed))
		}
	}
}

// meaning is what wrangler takes from a file, by environment and name.
func meaning(c *wrangler.Config) map[string]string {
	all := map[string]string{}
	say := func(e *wrangler.Environment, what, name string, n *syntax.Node) {
		if n != nil {
			all[fmt.Sprintf("%s %s %s", e.Label(), what, name)] = n.Text
		}
	}
	for _, e := range append([]*wrangler.Environment{c.Top}, c.Envs...) {
		say(e, "key", "name", e.Worker)
		say(e, "key", "account_id", e.AccountID)
		say(e, "key", "main", e.Main)
		say(e, "key", "compatibility_date", e.CompatibilityDate)
		for _, v := range e.Vars {
			say(e, "var", v.Name, v.Value)
		}
		for _, b := range e.Bindings {
			if b.Text() == "" {
				continue // wrangler refuses it; a fix may find its name
			}
			say(e, string(b.Type), b.Text(), b.Resource())
		}
	}
	return all
}

func parsedSettings(files map[string]string, lay func(string) string) map[string]*settings.Settings {
	all := map[string]*settings.Settings{}
	for name, text := range files {
		if dir := filepath.Dir(name); filepath.Base(name) == settings.Name {
			all[dir] = settings.Parse(name, []byte(lay(text)))
		} else if all[dir] == nil {
			all[dir] = &settings.Settings{}
		}
	}
	return all
}
