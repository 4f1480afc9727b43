package source_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/source"
)

func TestRefused(t *testing.T) {
	root := t.TempDir()
	project := filepath.Join(root, "project")
	write(t, filepath.Join(root, "other.js"), "export default {}")
	write(t, filepath.Join(project, "index.js"), "export default {}")
	write(t, filepath.Join(project, "large.js"), "export default {}"+strings.Repeat(" ", 9<<20))
	write(t, filepath.Join(project, "sub", "index.js"), "import './lib/a.js'; export default {}")
	write(t, filepath.Join(project, "sub", "lib", "a.js"), "")
	write(t, filepath.Join(project, "sub", "lib", "package.json"), "{}"+strings.Repeat(" ", 9<<20))
	write(t, filepath.Join(project, "with", "index.js"), "import '@s/lib/a'; export default {}")
	write(t, filepath.Join(project, "node_modules", "@s", "lib", "package.json"), "{}"+strings.Repeat(" ", 9<<20))
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, c := range []struct {
		name string
		ctx  context.Context
		main string
		want error
	}{
		{"outside of the project", t.Context(), filepath.Join(root, "other.js"), source.ErrOutside},
		{"too large", t.Context(), filepath.Join(project, "large.js"), source.ErrTooLarge},
		{"beside a manifest that is too large", t.Context(), filepath.Join(project, "sub", "index.js"), source.ErrTooLarge},
		{"a package whose manifest is too large", t.Context(), filepath.Join(project, "with", "index.js"), source.ErrTooLarge},
		{"stopped", stopped, filepath.Join(project, "index.js"), context.Canceled},
	} {
		_, err := source.Read(c.ctx, source.Entry{Main: c.main, Root: project})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: Read(%s): %v, want %v", c.name, c.main, err, c.want)
		}
	}
}

// A link that leads out of the project is not followed.
func TestLinkOut(t *testing.T) {
	root := t.TempDir()
	project := filepath.Join(root, "project")
	write(t, filepath.Join(root, "secret.js"), "export default (env) => env.SECRET.get()")
	write(t, filepath.Join(project, "index.js"), "import f from './link.js'; export default { fetch: (r, env) => f(env) }")
	if err := os.Symlink(filepath.Join(root, "secret.js"), filepath.Join(project, "link.js")); err != nil {
		t.Skip(err)
	}
	got := read(t, source.Entry{Main: filepath.Join(project, "index.js"), Root: project})
	if strings.Contains(got, "SECRET") || !strings.Contains(got, "unsure: ") {
		t.Errorf("Read with a link out of the project:\n%s\nwant no read of SECRET, and a doubt", got)
	}
}

// Every file of code is read by ReadFile: an editor has text that is not saved yet.
func TestReadFile(t *testing.T) {
	root := t.TempDir()
	main := filepath.Join(root, "index.js")
	write(t, main, "export default { fetch: (r, env) => env.SAVED.get() }")
	p, err := source.Read(t.Context(), source.Entry{Main: main, Root: root, ReadFile: func(path string) ([]byte, error) {
		return []byte("export default { fetch: (r, env) => env.TYPED.get() }"), nil
	}})
	if err != nil || len(p.Reads) != 1 || p.Reads[0].Name != "TYPED" {
		t.Errorf("Read of unsaved text: %+v, %v; want TYPED", p, err)
	}
}
