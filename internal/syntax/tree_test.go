package syntax

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

// TestTree shows the tree of each file in testdata/valid in the .tree file beside it.
func TestTree(t *testing.T) {
	for _, path := range documents(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f := parseFile(t, path)
			for _, e := range f.Errors {
				t.Errorf("%s: %v: %s", path, f.Position(e.Span.Start), e.Message)
			}
			got := render(f)
			golden := path + ".tree"
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

// documents lists the files in testdata/valid that are to be parsed.
func documents(t testing.TB) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"*.toml", "*.json", "*.jsonc"} {
		found, err := filepath.Glob(filepath.Join("testdata", "valid", pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		t.Fatal("no documents in testdata/valid")
	}
	return paths
}

func parseFile(t testing.TB, path string) *File {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return Parse(path, src)
}

// render draws the tree, a node a line: its name and the source of it, its kind, what it holds, its place.
func render(f *File) string {
	var out strings.Builder
	renderNode(&out, f, f.Root, "", "root")
	return out.String()
}

func renderNode(out *strings.Builder, f *File, n *Node, indent, name string) {
	start, end := f.Position(n.Span.Start), f.Position(n.Span.End)
	fmt.Fprintf(out, "%s%s: %v %d:%d-%d:%d", indent, name, n.Kind, start.Line, start.Column, end.Line, end.Column)
	switch {
	case n.Header != Span{}:
		fmt.Fprintf(out, " %s", f.Slice(n.Header))
	case n.Kind != Table && n.Kind != Array:
		fmt.Fprintf(out, " %q", n.Text)
	}
	out.WriteByte('\n')
	for i, item := range n.Items {
		renderNode(out, f, item, indent+"  ", fmt.Sprint(i))
	}
	for _, field := range n.Fields {
		name := fmt.Sprintf("%s <%s>", field.Name, f.Slice(field.NameAt))
		if field.Implied {
			name += " implied"
		}
		renderNode(out, f, field.Value, indent+"  ", name)
	}
}
