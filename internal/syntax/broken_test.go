package syntax

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBroken shows the errors of each file in testdata/broken, and what of it is read all the same, in the .want
// file beside it.
func TestBroken(t *testing.T) {
	paths, err := filepath.Glob("testdata/broken/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".want") {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			f := parseFile(t, path)
			if len(f.Errors) == 0 {
				t.Errorf("%s is not broken", path)
			}
			got := renderErrors(f) + "\n" + render(f)
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

func renderErrors(f *File) string {
	var out strings.Builder
	for _, e := range f.Errors {
		at := f.Position(e.Span.Start)
		fmt.Fprintf(&out, "%d:%d %q: %s\n", at.Line, at.Column, f.Slice(e.Span), e.Message)
		if e.Help != "" {
			fmt.Fprintf(&out, "  help: %s\n", e.Help)
		}
		for _, note := range e.Notes {
			at := f.Position(note.Span.Start)
			fmt.Fprintf(&out, "  %d:%d %q: %s\n", at.Line, at.Column, f.Slice(note.Span), note.Message)
		}
	}
	return out.String()
}
