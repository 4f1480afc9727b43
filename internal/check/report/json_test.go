package report_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// The shape is documented; a change of this golden text is a change for whoever reads it.
func TestJSON(t *testing.T) {
	f := syntax.Parse("wrangler.toml", []byte("# 日本\nid = \"<x>\"\nother = 2\n"))
	var out bytes.Buffer
	err := report.JSON(&out, []check.Diagnostic{
		{
			Rule: "id-invalid", Severity: check.Error, Env: "production", File: f, Span: spanOf(t, f, `"<x>"`),
			Message: `id "<x>" is a placeholder`, Label: "no namespace", Help: "paste it",
			Notes: []check.Note{{File: f, Span: spanOf(t, f, "other"), Message: "note"}},
		},
		{Rule: "config", Severity: check.Warning, File: f, Span: spanOf(t, f, "本"), Message: "m"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "version": 1,
  "diagnostics": [
    {
      "rule": "id-invalid",
      "severity": "error",
      "env": "production",
      "path": "wrangler.toml",
      "line": 2,
      "column": 6,
      "end_line": 2,
      "end_column": 11,
      "message": "id \"<x>\" is a placeholder",
      "help": "paste it",
      "notes": [
        {
          "path": "wrangler.toml",
          "line": 3,
          "column": 1,
          "end_line": 3,
          "end_column": 6,
          "message": "note"
        }
      ],
      "fixes": []
    },
    {
      "rule": "config",
      "severity": "warning",
      "env": "",
      "path": "wrangler.toml",
      "line": 1,
      "column": 4,
      "end_line": 1,
      "end_column": 5,
      "message": "m",
      "help": "",
      "notes": [],
      "fixes": []
    }
  ],
  "counts": {
    "error": 1,
    "warning": 1,
    "info": 0
  }
}
`
	if got := out.String(); got != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}

func TestJSONOfNothing(t *testing.T) {
	var out bytes.Buffer
	if err := report.JSON(&out, nil); err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"version\": 1,\n  \"diagnostics\": [],\n  \"counts\": {\n    \"error\": 0,\n    \"warning\": 0,\n    \"info\": 0\n  }\n}\n"
	if got := out.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// An environment can bear a credential as its name, by a slip of the clipboard.
func TestJSONMasksTheEnvironment(t *testing.T) {
	f := syntax.Parse("wrangler.toml", []byte("name = \"x\"\n"))
	const env = "redis://:hunter2@eu.acme.io"
	var out bytes.Buffer
	if err := report.JSON(&out, []check.Diagnostic{{Rule: "config", Env: env, File: f, Span: spanOf(t, f, "name")}}); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte("hunter2")) {
		t.Errorf("JSON of a finding in env %q:\n%s\nwant no password in it", env, out.Bytes())
	}
}
