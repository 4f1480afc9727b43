package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// fence is a code block: its language, the file it is (if any) and its text.
var fence = regexp.MustCompile("(?ms)^```(\\w+)(?: (\\S+))?\n(.*?)^```$")

// The example of each page is a case: check prints of Before what the page shows, and finds nothing at all in After.
func TestPagesAreTrue(t *testing.T) {
	for _, rule := range rules.All() {
		t.Run(rule.ID, func(t *testing.T) {
			page := rule.Explain()
			head := "# " + rule.ID + ": "
			if !strings.HasPrefix(page, head) {
				t.Errorf("%s.md begins %.40q, want %q", rule.ID, page, head)
			}
			before, after := section(t, page, "## Before"), section(t, page, "## After")
			section(t, page, "## What happens")
			section(t, page, "## Cure")
			section(t, page, "## When to silence it")

			files, shown := filesIn(before)
			found := judge(t, files)
			if !has(found, rule.ID) {
				t.Errorf("%s.md: nothing is found in Before", rule.ID)
			}
			if got := printed(t, found); got != shown {
				if *update {
					showOutput(t, rule.ID, shown, got)
				} else {
					t.Errorf("%s.md (-page +got):\n%s", rule.ID, cmp.Diff(shown, got))
				}
			}
			files, _ = filesIn(after)
			if found := judge(t, files); len(found) > 0 {
				t.Errorf("%s.md: in After is found\n%s", rule.ID, printed(t, found))
			}
		})
	}
}

func TestEveryPageHasARule(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(root(t), "docs", "rules", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, path := range paths {
		if name := strings.TrimSuffix(filepath.Base(path), ".md"); name != "README" {
			got = append(got, name)
		}
	}
	slices.Sort(got) // without the suffix the order is another
	for _, rule := range rules.All() {
		want = append(want, rule.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules and their pages (-rules +pages):\n%s", diff)
	}
}

// README.md lists every rule as the table of rules has it.
func TestListOfRules(t *testing.T) {
	path := filepath.Join(root(t), "docs", "rules", "README.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "| rule | severity | finds | seen |\n|---|---|---|---|\n"
	for _, r := range rules.All() {
		want += fmt.Sprintf("| [%s](%s.md) | %s | %s | %s |\n", r.ID, r.ID, r.Severity, r.Summary, seen(r.Seen))
	}
	got := listOfRules.FindString(string(page))
	switch {
	case got == want:
	case *update && got != "":
		if err := os.WriteFile(path, []byte(strings.Replace(string(page), got, want, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s (-page +rules):\n%s", path, cmp.Diff(got, want))
	}
}

// seen is the last column of the list: files and projects.
func seen(p check.Prevalence) string {
	if p == (check.Prevalence{}) {
		return ""
	}
	return fmt.Sprintf("%d/%d", p.Files, p.Projects)
}

var listOfRules = regexp.MustCompile(`\| rule \|(?:.*\n\|)*.*\n`)

func TestTableIsOrdered(t *testing.T) {
	if !slices.IsSortedFunc(rules.All(), func(a, b *check.Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the table of rules is not ordered by id")
	}
	for _, r := range rules.All() {
		if r.Summary == "" || r.Since == "" || r.Severity == check.Off {
			t.Errorf("rule %s lacks a summary, a version or a severity", r.ID)
		}
	}
}

// section returns what stands under a heading.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(page, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("the page has no heading %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// filesIn returns the files of a section, and the output that it shows.
func filesIn(text string) (files map[string]string, shown string) {
	files = map[string]string{}
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		if name := block[2]; name != "" {
			files[name] = block[3]
		} else {
			shown = block[3]
		}
	}
	return files, shown
}

func showOutput(t *testing.T, id, old, output string) {
	t.Helper()
	path := filepath.Join(root(t), "docs", "rules", id+".md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	updated := strings.Replace(string(page), "```text\n"+old+"```", "```text\n"+output+"```", 1)
	if err := os.WriteFile(path, []byte(updated), 0o666); err != nil {
		t.Fatal(err)
	}
}
