package main

import (
	"path/filepath"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
)

// Nothing is found in large files either.
func TestLargeFilesAreClean(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"variables.toml": variables("wrangler.toml", 20_000), "variables.jsonc": variables("wrangler.jsonc", 20_000),
		"deep.toml": deep(500), "environments.toml": environments(200),
	} {
		path, err := writeLarge(dir, filepath.Ext(name)[1:], name, text)
		if err != nil {
			t.Fatal(err)
		}
		result, err := check.Check(t.Context(), []string{path}, check.LoadOptions{}, check.Options{Rules: rules.All()})
		if err != nil || len(result.Files) != 1 {
			t.Fatalf("check of %s: %v, %+v", name, err, result)
		}
		for _, d := range result.Diagnostics {
			t.Errorf("%s:%d: %s [%s]", name, d.File.Position(d.Span.Start).Line, d.Message, d.Rule)
		}
	}
}
