package check_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
)

// What an editor has not saved yet counts instead of what is on disk, for every file.
func TestLoadOpenFiles(t *testing.T) {
	tree(t, map[string]string{"wrangler.toml": `name = "disk"`, "bindery.toml": `critical = ["DISK"]`, "package.json": "disk"})
	open := map[string][]byte{}
	for name, text := range map[string]string{"wrangler.toml": `name = "open"`, "bindery.toml": `critical = ["OPEN"]`, "package.json": "open"} {
		path, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		open[path] = []byte(text)
	}
	p, err := check.Load(t.Context(), []string{"."}, check.LoadOptions{Open: open})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Configs[0].Top.WorkerName(); got != "open" {
		t.Errorf("wrangler.toml: name %q, want the open one", got)
	}
	if got := p.SettingsFor(p.Configs[0]).Critical; len(got) != 1 || got[0] != "OPEN" {
		t.Errorf("bindery.toml: critical %q, want the open one", got)
	}
	if got, err := p.ReadFile("package.json"); err != nil || string(got) != "open" {
		t.Errorf("package.json: %q, %v, want the open one", got, err)
	}
}

// A file is read once, so that every rule sees the same.
func TestReadFileOnce(t *testing.T) {
	tree(t, map[string]string{"wrangler.toml": "", "package.json": "1"})
	p, err := check.LoadProject([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := p.ReadFile("package.json"); err != nil || string(got) != "1" {
			t.Errorf("package.json: %q, %v, want 1", got, err)
		}
		if err := os.WriteFile("package.json", []byte("2"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesOverTheLimit(t *testing.T) {
	tree(t, map[string]string{"a/wrangler.toml": "name = \"a\"", "b/wrangler.toml": "name = \"b, longer\"", "b/package.json": "exactly 10"})
	p, err := check.Load(t.Context(), []string{"."}, check.LoadOptions{MaxBytes: 10})
	if err != nil || len(p.Configs) != 1 || len(p.Unread) != 1 {
		t.Fatalf("Load: %+v, %v, want one configuration read and one not", p, err)
	}
	var large *check.TooLargeError
	if !errors.As(p.Unread[0], &large) || p.Unread[0].Error() != filepath.FromSlash("b/wrangler.toml")+" has 18 bytes, and at most 10 bytes are read" {
		t.Errorf("unread: %v", p.Unread[0])
	}
	if _, err := p.ReadFile("b/package.json"); err != nil {
		t.Errorf("a file of just the limit: %v", err)
	}
	if _, err := p.ReadFile("b/wrangler.toml"); !errors.As(err, &large) {
		t.Errorf("ReadFile over the limit: %v", err)
	}
	if _, err := p.ReadFile("b"); err == nil {
		t.Error("ReadFile of a folder: no error")
	}
}
