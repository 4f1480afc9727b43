package wrangler

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShadow(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		path  string
		top   string
		want  string
	}{
		{"alone", []string{"a/wrangler.toml"}, "a/wrangler.toml", ".", ""},
		{"beside", []string{"a/wrangler.toml", "a/wrangler.jsonc"}, "a/wrangler.toml", ".", "a/wrangler.jsonc"},
		{"JSON first", []string{"a/wrangler.jsonc", "a/wrangler.json"}, "a/wrangler.jsonc", ".", "a/wrangler.json"},
		{"above", []string{"a/b/wrangler.toml", "wrangler.jsonc"}, "a/b/wrangler.toml", ".", "wrangler.jsonc"},
		{"above before beside", []string{"a/wrangler.toml", "a/wrangler.jsonc", "wrangler.json"}, "a/wrangler.toml", ".", "wrangler.json"},
		{"above the top", []string{"a/b/wrangler.toml", "wrangler.jsonc"}, "a/b/wrangler.toml", "a", ""},
		{"the same name above", []string{"a/wrangler.toml", "wrangler.toml"}, "a/wrangler.toml", ".", ""},
		{"a name of its own", []string{"a/wrangler.cron.toml", "wrangler.json"}, "a/wrangler.cron.toml", ".", ""},
		{"a folder of that name", []string{"a/wrangler.toml", "a/wrangler.json/x"}, "a/wrangler.toml", ".", ""},
	} {
		dir := folder(t, test.files...)
		got := Shadow(filepath.Join(dir, test.path), filepath.Join(dir, test.top))
		if got != "" {
			got, _ = filepath.Rel(dir, got)
		}
		if filepath.ToSlash(got) != test.want {
			t.Errorf("%s: Shadow of %s among %v = %q, want %q", test.name, test.path, test.files, got, test.want)
		}
	}
}

func TestDiscoverRedirects(t *testing.T) {
	dir := folder(t, "a/.wrangler/deploy/config.json", "b/wrangler.toml", "b/.wrangler/deploy/config.json", "dist/.wrangler/deploy/config.json", "c/.wrangler/x")
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, test := range []struct {
		path string
		want []string
	}{
		{".", []string{at("a/.wrangler/deploy/config.json"), at("b/.wrangler/deploy/config.json")}},
		{"b/wrangler.toml", []string{at("b/.wrangler/deploy/config.json")}},
	} {
		found, err := Discover(t.Context(), at(test.path))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, found.Redirects); diff != "" {
			t.Errorf("redirects at %s (-want +got):\n%s", test.path, diff)
		}
	}
}

// What cannot be looked at does not hide the rest.
func TestDiscoverUnseen(t *testing.T) {
	dir := folder(t, "a/wrangler.toml", "b/x", "closed/wrangler.toml", "wrangler.toml/x")
	if err := os.Symlink("nowhere", filepath.Join(dir, "b", "wrangler.toml")); err != nil {
		t.Skip(err)
	}
	want := 1
	if os.Geteuid() != 0 { // root may read everything
		want = 2
		if err := os.Chmod(filepath.Join(dir, "closed"), 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(filepath.Join(dir, "closed"), 0o700) // so that it can be removed
	} else if err := os.RemoveAll(filepath.Join(dir, "closed")); err != nil {
		t.Fatal(err)
	}
	found, err := Discover(t.Context(), dir)
	if err != nil || !cmp.Equal(found.Configs, []string{filepath.Join(dir, "a", "wrangler.toml")}) || len(found.Unseen) != want {
		t.Errorf("Discover: %+v, %v, want a/wrangler.toml, and %d unseen", found, err, want)
	}
}

func TestDiscoverEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Discover(ctx, folder(t, "wrangler.toml")); !errors.Is(err, context.Canceled) {
		t.Errorf("Discover, cancelled: %v", err)
	}
}
