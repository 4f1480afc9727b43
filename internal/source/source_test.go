package source_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/source"
)

var update = flag.Bool("update", false, "rewrite what the cases want")

// A case is testdata/NAME.txtar: the files of a Worker, whose entry point is the first of them (or the folder functions
// that it lies in), and want: what is read of it, a line each, and what is unsure.
func TestRead(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root, want := t.TempDir(), ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				write(t, filepath.Join(root, f.Name), string(f.Data))
			}
			main := archive.Files[0].Name
			if strings.HasPrefix(main, "functions/") {
				main = "functions"
			}
			t.Chdir(root)
			got := read(t, source.Entry{Main: main, Root: root})
			if got == want {
				return
			}
			if !*update {
				t.Errorf("%s (-want +got):\n%s", path, cmp.Diff(want, got))
				return
			}
			last := len(archive.Files) - 1
			if archive.Files[last].Name != "want" {
				archive.Files = append(archive.Files, txtar.File{Name: "want"})
				last++
			}
			archive.Files[last].Data = []byte(got)
			t.Chdir(start)
			if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
				t.Fatal(err)
			}
		})
	}
}

var start, _ = os.Getwd()

// read prints what Read finds.
func read(t *testing.T, entry source.Entry) string {
	t.Helper()
	p, err := source.Read(t.Context(), entry)
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	var out strings.Builder
	for _, u := range p.Reads {
		file, span, ok := p.Place(t.Context(), u)
		place := "nowhere"
		if ok {
			at := file.Position(span.Start)
			place = fmt.Sprintf("%s:%d:%d", filepath.ToSlash(file.Path), at.Line, at.Column)
			if got := file.Slice(span); got != u.Name {
				t.Errorf("%s is said to be %s, which is %q", u.Name, place, got)
			}
		}
		fmt.Fprintf(&out, "%s %s", place, u.Name)
		if u.Method != "" {
			fmt.Fprintf(&out, ".%s()", u.Method)
		}
		if u.Guarded {
			out.WriteString(" guarded")
		}
		out.WriteString("\n")
	}
	if !p.Module {
		out.WriteString("no module\n")
	}
	if p.Unsure != "" {
		fmt.Fprintf(&out, "unsure: %s\n", p.Unsure)
	}
	return out.String()
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
