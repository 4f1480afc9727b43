package wrangler

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestProblems shows what is reported of each file in testdata/problems in the .want file beside it. That wrangler
// refuses and takes the same is held against the real one in conformance.
func TestProblems(t *testing.T) {
	paths, err := filepath.Glob("testdata/problems/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".want") {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			got := renderProblems(load(t, path))
			golden := path + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got); -update rewrites it\n%s", golden, diff)
			}
		})
	}
}

func load(t *testing.T, path string) *Config {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := Parse(path, src)
	for _, e := range c.File.Errors {
		t.Fatalf("%s: %v: %s", path, c.File.Position(e.Span.Start), e.Message)
	}
	return c
}

func renderProblems(c *Config) string {
	var out strings.Builder
	section := func(title string, problems []Problem) {
		fmt.Fprintf(&out, "%s\n", title)
		for _, p := range problems {
			at := c.File.Position(p.Span.Start)
			severity := "warning"
			if p.Error {
				severity = "error"
			}
			place, _, cut := strings.Cut(c.File.Slice(p.Span), "\n")
			if cut {
				place += "…"
			}
			fmt.Fprintf(&out, "  %d:%d %s: %s\n    at %s\n", at.Line, at.Column, severity, p.Message, place)
			if p.Help != "" {
				fmt.Fprintf(&out, "    help: %s\n", p.Help)
			}
		}
	}
	section("file", c.Problems)
	for _, e := range append([]*Environment{c.Top}, c.Envs...) {
		section(e.Label(), e.Problems)
	}
	return out.String()
}
