package git

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// repository makes a git repository with these files and returns its folder.
func repository(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, files)
	run(t, dir, "init", "--quiet")
	return dir
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs git, without what the person at this machine has set up.
func run(t testing.TB, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here to ask:", err)
	}
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil && errs.Len() > 0 {
		t.Fatalf("git %q: %v\n%s", args, err, errs.String())
	}
	return string(out)
}

// files lists what is in a folder but .git, with a slash behind folders.
func files(t testing.TB, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case entry.Name() == ".git" && entry.IsDir():
			return filepath.SkipDir
		case name == ".":
		case entry.IsDir():
			all = append(all, filepath.ToSlash(name)+"/")
		default:
			all = append(all, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ignored lists those of all that are ignored here, by themselves or with a folder that they are in.
func ignored(dir string, all []string) []string {
	out := []string{}
	for _, name := range all {
		at := IgnoredIn(dir)
		parts := strings.Split(strings.TrimSuffix(name, "/"), "/")
		for i := range parts {
			path := filepath.Join(dir, filepath.Join(parts[:i+1]...))
			isDir := i < len(parts)-1 || strings.HasSuffix(name, "/")
			if at.Has(path, isDir) {
				out = append(out, name)
				break
			}
			at = at.In(path)
		}
	}
	return out
}

// ignoredByGit asks git the same.
func ignoredByGit(t testing.TB, dir string, all []string) []string {
	t.Helper()
	var stdin strings.Builder
	cmd := exec.Command("git", "-C", dir, "-c", "core.excludesFile=", "check-ignore", "--stdin", "-z", "--no-index")
	for _, name := range all { // a slash at the end would be read as a name of its own; the disk tells a folder
		stdin.WriteString(strings.TrimSuffix(name, "/") + "\x00")
	}
	cmd.Stdin = strings.NewReader(stdin.String())
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 1) { // 1: none is ignored
		t.Fatalf("git check-ignore: %v", err)
	}
	said := strings.Split(string(out), "\x00")
	names := []string{}
	for _, name := range all {
		if slices.Contains(said, strings.TrimSuffix(name, "/")) {
			names = append(names, name)
		}
	}
	return names
}

func TestIgnoredAsByGit(t *testing.T) {
	layout := map[string]string{
		"wrangler.toml": "", "build/wrangler.toml": "", "apps/a/build/wrangler.toml": "", "apps/a/wrangler.toml": "",
		"apps/b/wrangler.toml": "", "apps/b/c/d/wrangler.json": "", "a b ": "", "#x": "", "!x": "", "[x]": "", "a-b": "", `a\b`: "", "x.toml": "",
	}
	dir := repository(t, layout)
	for _, file := range []string{
		"build", "build/", "/build", "/build/", "apps/*/build", "**/build", "apps/**", "apps/**/wrangler.toml", "**", "*", "*/",
		"*.toml\n!wrangler.toml", "*\n!*/\n!*.json", "apps/\n!apps/a/", "apps/*\n!apps/a", "a b ", `a b\ `, `\#x`, `\!x`, "# x", "#x", "!x",
		`[x]`, `\[x\]`, `[[]x]`, "[!a]*", "[^w]*", "[a-w]*", "[]x]*", "[a-", "[[:alpha:]]*.toml", "a[-]b", "a?b", `a\\b`, `a\`, "?.toml", "x.*",
		"apps/a**", "**a", "a**/b", "/**/d", "//build", "build//", "/", "", "  ", "wrangler.toml\r\nbuild\r", "\uFEFFbuild", "apps/b/c/**/wrangler.json", "b/c", "/b", "c",
		"[[:bogus:]]", "[a-c-e]*", "[w-a]*", `[\w]*`, "[a/b]*", "apps[/]a",
	} {
		t.Run(file, func(t *testing.T) {
			write(t, dir, map[string]string{".gitignore": file})
			all := files(t, dir)
			if diff := cmp.Diff(ignoredByGit(t, dir, all), ignored(dir, all)); diff != "" {
				t.Errorf(".gitignore of %q (-git +we):\n%s", file, diff)
			}
		})
	}
}

// Several ignore files in one repository, patterns put together by chance.
func TestIgnoredAsByGitInNestedFolders(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	parts := []string{"a", "b", "*", "?", "**", "a*", "[ab]", "/", "/", "!", "wrangler.toml", "\n", "\n"}
	text := func() string {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		return b.String()
	}
	dir := repository(t, map[string]string{"a/b/a/wrangler.toml": "", "a/a/b": "", "b/ab/wrangler.toml": "", "b/b/a": "", "wrangler.toml": ""})
	for i := range 100 {
		ignores := map[string]string{".gitignore": text(), "a/.gitignore": text(), "a/b/.gitignore": text(), ".git/info/exclude": text()}
		write(t, dir, ignores)
		all := files(t, dir)
		if diff := cmp.Diff(ignoredByGit(t, dir, all), ignored(dir, all)); diff != "" {
			t.Errorf("%d: %q (-git +we):\n%s", i, ignores, diff)
		}
	}
}

// A repository inside another one, and a linked work tree, have rules of their own.
func TestIgnoredInOtherRepositories(t *testing.T) {
	dir := repository(t, map[string]string{".gitignore": "*.toml", "inner/x.toml": "", "inner/.git/info/exclude": "y.toml", "inner/y.toml": ""})
	if got, want := ignored(dir, []string{"x.toml", "inner/x.toml", "inner/y.toml"}), []string{"x.toml", "inner/y.toml"}; !cmp.Equal(got, want) {
		t.Errorf("ignored: %q, want %q", got, want)
	}
	write(t, dir, map[string]string{".git/info/exclude": "z.toml"})
	run(t, dir, "commit", "--quiet", "--allow-empty", "-m", "x")
	run(t, dir, "worktree", "add", "--quiet", "linked")
	if got, want := ignored(filepath.Join(dir, "linked"), []string{"x.toml", "z.toml"}), []string{"z.toml"}; !cmp.Equal(got, want) {
		t.Errorf("ignored in a linked work tree: %q, want %q", got, want)
	}
}

// Whoever names an ignored folder wants to see it; its own rules hold.
func TestIgnoredInAnIgnoredFolder(t *testing.T) {
	dir := repository(t, map[string]string{".gitignore": "out\nx", "out/deep/.gitignore": "y"})
	for _, test := range []struct {
		dir  string
		want []string
	}{
		{".", []string{"x", "out/deep/z"}},
		{"out/deep", []string{"y"}},
	} {
		at := filepath.Join(dir, test.dir)
		if got := ignored(at, []string{"x", "y", "out/deep/z"}); !cmp.Equal(got, test.want) {
			t.Errorf("in %s: %q, want %q", test.dir, got, test.want)
		}
	}
}

func TestRoot(t *testing.T) {
	dir := t.TempDir()
	if got := Root(dir); got != "" {
		t.Skipf("the folder for temporary files is in the repository %s", got)
	}
	write(t, dir, map[string]string{"repository/.git": "gitdir: x", "repository/a/b/c": ""})
	if got, want := Root(filepath.Join(dir, "repository", "a", "b")), filepath.Join(dir, "repository"); got != want {
		t.Errorf("Root = %q, want %q", got, want)
	}
}

// No ignore file makes the reader panic, or a pattern that cannot be used.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"build/\n!build/keep\n", "[[:alpha:]-]*\n", "**/a/**\n", `a\ ` + "\n\\", "[!]a-]", "[[:", "\x80[\x80-\xff]"} {
		f.Add(seed, "apps/a/wrangler.toml")
	}
	f.Fuzz(func(t *testing.T, src, name string) {
		for _, p := range parse([]byte(src)) {
			_ = fmt.Sprint(p.matches(name, false), p.matches(name, true))
		}
	})
}

// What no person wrote for git is not read: a gigabyte of nothing would take the memory of the machine.
func TestIgnoreFileTooLarge(t *testing.T) {
	dir := repository(t, map[string]string{".gitignore": "a\n"})
	if err := os.Truncate(filepath.Join(dir, ".gitignore"), 1<<30); err != nil {
		t.Fatal(err)
	}
	if IgnoredIn(dir).Has(filepath.Join(dir, "a"), false) {
		t.Error("a .gitignore of 1 GiB was read")
	}
}
