package wrangler

import (
	"os"
	"path/filepath"
	"testing"
)

// Each was tried with wrangler 4.164: `wrangler deploy` refuses where found is wanted, and goes on elsewhere.
func TestBuildOutput(t *testing.T) {
	folder := func(name string) func(t *testing.T, output string) {
		return func(t *testing.T, output string) { must(t, os.MkdirAll(filepath.Join(output, name), 0o777)) }
	}
	for _, test := range []struct {
		name  string
		make  func(t *testing.T, output string)
		found bool
	}{
		{"nothing", func(*testing.T, string) {}, false},
		{"empty", folder(""), false},
		{"v0", folder("v0"), true},
		{"v1, whatever is in it", folder("v1/workers"), true},
		{"no version", folder("v01"), false},
		{"a file", func(t *testing.T, output string) {
			folder("")(t, output)
			must(t, os.WriteFile(filepath.Join(output, "v1"), nil, 0o666))
		}, false},
		{"a link that leads nowhere", func(t *testing.T, output string) {
			folder("")(t, output)
			if err := os.Symlink("nowhere", filepath.Join(output, "v12")); err != nil {
				t.Skip(err)
			}
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, want := t.TempDir(), ""
			output := filepath.Join(dir, ".cloudflare", "output")
			test.make(t, output)
			if test.found {
				want = output
			}
			if got := BuildOutput(dir); got != want {
				t.Errorf("BuildOutput(%q) = %q, want %q", dir, got, want)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
