package rules_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// A token in place of any text of any case, one after the other, is printed by no rule in any form: not in a message, not
// in a help, not in the line that is shown.
func TestNoTokenIsPrinted(t *testing.T) {
	t.Parallel()
	nowhere := filepath.Join(t.TempDir(), "wrangler.toml") // with nothing beside it
	type place struct{ rule, path string }                 // that some case of a rule has a token in it is enough
	seen := map[place]bool{}
	trials := 0
	const token = "github_pat_Xq7bNw2LsVt9RfKd4HyJ0c_" + "ZmGpAe6UiOu3TxBn8wQs1DvFr5GhYj7MkLo9ZxCvBn2AsDfGh4JkLq3We5R"
	for _, rule := range rules.All() {
		for _, of := range casesOf(t, rule.ID) {
			archive, err := txtar.ParseFile(of)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range archive.Files {
				if file.Name != "wrangler.toml" { // its twin is judged alike
					continue
				}
				for path, edit := range replacements(syntax.Parse(file.Name, file.Data).Root, "", token) {
					if seen[place{rule.ID, path}] {
						continue
					}
					seen[place{rule.ID, path}] = true
					if trials++; trials%oneIn != 0 {
						continue
					}
					source, err := syntax.Apply(file.Data, []syntax.Edit{edit})
					if err != nil {
						t.Fatal(err)
					}
					project := &check.Project{Configs: []*wrangler.Config{wrangler.Parse(nowhere, source)}}
					found := check.Run(project, check.Options{Rules: rules.All()})
					if !has(found, "secret-in-config") {
						t.Errorf("%s: the token is not found in\n%s", filepath.Base(of), source)
					}
					printsNot(t, found, token[:30]) // nor a part of it
				}
			}
		}
	}
}

// What the cases of secret-in-config hold is printed in no form either: none of it has to look like a token.
func TestNoSecretIsPrinted(t *testing.T) {
	for _, path := range casesOf(t, "secret-in-config") {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(filepath.Base(path), "near-") {
			continue
		}
		for _, file := range archive.Files {
			if file.Name == "want" {
				continue
			}
			config := wrangler.Parse(file.Name, file.Data)
			found := check.Run(&check.Project{Configs: []*wrangler.Config{config}}, check.Options{Rules: rules.All()})
			for _, word := range strings.FieldsFunc(string(file.Data), func(r rune) bool { return strings.ContainsRune("\"'\\ \n:@", r) }) {
				if len(word) >= 20 && strings.ContainsAny(word, "0123456789") && !strings.Contains(word, "71856a3f7e8427ed") {
					printsNot(t, found, word)
				}
			}
		}
	}
}

func printsNot(t *testing.T, found []check.Diagnostic, secret string) {
	t.Helper()
	for _, format := range report.Formats {
		var out bytes.Buffer
		if err := format.Write(&out, report.Run{Diagnostics: found}); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(out.Bytes(), []byte(secret)) {
			t.Errorf("as %s is printed %q:\n%s", format.Name, secret, out.Bytes())
		}
	}
}

// replacements are edits that put text in place of one string each, by the way to it.
func replacements(n *syntax.Node, path, text string) map[string]syntax.Edit {
	all := map[string]syntax.Edit{}
	if n.Kind == syntax.String {
		all[path] = syntax.Edit{Span: n.Span, New: strconv.Quote(text)}
	}
	for i, item := range n.Items {
		maps.Copy(all, replacements(item, fmt.Sprintf("%s[%d]", path, i), text))
	}
	for _, f := range n.Fields {
		maps.Copy(all, replacements(f.Value, path+"."+f.Name, text))
	}
	return all
}
