package rules_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/check/rules"
)

// Comments and blank lines between the lines of a file move places and change nothing else.
func TestCommentsMovePlacesOnly(t *testing.T) {
	trials := 0
	for _, rule := range rules.All() {
		for _, path := range casesOf(t, rule.ID) {
			if trials++; trials%oneIn != 0 {
				continue
			}
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			plain, commented := map[string]string{}, map[string]string{}
			for _, f := range archive.Files {
				if !isWanted(f.Name) {
					plain[f.Name] = string(f.Data)
					commented[f.Name] = withComments(f.Name, string(f.Data))
				}
			}
			if strings.Contains(string(txtar.Format(archive)), "bindery: ignore") {
				continue // these comments have to stay next to what they silence
			}
			t.Run(rule.ID+"/"+filepath.Base(path), func(t *testing.T) {
				before, after := judge(t, plain), judge(t, commented)
				if diff := cmp.Diff(withoutPlaces(before), withoutPlaces(after)); diff != "" {
					t.Errorf("%s: comments change what is found (-without +with):\n%s", path, diff)
				}
			})
		}
	}
}

// withComments writes a blank line and a comment above every line. No case has a string of several lines.
func withComments(name, text string) string {
	comment := "// with 日本語, \"quotes\" and id = \"your-id\""
	switch filepath.Ext(name) {
	case ".toml", ".lock", ".yml", ".yaml":
		comment = "#" + comment
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString("\n" + comment + "\n" + line)
	}
	return out.String()
}
