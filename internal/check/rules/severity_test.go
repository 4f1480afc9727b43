package rules_test

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// The bindery.toml beside a configuration sets the severity of every rule, shown on the example of its page, but for
// the two that speak for wrangler.
func TestSeverityOfEachRule(t *testing.T) {
	for _, rule := range rules.All() {
		if rule.ID == check.Syntax || rule.ID == check.Config {
			continue // TestSyntaxAndConfigCannotBeSilenced
		}
		for _, severity := range []string{"error", "warning", "info", "off"} {
			t.Run(rule.ID+"/"+severity, func(t *testing.T) {
				files, _ := filesIn(section(t, rule.Explain(), "## Before"))
				for _, dir := range foldersOf(files) {
					ours := path.Join(dir, "bindery.toml")
					before, said, _ := strings.Cut(files[ours], "[rules]\n")
					files[ours] = before + "\n[rules]\n" + rule.ID + " = \"" + severity + "\"\n" + said
				}
				found := 0
				for _, d := range judge(t, files) {
					if d.Rule != rule.ID {
						continue
					}
					found++
					if d.Severity.String() != severity {
						t.Errorf("%s: %s is %s, want %s", d.File.Path, d.Message, d.Severity, severity)
					}
				}
				if (found == 0) != (severity == "off") {
					t.Errorf("with %s = %q it finds %d things in %v", rule.ID, severity, found, files)
				}
			})
		}
	}
}

// foldersOf lists the folders in which files lie.
func foldersOf(files map[string]string) []string {
	dirs := map[string]bool{}
	for name := range files {
		dirs[path.Dir(name)] = true
	}
	return slices.Sorted(maps.Keys(dirs))
}
