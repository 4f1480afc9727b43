package report_test

import (
	"encoding/json"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // for the schema in its sources
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// What is written is SARIF by the schema of OASIS, whatever was found.
func TestSARIFIsValid(t *testing.T) {
	schema := sarifSchema(t)
	clean := difficult(t)
	clean.Diagnostics = nil
	for name, run := range map[string]report.Run{"findings": difficult(t), "clean": clean, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			got := printed(t, "sarif", run)
			if err := schema.Validate(decoded(t, got)); err != nil {
				t.Errorf("%v in\n%s", err, got)
			}
		})
	}
}

// The validator does refuse what is not in the schema.
func TestSARIFSchemaRefuses(t *testing.T) {
	got := printed(t, "sarif", difficult(t))
	for _, change := range [][2]string{{`"startLine": 1,`, `"startLine": 0,`}, {`"level": "note"`, `"level": "info"`}, {`"ruleId"`, `"rule"`}} {
		bad := strings.Replace(got, change[0], change[1], 1)
		if bad == got {
			t.Fatalf("%s is not in\n%s", change[0], got)
		}
		if err := sarifSchema(t).Validate(decoded(t, bad)); err == nil {
			t.Errorf("the schema takes %s", change[1])
		}
	}
}

// Whoever applies a fix by its lines and columns gets what the edits of the fix give.
func TestSARIFFixesApply(t *testing.T) {
	run := difficult(t)
	var log struct {
		Runs []struct {
			Results []struct {
				Fixes []struct {
					Description struct{ Text string }
					Changes     []struct {
						Replacements []struct {
							Deleted  struct{ StartLine, StartColumn, EndLine, EndColumn int } `json:"deletedRegion"`
							Inserted struct{ Text string }                                    `json:"insertedContent"`
						}
					} `json:"artifactChanges"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(printed(t, "sarif", run)), &log); err != nil {
		t.Fatal(err)
	}
	applied := 0
	for i, result := range log.Runs[0].Results {
		for j, fix := range result.Fixes {
			original := run.Diagnostics[i].Fixes[j]
			text := strings.TrimPrefix(string(original.File.Source), "\ufeff")
			var edits []syntax.Edit
			for _, r := range fix.Changes[0].Replacements {
				edits = append(edits, syntax.Edit{
					Span: syntax.Span{
						Start: offsetOf(text, r.Deleted.StartLine, r.Deleted.StartColumn),
						End:   offsetOf(text, r.Deleted.EndLine, r.Deleted.EndColumn),
					},
					New: r.Inserted.Text,
				})
			}
			got, err := syntax.Apply([]byte(text), edits)
			if err != nil {
				t.Fatal(err)
			}
			want, err := syntax.Apply(original.File.Source, original.Edits)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != strings.TrimPrefix(string(want), "\ufeff") {
				t.Errorf("fix %q of %q gives %q, want %q", original.Title, original.File.Source, got, want)
			}
			applied++
		}
	}
	if applied != 2 {
		t.Errorf("%d fixes were written, want 2: all but the one that would print a secret", applied)
	}
}

// offsetOf finds a place as a reader of SARIF does: lines end with \n or \r\n, columns count characters.
func offsetOf(text string, line, column int) int {
	lines := strings.SplitAfter(text, "\n")
	return len(strings.Join(lines[:line-1], "")) + len(string([]rune(lines[line-1])[:column-1]))
}

func decoded(t testing.TB, text string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return value
}

// sarifSchema is the schema of SARIF 2.1.0 with errata 01, as the module go-sarif carries it in its sources.
func sarifSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	pkg, err := build.Import("github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constant := file.Decls[0].(*ast.GenDecl).Specs[0].(*ast.ValueSpec) // const schema = `…`
	text, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", decoded(t, text)); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
