package check

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "wrangler.toml")
	writeFile(t, path, "old", 0o640)
	link := filepath.Join(dir, "link.toml")
	if err := os.Symlink("wrangler.toml", link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}

	if err := (Change{Path: link, Before: []byte("old"), After: []byte("new")}).Write(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v, %v", info, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v, want 0640", info.Mode(), err)
	}
	holds(t, path, "new")
	if err := (Change{Path: path, Before: []byte("old"), After: []byte("new")}).Write(); err != nil {
		t.Errorf("a change that was made already, by another path: %v", err)
	}
	alone(t, dir, 2)
}

func TestWriteRefuses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		message string
	}{
		{"changed meanwhile", func(t *testing.T, path string) { writeFile(t, path, "theirs", 0o600) },
			"was changed by somebody else meanwhile"},
		{"read-only", func(t *testing.T, path string) { writeFile(t, path, "old", 0o444) }, "is read-only"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is no regular file"},
		{"gone", func(*testing.T, string) {}, "cannot be written"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "wrangler.toml")
			tt.prepare(t, path)
			before, _ := os.ReadFile(path)
			err := Change{Path: path, Before: []byte("old"), After: []byte("new")}.Write()
			var refused *WriteError
			if !errors.As(err, &refused) || len(refused.Reason) < len(tt.message) || refused.Reason[:len(tt.message)] != tt.message {
				t.Errorf("got %v, want %s", err, tt.message)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Errorf("the file held %q and holds %q", before, after)
			}
			if entries, _ := os.ReadDir(dir); len(entries) > 1 {
				t.Errorf("something is left in the folder: %v", entries)
			}
		})
	}
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v, want %q", path, got, err, want)
	}
}

// alone checks that a folder has n files: no temporary one was left.
func alone(t *testing.T, dir string, n int) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != n {
		t.Errorf("the folder holds %v, %v, want %d files", entries, err, n)
	}
}
