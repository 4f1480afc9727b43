package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/syntax"
)

var update = flag.Bool("update", false, "rewrite testdata/formats")

// Every format prints the same findings, and the absence of any, as testdata/formats says.
func TestFormats(t *testing.T) {
	clean := difficult(t)
	clean.Diagnostics = nil
	for _, format := range report.Formats {
		for _, test := range []struct {
			name string
			run  report.Run
		}{{"findings", difficult(t)}, {"clean", clean}} {
			t.Run(format.Name+"/"+test.name, func(t *testing.T) {
				got := printed(t, format.Name, test.run)
				golden := filepath.Join("testdata", "formats", format.Name+"."+test.name)
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s (-want +got):\n%s", golden, cmp.Diff(string(want), got))
				}
				if strings.Contains(got, "hunter2") {
					t.Errorf("prints the secret:\n%s", got)
				}
				if strings.ContainsAny(got, "\x00\x1b") {
					t.Errorf("prints control characters: %q", got)
				}
			})
		}
	}
}

// printed is a run in a format of the table.
func printed(t testing.TB, format string, run report.Run) string {
	t.Helper()
	for _, f := range report.Formats {
		if f.Name == format {
			var out bytes.Buffer
			if err := f.Write(&out, run); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}
	}
	t.Fatalf("no format %q", format)
	return ""
}

// difficult is a run with what formats stumble over: signs that they escape, wide and invalid characters, CRLF, a byte
// order mark, places over several lines, notes in other files, paths of Windows, absolute ones and strange ones, fixes,
// and a secret called hunter2 beside all of it.
func difficult(t *testing.T) report.Run {
	t.Helper()
	app := syntax.Parse("apps/ü 1/wrangler.toml", []byte("\xEF\xBB\xBFname = \"日本 𝒳\" # é\r\n"+
		"[vars]\r\nAPI_TOKEN = \"hunter2\"\r\nroutes = [\r\n  \"a\",\r\n]"))
	twin := syntax.Parse("apps/ü 1/wrangler.jsonc", []byte(`{"name": "𝒳", "vars": {"API_TOKEN": "hunter2", "N": 1}}`))
	windows := syntax.Parse(`C:\work, 100%\wrangler.toml`, []byte("id = \"<x>\"\n"))
	absolute := syntax.Parse("/repo/a:b/wrangler.toml", []byte("id = \"\xff\"\n"))
	settings := syntax.Parse("apps/bindery.toml", nil)

	routes := spanOf(t, app, "routes = [\r\n  \"a\",\r\n]")
	end := len(app.Source)
	return report.Run{
		Files: []string{app.Path, twin.Path, windows.Path, absolute.Path, "clean/wrangler.toml"},
		Rules: []*check.Rule{
			{ID: "key-in-wrong-table", Severity: check.Error, Summary: "a key is <lost>", Explain: func() string { return "# key-in-wrong-table\n\n`a` & b\n" }},
			{ID: "id-invalid", Severity: check.Warning, Summary: "an id is none", Explain: func() string { return "# id-invalid\n" }},
			{ID: "settings", Severity: check.Info, Summary: "a word too many", Explain: func() string { return "# settings\n" }},
		},
		Fails: check.Error, Version: "0.1.0", Root: "/repo",
		Diagnostics: []check.Diagnostic{
			{
				Rule: "id-invalid", Severity: check.Warning, File: app, Span: spanOf(t, app, "# é"),
				Message: `100% of "a,b": ::error::x` + "\nsecond <line> & \x1b[31mred \u202e]]>\x00\xff", Help: "write `a::b`, 5%",
			},
			{
				Rule: "key-in-wrong-table", Severity: check.Error, Env: "production", File: app, Span: routes,
				Message: "routes is read as a variable", Label: "below [vars]", Help: "move it up",
				Notes: []check.Note{
					{File: app, Span: spanOf(t, app, "[vars]"), Message: "this table takes it"},
					{File: twin, Span: spanOf(t, twin, `"N"`), Message: "beside é: <here>"},
				},
				Fixes: []check.Fix{
					{Title: "move routes to the top level", Safe: true, File: app, Edits: []syntax.Edit{
						{Span: spanOf(t, app, "[vars]\r\n"), New: "routes = [\"ä\"]\r\n[vars]\r\n"},
						{Span: syntax.Span{Start: routes.Start, End: end}},
					}},
					{Title: "add a comment", File: app, Edits: []syntax.Edit{{Span: syntax.Span{Start: end, End: end}, New: "\r\n# <end>"}}},
					{Title: "move API_TOKEN away", Safe: true, File: app, Edits: []syntax.Edit{
						{Span: syntax.Span{Start: end, End: end}, New: "\r\n[env.production.vars]\r\nAPI_TOKEN = \"hunter2\"\r\n"},
					}},
				},
			},
			{Rule: "id-invalid", Severity: check.Warning, File: app, Span: spanOf(t, app, "[vars]"), Message: "again"},
			{Rule: "id-invalid", Severity: check.Warning, File: app, Span: spanOf(t, app, "API_TOKEN"), Message: "again"},
			{Rule: "id-invalid", Severity: check.Warning, File: twin, Span: spanOf(t, twin, `"API_TOKEN"`), Message: "m"},
			{Rule: "id-invalid", Severity: check.Error, File: windows, Span: spanOf(t, windows, `"<x>"`), Message: "m"},
			{Rule: "id-invalid", Severity: check.Error, File: absolute, Span: spanOf(t, absolute, "\"\xff\""), Message: "m"},
			{Rule: "settings", Severity: check.Info, File: settings, Message: "m"},
		},
	}
}
