package main

import (
	"path/filepath"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/source"
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
	clean(t, result)
}

// Nothing is found in the generated Workers either, and all of their code is understood.
func TestWorkerIsClean(t *testing.T) {
	dir := t.TempDir()
	size, err := writeWorker(dir, 256<<10)
	if err != nil || size < 512<<10 || size > 560<<10 {
		t.Fatalf("a Worker of twice 256 KiB is %d bytes, %v", size, err)
	}
	result, err := check.Check(t.Context(), []string{dir}, check.LoadOptions{}, check.Options{Rules: rules.All()})
	if err != nil || len(result.Files) != 1 || len(result.Unread) > 0 {
		t.Fatalf("check of the generated Worker: %v, %+v", err, result)
	}
	clean(t, result)
	program, err := source.Read(t.Context(), source.Entry{Main: filepath.Join(dir, "src/index.ts"), Root: dir})
	if err != nil || program.Unsure != "" {
		t.Fatalf("read of the generated Worker: %v, %+v", err, program)
	}
	read := map[string]bool{}
	for _, u := range program.Reads {
		read[u.Name] = true
	}
	for _, name := range []string{"CACHE", "SESSIONS", "DB", "FILES", "ENVIRONMENT", "LIMIT"} {
		if !read[name] {
			t.Errorf("the code of the generated Worker does not read %s; it reads %v", name, read)
		}
	}
}

func clean(t *testing.T, result *check.Result) {
	t.Helper()
	for _, d := range result.Diagnostics {
		at := d.File.Position(d.Span.Start)
		t.Errorf("%s:%d: %s [%s]", d.File.Path, at.Line, d.Message, d.Rule)
	}
}
