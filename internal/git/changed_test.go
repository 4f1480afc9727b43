package git

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestChanged(t *testing.T) {
	dir := repository(t, map[string]string{".gitignore": "ignored", "same": "1", "edited": "1", "staged": "1", "gone": "1", "a/committed": "1", "old name": "1"})
	run(t, dir, "add", ".")
	run(t, dir, "commit", "--quiet", "-m", "first")
	run(t, dir, "tag", "v1")
	write(t, dir, map[string]string{"a/committed": "2"})
	run(t, dir, "mv", "old name", "new name")
	run(t, dir, "commit", "--quiet", "-am", "second")
	write(t, dir, map[string]string{"edited": "22", "staged": "22", "a/b/untracked": "", "ignored": "", "Ünicode\n.toml": ""})
	run(t, dir, "add", "staged")
	if err := os.Remove(filepath.Join(dir, "gone")); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{".", "a"} { // the whole repository, wherever one stands in it
		got, err := Changed(t.Context(), filepath.Join(dir, from), "v1")
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i], _ = filepath.Rel(dir, got[i])
		}
		slices.Sort(got)
		want := []string{"a/b/untracked", "a/committed", "edited", "gone", "new name", "old name", "staged", "Ünicode\n.toml"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("changed since v1, asked in %q (-want +got):\n%s", from, diff)
		}
	}
}

// What lies in a submodule, or in a clone that nobody added, is looked at with the repository around it; in a linked work
// tree a submodule is not checked out.
func TestChangedInSubmodules(t *testing.T) {
	lib := repository(t, map[string]string{"kept": "1", "edited": "1"})
	run(t, lib, "add", ".")
	run(t, lib, "commit", "--quiet", "-m", "first")
	dir := repository(t, map[string]string{"own": "1"})
	run(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib, "lib [1]")
	run(t, dir, "add", ".")
	run(t, dir, "commit", "--quiet", "-m", "first")
	run(t, dir, "tag", "v1")
	sub := filepath.Join(dir, "lib [1]")
	write(t, sub, map[string]string{"edited": "22"})
	run(t, sub, "commit", "--quiet", "-am", "second")
	write(t, sub, map[string]string{"new": ""})
	run(t, dir, "commit", "--quiet", "-am", "take it")
	run(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", lib, "added")
	run(t, dir, "clone", "--quiet", lib, "clone")
	tree := filepath.Join(t.TempDir(), "tree")
	run(t, dir, "worktree", "add", "--quiet", tree, "HEAD")
	write(t, tree, map[string]string{"own": "22"})

	for _, test := range []struct {
		in   string
		want []string
	}{
		{dir, []string{".gitmodules", "added/edited", "added/kept", "clone/edited", "clone/kept", "lib [1]/edited", "lib [1]/new"}},
		{tree, []string{"own"}}, // where the submodule is not checked out
	} {
		got, err := Changed(t.Context(), test.in, "v1")
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i], _ = filepath.Rel(test.in, got[i])
		}
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("changed in %s since v1 (-want +got):\n%s", filepath.Base(test.in), diff)
		}
	}
}

