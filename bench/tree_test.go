package main

import (
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// Nothing is found in the generated configurations, so that what is measured is the checking.
func TestTreeIsClean(t *testing.T) {
	dir := t.TempDir()
	if _, err := writeTree(dir, 200); err != nil {
		t.Fatal(err)
	}
	result, err := check.Check(t.Context(), []string{dir}, check.LoadOptions{}, check.Options{Rules: rules.All()})
	if err != nil || len(result.Files) != 200 || len(result.Unread) > 0 {
		t.Fatalf("check of the generated tree: %v, %+v", err, result)
	}
	for _, d := range result.Diagnostics {
		at := d.File.Position(d.Span.Start)
		t.Errorf("%s:%d: %s [%s]", d.File.Path, at.Line, d.Message, d.Rule)
	}
}
