package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What an editor shows is judged once, saved or not.
func TestJudgeForEditor(t *testing.T) {
	const text = "name = \"api\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-04-01\"\n\n[[kv_namespaces]]\nbinding = \"CACHE\"\nid = \"your-kv-id\"\n"
	for _, test := range []struct {
		name    string
		saved   []string
		unsaved []string
		folders []string
		want    []string // the files with findings
	}{
		{"saved", []string{"a/wrangler.toml"}, nil, []string{"."}, []string{"a/wrangler.toml"}},
		{"unsaved beside others", []string{"a/wrangler.toml"}, []string{"new/wrangler.toml"}, []string{"."}, []string{"a/wrangler.toml", "new/wrangler.toml"}},
		{"unsaved, and the only one", nil, []string{"wrangler.toml"}, []string{"."}, []string{"wrangler.toml"}},
		{"unsaved, and no configuration", nil, []string{"Cargo.toml"}, []string{"."}, nil},
		{"in no folder of the editor's", nil, []string{"wrangler.toml"}, nil, []string{"wrangler.toml"}},
		{"a folder within another", []string{"a/wrangler.toml"}, nil, []string{".", "a"}, []string{"a/wrangler.toml"}},
		{"a folder whose name begins like another's", []string{"a/wrangler.toml", "ab/wrangler.toml"}, nil, []string{"a", "ab"}, []string{"a/wrangler.toml", "ab/wrangler.toml"}},
		{"a folder that is gone", nil, nil, []string{"gone"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range test.saved {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			open := map[string][]byte{}
			for _, name := range test.unsaved {
				open[filepath.Join(dir, name)] = []byte(text)
			}
			var folders, got []string
			for _, name := range test.folders {
				folders = append(folders, filepath.Join(dir, name))
			}
			found, err := judgeForEditor(t.Context(), folders, open)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range found {
				if d.Rule != "id-invalid" {
					continue
				}
				name, err := filepath.Rel(dir, d.File.Path)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, filepath.ToSlash(name))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
