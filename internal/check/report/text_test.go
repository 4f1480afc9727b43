package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// spanOf finds text in a file.
func spanOf(t *testing.T, f *syntax.File, text string) syntax.Span {
	t.Helper()
	at := strings.Index(string(f.Source), text)
	if at < 0 {
		t.Fatalf("%q is not in %s", text, f.Path)
	}
	return syntax.Span{Start: at, End: at + len(text)}
}

func text(t *testing.T, color bool, ds ...check.Diagnostic) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.Text(&out, ds, color); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The mark stands under what it points at, whatever is on the line.
func TestExcerpt(t *testing.T) {
	for _, test := range []struct{ name, path, source, mark, want string }{
		{"plain", "a.toml", "x = 1\nid = \"abc\" # why", `"abc"`, `
a.toml:2:6: error: message [rule]
    2 | id = "abc" # why
      |      ^^^^^ label
`},
		{"wide characters take two cells each", "a.toml", `name = "日本語" # 漢字`, `"日本語"`, `
a.toml:1:8: error: message [rule]
    1 | name = "日本語" # 漢字
      |        ^^^^^^^^ label
`},
		{"behind wide characters", "a.jsonc", `{ "日本": "é", "id": "abc" }`, `"abc"`, `
a.jsonc:1:20: error: message [rule]
    1 | { "日本": "é", "id": "abc" }
      |                      ^^^^^ label
`},
		{"tabs are one blank", "a.jsonc", "{\n\t\t\"id\":\t\"abc\"\t}", `"abc"`, `
a.jsonc:2:9: error: message [rule]
    2 |   "id": "abc" }
      |         ^^^^^ label
`},
		{"a mark ends with its line", "a.toml", "routes = [  \n  \"x\",\n]", "[  \n  \"x\",\n]", `
a.toml:1:10: error: message [rule]
    1 | routes = [
      |          ^ label
`},
		{"an empty place has a mark, too", "a.toml", "x =", "", `
a.toml:1:1: error: message [rule]
    1 | x =
      | ^ label
`},
		{"an empty file", "a.toml", "", "", `
a.toml:1:1: error: message [rule]
    1 |
      | ^ label
`},
		{"a byte order mark and CRLF", "a.toml", "\xEF\xBB\xBFid = \"abc\"\r\n", `"abc"`, `
a.toml:1:6: error: message [rule]
    1 | id = "abc"
      |      ^^^^^ label
`},
		{"what a terminal would obey is not printed", "a.toml", "id = 'a\x1b[31mb\u202ec' # \x07", "'a\x1b[31mb\u202ec'", `
a.toml:1:6: error: message [rule]
    1 | id = 'a�[31mb�c' # �
      |      ^^^^^^^^^^^ label
`},
		{"a long line is cut around the mark", "a.jsonc", `{"a":"` + strings.Repeat("x", 300) + `","id":"abc","b":"` + strings.Repeat("y", 300) + `"}`, `"abc"`, `
a.jsonc:1:314: error: message [rule]
    1 | …xxxxxxxxxxxxxxxxxxxxxx","id":"abc","b":"yyyyyyyyyyyyyyyyyyyyyyy…
      |                               ^^^^^ label
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := syntax.Parse(test.path, []byte(test.source))
			got := text(t, false, check.Diagnostic{
				Rule: "rule", Severity: check.Error, File: f, Span: spanOf(t, f, test.mark), Message: "message", Label: "label",
			})
			if want := test.want[1:] + "\n1 error\n"; got != want {
				t.Errorf("%q (-want +got):\n%s", test.source, cmp.Diff(want, got))
			}
		})
	}
}

// Names come from files: what a terminal would obey is not printed in a message either.
func TestMessagesAreVisible(t *testing.T) {
	f := syntax.Parse("a\x1b.toml", []byte("x = 1"))
	d := check.Diagnostic{Severity: check.Error, File: f, Message: "\x1b]0;m", Label: "\rl", Help: "\nh"}
	d.Notes = []check.Note{{File: f, Message: "\x9bn"}}
	if got := text(t, false, d); strings.ContainsAny(got, "\x1b\r\u009b") || strings.Contains(got, "\nh") {
		t.Errorf("printed %q, want no control characters", got)
	}
}

// A note in another file says where it is, and so does the first one that is back again.
func TestNotes(t *testing.T) {
	a := syntax.Parse("a.toml", []byte("id = 1\nother = 2\n"))
	b := syntax.Parse("b/a.toml", []byte("\n\nid = 3\n"))
	got := text(t, false, check.Diagnostic{
		Rule: "rule", Severity: check.Warning, File: a, Span: spanOf(t, a, "1"), Message: "message", Help: "do it",
		Notes: []check.Note{
			{File: a, Span: spanOf(t, a, "2"), Message: "here"},
			{File: b, Span: spanOf(t, b, "3"), Message: "there"},
			{File: a, Span: spanOf(t, a, "id"), Message: "back"},
		},
	})
	want := `a.toml:1:6: warning: message [rule]
    1 | id = 1
      |      ^
    2 | other = 2
      |         - here
      b/a.toml:3:6
    3 | id = 3
      |      - there
      a.toml:1:1
    1 | id = 1
      | -- back
   help: do it

1 warning
`
	if got != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}

func TestSummary(t *testing.T) {
	f := syntax.Parse("a.toml", nil)
	of := func(severities ...check.Severity) string {
		var ds []check.Diagnostic
		for _, s := range severities {
			ds = append(ds, check.Diagnostic{Severity: s, File: f})
		}
		lines := strings.Split(strings.TrimSpace(text(t, false, ds...)), "\n")
		return lines[len(lines)-1]
	}
	for _, test := range []struct{ got, want string }{
		{of(), "no problems found"},
		{of(check.Info), "1 info"},
		{of(check.Warning, check.Error, check.Warning), "1 error, 2 warnings"},
		{of(check.Info, check.Error, check.Error, check.Info, check.Warning), "2 errors, 1 warning, 2 info"},
	} {
		if test.got != test.want {
			t.Errorf("summary is %q, want %q", test.got, test.want)
		}
	}
}

// Colours change nothing but colour, and without being asked for there are none.
func TestColor(t *testing.T) {
	f := syntax.Parse("a.toml", []byte("id = 1"))
	d := check.Diagnostic{
		Rule: "rule", Severity: check.Error, File: f, Span: spanOf(t, f, "1"), Message: "message", Help: "help",
		Notes: []check.Note{{File: f, Span: spanOf(t, f, "id"), Message: "note"}},
	}
	coloured, plain := text(t, true, d), text(t, false, d)
	if !strings.Contains(coloured, "\x1b[1;31merror\x1b[0m") {
		t.Errorf("the severity is not red: %q", coloured)
	}
	if got := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(coloured, ""); got != plain {
		t.Errorf("without its colours (-plain +stripped):\n%s", cmp.Diff(plain, got))
	}
}