// A hook of one repository asks about another: what git tells it of its own does not count there. Where nothing but these
// variables knows of a repository, they do.
func TestChangedInAHook(t *testing.T) {
	outer := repository(t, map[string]string{"a": "1"})
	run(t, outer, "add", ".")
	run(t, outer, "commit", "--quiet", "-m", "first")
	inner := repository(t, map[string]string{"sub/b": "1"})
	run(t, inner, "add", ".")
	run(t, inner, "commit", "--quiet", "-m", "first")
	write(t, outer, map[string]string{"a": "22"})
	write(t, inner, map[string]string{"sub/b": "22"})

	for _, hook := range []map[string]string{
		{"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index.lock", "GIT_PREFIX": "sub/"},
		{"GIT_DIR": filepath.Join(outer, ".git"), "GIT_WORK_TREE": outer, "GIT_INDEX_FILE": filepath.Join(outer, ".git", "index")},
		{"GIT_LITERAL_PATHSPECS": "1", "GIT_OBJECT_DIRECTORY": filepath.Join(outer, ".git", "objects")},
	} {
		t.Run("", func(t *testing.T) {
			for name, value := range hook {
				t.Setenv(name, value)
			}
			for _, from := range []string{"", "sub"} {
				got, err := Changed(t.Context(), filepath.Join(inner, from), "HEAD")
				if want := []string{filepath.Join(inner, "sub", "b")}; err != nil || !cmp.Equal(got, want) {
					t.Errorf("Changed in %q = %q, %v, want %q", from, got, err, want)
				}
			}
		})
	}
	if err := os.Rename(filepath.Join(outer, ".git"), filepath.Join(outer, "kept")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_DIR", filepath.Join(outer, "kept"))
	t.Setenv("GIT_WORK_TREE", outer)
	got, err := Changed(t.Context(), outer, "HEAD")
	if err != nil || !slices.Contains(got, filepath.Join(outer, "a")) {
		t.Errorf("Changed where only GIT_DIR knows = %q, %v, want a in it", got, err)
	}
}

func TestChangedRefuses(t *testing.T) {
	dir := repository(t, map[string]string{"x": ""})
	run(t, dir, "add", ".")
	run(t, dir, "commit", "--quiet", "-m", "first")
	outside := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(outside))
	for _, test := range []struct {
		name, dir, revision, path string
		want                      Kind
	}{
		{"unknown", dir, "no-such", os.Getenv("PATH"), UnknownRevision},
		{"an option", dir, "--all", os.Getenv("PATH"), UnknownRevision},
		{"a file", dir, "HEAD:x", os.Getenv("PATH"), UnknownRevision},
		{"outside", outside, "HEAD", os.Getenv("PATH"), NoRepository},
		{"without git", dir, "HEAD", "", NoGit},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", test.path)
			_, err := Changed(t.Context(), test.dir, test.revision)
			var refused *Error
			if !errors.As(err, &refused) || refused.Kind != test.want || refused.Hint() == "" {
				t.Errorf("Changed(%q) = %v, want an *Error of kind %d with a hint", test.revision, err, test.want)
			}
		})
	}
	bare := filepath.Join(t.TempDir(), "bare.git")
	run(t, dir, "clone", "--quiet", "--bare", dir, bare)
	empty := repository(t, map[string]string{"x": ""})
	for where, want := range map[string]struct {
		kind   Kind
		advice string
	}{
		bare:                       {NoRepository, "check without --since, or go to a clone"},
		filepath.Join(dir, ".git"): {NoRepository, "check without --since, or go to a clone"},
		empty:                      {UnknownRevision, "there is no commit yet: check without --since"},
	} {
		_, err := Changed(t.Context(), where, "HEAD")
		var refused *Error
		if !errors.As(err, &refused) || refused.Kind != want.kind || refused.Hint() != want.advice {
			t.Errorf("Changed in %s: %v, want kind %d and %q", where, err, want.kind, want.advice)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Changed(ctx, dir, "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("Changed, cancelled: %v", err)
	}
}

// A repository can name programs in its configuration and in .gitattributes. None of them is run.
func TestChangedRunsNothing(t *testing.T) {
	dir := repository(t, map[string]string{".gitattributes": "* filter=evil diff=evil\n", "x": "1"})
	run(t, dir, "add", ".")
	run(t, dir, "commit", "--quiet", "-m", "first")
	mark := filepath.Join(t.TempDir(), "ran")
	evil := "touch " + mark + "; cat"
	for _, key := range []string{"core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.pager", "core.sshCommand"} {
		run(t, dir, "config", key, evil)
	}
	run(t, dir, "config", "filter.evil.required", "true")
	write(t, dir, map[string]string{
		"x": "2", "y": "",
		".git/hooks/post-index-change": "#!/bin/sh\n" + evil + "\n", ".git/hooks/fsmonitor-watchman": "#!/bin/sh\n" + evil + "\n",
	})
	for _, hook := range []string{"post-index-change", "fsmonitor-watchman"} {
		if err := os.Chmod(filepath.Join(dir, ".git", "hooks", hook), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// A file of the same age as the index: its time does not tell, so that git would look into it, through the filter.
	same := time.Now().Add(-time.Hour)
	for _, name := range []string{"x", ".git/index"} {
		if err := os.Chtimes(filepath.Join(dir, name), same, same); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Changed(t.Context(), dir, "HEAD")
	if want := []string{filepath.Join(dir, "x"), filepath.Join(dir, "y")}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("Changed = %q, %v, want %q", got, err, want)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program that the repository names was run")
	}
}
