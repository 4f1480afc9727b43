package report

import (
	"encoding/json"
	"io"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// jsonVersion counts up when a field changes its meaning or goes; new fields may come without.
const jsonVersion = 1

type jsonReport struct {
	Version     int              `json:"version"`
	Diagnostics []jsonDiagnostic `json:"diagnostics"`
	Counts      jsonCounts       `json:"counts"`
}

type jsonDiagnostic struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Env      string `json:"env"` // "" is the top level, or none in particular
	jsonPlace
	Message string     `json:"message"`
	Help    string     `json:"help"`
	Notes   []jsonNote `json:"notes"`
	Fixes   []jsonFix  `json:"fixes"`
	Stands  int        `json:"stands_for,omitempty"`
}

type jsonNote struct {
	jsonPlace
	Message string `json:"message"`
}

type jsonFix struct {
	Title string     `json:"title"`
	Safe  bool       `json:"safe"`
	Edits []jsonEdit `json:"edits"`
}

// jsonEdit replaces the bytes from start to end of the file at path, end excluded, by text.
type jsonEdit struct {
	jsonPlace
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// jsonPlace counts lines and columns from 1, columns in characters; the end is the
// place behind the last character.
type jsonPlace struct {
	Path      string `json:"path"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
}

type jsonCounts struct {
	Error   int `json:"error"`
	Warning int `json:"warning"`
	Info    int `json:"info"`
}

// JSON writes one object with a list of diagnostics and counts:
//
//	{"version": 1,
//	 "diagnostics": [{"rule": "id-invalid", "severity": "error", "env": "production",
//	   "path": "wrangler.toml", "line": 7, "column": 6, "end_line": 7, "end_column": 28,
//	   "message": "…", "help": "…",
//	   "notes": [{"path": "…", "line": 1, "column": 1, "end_line": 1, "end_column": 2, "message": "…"}],
//	   "fixes": [{"title": "…", "safe": true, "edits": [{"path": "…", "line": 1, "column": 1,
//	     "end_line": 1, "end_column": 2, "start": 0, "end": 1, "text": "…"}]}]}],
//	 "counts": {"error": 1, "warning": 0, "info": 0}}
//
// Every field is always there, but stands_for: it has a diagnostic that stands for so many of one rule in one file that
// are not listed. The counts are those of all. The diagnostics are in the order of Text. Fixes are left out whose text is a secret.
func JSON(w io.Writer, ds []check.Diagnostic) error {
	counts := count(ds)
	r := jsonReport{
		Version:     jsonVersion,
		Diagnostics: make([]jsonDiagnostic, 0, len(ds)),
		Counts:      jsonCounts{counts[check.Error], counts[check.Warning], counts[check.Info]},
	}
	secrets := newPrinter(io.Discard, false)
	for _, d := range ds {
		j := jsonDiagnostic{
			Rule:      d.Rule,
			Severity:  d.Severity.String(),
			Env:       secret.Redact(d.Env),
			jsonPlace: placeOf(d.File, d.Span),
			Message:   d.Message,
			Help:      d.Help,
			Notes:     make([]jsonNote, 0, len(d.Notes)),
			Fixes:     make([]jsonFix, 0, len(d.Fixes)),
			Stands:    d.Stands,
		}
		for _, n := range d.Notes {
			j.Notes = append(j.Notes, jsonNote{placeOf(n.File, n.Span), n.Message})
		}
		for _, f := range secrets.printable(d.Fixes) {
			fix := jsonFix{Title: f.Title, Safe: f.Safe, Edits: make([]jsonEdit, 0, len(f.Edits))}
			for _, e := range f.Edits {
				fix.Edits = append(fix.Edits, jsonEdit{placeOf(f.File, e.Span), e.Span.Start, e.Span.End, e.New})
			}
			j.Fixes = append(j.Fixes, fix)
		}
		r.Diagnostics = append(r.Diagnostics, j)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

func placeOf(f *syntax.File, s syntax.Span) jsonPlace {
	start, end := f.Position(s.Start), f.Position(s.End)
	return jsonPlace{f.Path, start.Line, start.Column, end.Line, end.Column}
}
