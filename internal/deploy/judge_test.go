package deploy

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/wrangler"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what the files under testdata want")

// A case is a txtar file: wrangler.toml, inventory.json, and the verdicts it wants;
// the comment above names the environment and the account.
func TestJudge(t *testing.T) {
	paths, err := filepath.Glob("testdata/judge/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string][]byte{}
			for _, f := range archive.Files {
				files[f.Name] = f.Data
			}
			config := wrangler.Parse("wrangler.toml", files["wrangler.toml"])
			env, err := config.Environment(option(string(archive.Comment), "env"))
			if err != nil {
				t.Fatal(err)
			}
			inv, problems := ParseInventory("inventory.json", files["inventory.json"])
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			account := Account{ID: option(string(archive.Comment), "account")}
			for _, a := range inv.Accounts {
				if a.ID == account.ID {
					account = a
				}
			}
			got := render(config, Judge(env, account, inv))
			if *update {
				archive.Files[len(archive.Files)-1].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(files["want"]), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
}

// option returns what follows "name: " in a case's comment.
func option(comment, name string) string {
	for line := range strings.Lines(comment) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// render shows all there is in verdicts.
func render(c *wrangler.Config, verdicts []Verdict) string {
	var b strings.Builder
	for _, v := range verdicts {
		at := c.File.Position(v.Span.Start)
		fmt.Fprintf(&b, "%d:%d %s %s: %s", at.Line, at.Column, v.Binding.Type, v.Binding.Text(), v.State)
		if v.Resource != (Resource{}) {
			fmt.Fprintf(&b, " {%s %s}", v.Resource.ID, v.Resource.Name)
		}
		b.WriteByte('\n')
		if v.Refused() {
			fmt.Fprintf(&b, "    at    %s\n    says  %s [code: %d]\n", c.File.Slice(v.Span), v.Message, v.Code)
		}
		for _, a := range v.Holders {
			fmt.Fprintf(&b, "    held  by %s\n", a.Label())
		}
		if v.Meant != nil {
			fmt.Fprintf(&b, "    meant {%s %s}\n", v.Meant.ID, v.Meant.Name)
		}
		if v.Help != "" {
			fmt.Fprintf(&b, "    help  %s\n", v.Help)
		}
	}
	return b.String()
}
