package api_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/api"
)

// TestDocumentedProblems holds the table in docs/api.md against problems.go, remarks
// on what nobody could verify included. Run with -update to write it.
func TestDocumentedProblems(t *testing.T) {
	const file, begin, end = "../../docs/api.md", "<!-- problems.go -->\n", "<!-- /problems.go -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	have, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no %s … %s", file, strings.TrimSpace(begin), end)
	}
	want := problemTable(t)
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := diff.Diff(want, have); d != "" {
		t.Errorf("the table in %s differs (-problems.go +document); run with -update:\n%s", file, d)
	}
}

func problemTable(t *testing.T) string {
	t.Helper()
	rows, remarks := api.Problems(), problemRemarks(t)
	if len(rows) != len(remarks) {
		t.Fatalf("problems.go has %d rows, and %d in its source", len(rows), len(remarks))
	}
	type row struct {
		api.Problem
		remark string
	}
	var all []row
	for i := range rows {
		all = append(all, row{rows[i], remarks[i]})
	}
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Status, b.Status)) })
	var out strings.Builder
	out.WriteString("| code | status | message | remark |\n|---|---|---|---|\n")
	for _, r := range slices.CompactFunc(all, func(a, b row) bool { return a == b }) {
		fmt.Fprintf(&out, "| %d | %d | %s | %s |\n", r.Code, r.Status, strings.ReplaceAll(r.Message, "|", `\|`), r.remark)
	}
	return out.String()
}

// problemRemarks reads the comment above each row of problems.go; headings are set off
// by a blank line or stand above other comments, and say nothing of what is verified.
func problemRemarks(t *testing.T) (remarks []string) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "problems.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	above := map[int]string{} // the last line of a comment → what it says
	for _, group := range f.Comments {
		text := strings.Join(strings.Fields(group.Text()), " ")
		for _, word := range []string{"Unverified:", "Runtime:", "The words are ours."} {
			if i := strings.Index(text, word); i >= 0 {
				above[fset.Position(group.End()).Line] = text[i:]
				break
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "problems" {
			return true
		}
		for _, row := range spec.Values[0].(*ast.CompositeLit).Elts {
			remarks = append(remarks, above[fset.Position(row.Pos()).Line-1])
		}
		return false
	})
	return remarks
}
