package wrangler

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder makes a folder with these files, empty, and returns its path.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range files {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFind: wrangler looks for one name in all parents before it looks for the next.
func TestFind(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		want  string
	}{
		{"here", []string{"a/b/wrangler.toml"}, "a/b/wrangler.toml"},
		{"above", []string{"a/b/x", "wrangler.toml"}, "wrangler.toml"},
		{"the nearest of a name", []string{"a/wrangler.toml", "a/b/x", "wrangler.toml"}, "a/wrangler.toml"},
		{"JSON first", []string{"a/b/wrangler.toml", "a/b/wrangler.jsonc", "a/b/wrangler.json"}, "a/b/wrangler.json"},
		{"JSONC next", []string{"a/b/wrangler.toml", "a/b/wrangler.jsonc"}, "a/b/wrangler.jsonc"},
		{"JSON above before TOML here", []string{"a/b/wrangler.toml", "wrangler.json"}, "wrangler.json"},
		{"a folder is no file", []string{"a/b/wrangler.json/x", "a/b/wrangler.toml"}, "a/b/wrangler.toml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t, tt.files...)
			got, err := Find(filepath.Join(dir, "a", "b"))
			if want := filepath.Join(dir, filepath.FromSlash(tt.want)); err != nil || got != want {
				t.Errorf("Find in a/b of %v = %q, %v, want %q", tt.files, got, err, want)
			}
		})
	}
}

func TestInFolder(t *testing.T) {
	dir := folder(t, "wrangler.toml", "wrangler.jsonc", "below/x")
	if got, err := InFolder(dir); err != nil || got != filepath.Join(dir, "wrangler.jsonc") {
		t.Errorf("InFolder = %q, %v, want the .jsonc", got, err)
	}
	got, err := InFolder(filepath.Join(dir, "below"))
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.Hint() == "" {
		t.Errorf("InFolder of a folder without one = %q, %v, want *NotFoundError with a hint", got, err)
	}
}

func TestDiscover(t *testing.T) {
	dir := folder(t,
		"wrangler.toml", "wrangler.production.jsonc", "wrangler-stripe.toml", "wrangler.json",
		"apps/web/wrangler.jsonc", "apps-old/wrangler.toml",
		"node_modules/p/wrangler.toml", "apps/web/node_modules/p/wrangler.toml", ".git/wrangler.toml",
		".wrangler/deploy/wrangler.json", "dist/wrangler.json",
		"wrangler.md", "wranglers.toml", "wrangler", "my-wrangler.toml", "wrangler.toml.bak", "wrangler.toml.d/x",
	)
	found, err := Discover(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	got := found.Configs
	for i := range got {
		rel, err := filepath.Rel(dir, got[i])
		if err != nil {
			t.Fatal(err)
		}
		got[i] = filepath.ToSlash(rel)
	}
	want := []string{
		"apps-old/wrangler.toml", "apps/web/wrangler.jsonc",
		"wrangler-stripe.toml", "wrangler.json", "wrangler.production.jsonc", "wrangler.toml",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDiscoverPaths(t *testing.T) {
	dir := folder(t, "odd-name.toml", "real/wrangler.toml")
	file := filepath.Join(dir, "odd-name.toml")
	if got, err := Discover(t.Context(), file); err != nil || !cmp.Equal(got.Configs, []string{file}) {
		t.Errorf("Discover(a file) = %v, %v, want the file", got, err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "real"), link); err != nil {
		t.Skip(err)
	}
	if got, err := Discover(t.Context(), link); err != nil || !cmp.Equal(got.Configs, []string{filepath.Join(link, "wrangler.toml")}) {
		t.Errorf("Discover(a link to a folder) = %v, %v, want the file below the link", got, err)
	}
	if got, err := Discover(t.Context(), filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Discover(an absent path) = %v, %v, want an error", got, err)
	}
}
