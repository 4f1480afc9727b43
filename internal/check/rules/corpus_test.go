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

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// Real configurations, if they are there: nothing panics, two runs print the same, and what is called an
// error is one of the errors that were reviewed.
func TestCorpus(t *testing.T) {
	dir := filepath.Join(root(t), "..", "shared", "corpus")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no corpus of real configurations: %v", err)
	}
	folders, err := filepath.Glob(filepath.Join(dir, "[0-9]*"))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	errors := map[string]int{} // by number and rule
	for _, folder := range folders {
		found, again := judgeFolder(t, folder), judgeFolder(t, folder)
		if a, b := printed(t, found), printed(t, again); a != b {
			t.Errorf("%s: two runs differ:\n%s\n%s", folder, a, b)
		}
		for _, d := range found {
			counts[d.Severity.String()+" "+d.Rule]++
			if d.Severity == check.Error {
				errors[filepath.Base(folder)+" "+d.Rule]++
			}
		}
	}
	t.Logf("%d folders", len(folders))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[name], name)
	}
	compareReviewed(t, errors)
}

// reviewedError is a line of testdata/corpus-errors.txt: number and rule, how many, why.
var reviewedError = regexp.MustCompile(`(?m)^(\d{4} \S+) (\d+): (.*)$`)

const notReviewed = "not reviewed"

// compareReviewed holds errors against those that were reviewed.
func compareReviewed(t *testing.T, errors map[string]int) {
	path := filepath.Join(root(t), "internal", "check", "rules", "testdata", "corpus-errors.txt")
	list, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{} // by number, rule and count
	for _, line := range reviewedError.FindAllStringSubmatch(string(list), -1) {
		reasons[line[1]+" "+line[2]] = line[3]
	}
	var got strings.Builder
	for _, at := range slices.Sorted(maps.Keys(errors)) {
		line := fmt.Sprintf("%s %d", at, errors[at])
		reason := reasons[line]
		if reason == "" {
			reason = notReviewed
		}
		fmt.Fprintf(&got, "%s: %s\n", line, reason)
	}
	head, want := splitHead(string(list))
	if *update && want != got.String() {
		if err := os.WriteFile(path, []byte(head+got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		want = got.String()
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("errors on the corpus (-reviewed +raised); -update rewrites %s:\n%s", path, diff)
	}
	if strings.Contains(want, notReviewed) {
		t.Errorf("%s: not every error was reviewed: open the file, and write why it is certain or make the rule milder", path)
	}
}

// splitHead parts the comment at the top of a list from its lines.
func splitHead(list string) (head, lines string) {
	for strings.HasPrefix(list[len(head):], "#") {
		line, _, _ := strings.Cut(list[len(head):], "\n")
		head += line + "\n"
	}
	return head, list[len(head):]
}

// judgeFolder checks one folder by itself: its neighbours are other people's.
func judgeFolder(t *testing.T, folder string) []check.Diagnostic {
	t.Helper()
	project, err := check.LoadProject([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	return check.Run(project, check.Options{Rules: rules.All()})
}
