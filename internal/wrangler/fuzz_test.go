package wrangler

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse: whatever the file, reading it does not panic, every place lies in it, and what is refused says why.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/problems/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(seeds, "testdata/bindings.toml") {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, filepath.Ext(path) == ".toml")
	}
	f.Fuzz(func(t *testing.T, src []byte, toml bool) {
		path := "wrangler.jsonc"
		if toml {
			path = "wrangler.toml"
		}
		c := Parse(path, src)
		check := func(problems []Problem) {
			for _, p := range problems {
				if p.Span.Start < 0 || p.Span.Start > p.Span.End || p.Span.End > len(src) || p.Message == "" {
					t.Errorf("Parse(%q): problem %+v lies outside the file, or says nothing", src, p)
				}
			}
		}
		check(c.Problems)
		undeclared, err := c.Environment("undeclared")
		if err == nil {
			check(undeclared.Problems)
		}
		for _, e := range append(c.Envs, c.Top) {
			check(e.Problems)
			if e.Refused() && len(c.File.Errors)+len(c.Problems)+len(e.Problems) == 0 {
				t.Errorf("Parse(%q): %s is refused without a reason", src, e.Label())
			}
			for _, b := range e.Bindings {
				if b.Node == nil || len(e.Of(b.Type)) == 0 {
					t.Errorf("Parse(%q): binding %+v has no table, or is not of its type", src, b)
				}
			}
		}
	})
}
