package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
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
			found, err := (&editorJudge{}).judge(t.Context(), folders, open, nil)
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

// A change has the projects judged that it may concern, and no other: what was written there without a word is not seen.
func TestJudgeForEditorWhatChanged(t *testing.T) {
	const text = "name = \"api\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-04-01\"\n"
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one, other := write("one/wrangler.toml", text), write("other/wrangler.toml", text)
	near, code := write("repository/near/wrangler.toml", text), write("repository/lib/index.ts", "")
	write("repository/.git/HEAD", "")
	folders := []string{filepath.Join(dir, "one"), filepath.Join(dir, "other"), filepath.Join(dir, "repository", "near")}
	e := &editorJudge{}
	judge := func(ctx context.Context, changed ...string) []string {
		t.Helper()
		found, err := e.judge(ctx, folders, nil, changed)
		if err != nil {
			return []string{err.Error()}
		}
		names := []string{}
		for _, d := range found {
			names = append(names, filepath.Base(filepath.Dir(d.File.Path)))
		}
		return names
	}
	if got := judge(t.Context()); len(got) > 0 {
		t.Fatalf("found in %q before there was a mistake", got)
	}
	for _, path := range []string{one, other, near} {
		write(strings.TrimPrefix(path, dir), text+"nonsense = 1\n")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, step := range []struct {
		ctx     context.Context
		changed []string
		want    []string
	}{
		{t.Context(), nil, []string{}},
		{t.Context(), []string{other}, []string{"other"}},
		{cancelled, []string{one}, []string{context.Canceled.Error()}},
		{t.Context(), []string{one}, []string{"one", "other"}},
		{t.Context(), []string{code}, []string{"one", "other", "near"}},
		{t.Context(), nil, []string{"one", "other", "near"}},
	} {
		if diff := cmp.Diff(step.want, judge(step.ctx, step.changed...)); diff != "" {
			t.Errorf("after a change of %q (-want +got):\n%s", step.changed, diff)
		}
	}
}
