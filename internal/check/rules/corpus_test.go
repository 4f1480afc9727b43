package rules_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// Real configurations, if they are there: nothing panics, two runs print the same, and what is called an
// error is counted, so that a change of a rule shows what it does to real files.
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
	for _, folder := range folders {
		found, again := judgeFolder(t, folder), judgeFolder(t, folder)
		if a, b := printed(t, found), printed(t, again); a != b {
			t.Errorf("%s: two runs differ:\n%s\n%s", folder, a, b)
		}
		for _, d := range found {
			counts[d.Severity.String()+" "+d.Rule]++
		}
	}
	t.Logf("%d folders", len(folders))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[name], name)
	}
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
