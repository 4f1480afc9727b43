package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The documentation shows what bindery prints. Each ```console block that begins
// with "$ bindery …" (or "$ go run ./cmd/bindery …") is run from the root of the
// repository and compared; a line of "…" alone stands for any lines. Walk-throughs are in walkthrough_test.go.
func TestTranscripts(t *testing.T) {
	t.Chdir("../..")
	documents, err := filepath.Glob("examples/*/README.md")
	if err != nil || len(documents) == 0 {
		t.Fatalf("no READMEs of examples: %v", err)
	}
	for _, path := range append(documents, "README.md", "docs/cli.md") {
		t.Run(path, func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checked := consoleBlock.ReplaceAllStringFunc(string(src), func(block string) string {
				return checkBlock(t, block)
			})
			if *update && checked != string(src) {
				if err := os.WriteFile(path, []byte(checked), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

var (
	consoleBlock = regexp.MustCompile("(?s)```console\n\\$ (go run ./cmd/)?bindery [^\n]*\n.*?```")
	quoted       = regexp.MustCompile(`'[^']*'|\S+`)
)

// checkBlock runs the block's command and returns the block with what it prints now.
func checkBlock(t *testing.T, block string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(block, "```"), "\n")
	command, want := lines[1], strings.Join(lines[2:], "\n")
	_, words, _ := strings.Cut(command, "bindery ")
	args := quoted.FindAllString(words, -1)
	for i := range args {
		args[i] = strings.Trim(args[i], "'")
	}
	var out bytes.Buffer
	Main(args, strings.NewReader(""), &out, &out, func(string) string { return "" })
	got := out.String()
	_, matched := matches(strings.Split(masked(want), "\n"), strings.Split(masked(got), "\n"), idsOfExamples(t))
	switch {
	case matched:
		return block
	case !*update:
		t.Errorf("%s (-documented +printed):\n%s", command, cmp.Diff(masked(want), masked(got)))
	}
	return "```console\n" + command + "\n" + got + "```"
}

// matches compares lines; "…" in want stands for any number of them. It returns what is known of the ids then.
func matches(want, got []string, ids identities) (identities, bool) {
	for i, line := range want {
		switch {
		case line == "…":
			rest := want[i+1:]
			for j := i; j <= len(got); j++ {
				if more, ok := matches(rest, got[j:], ids); ok {
					return more, true
				}
			}
			return ids, false
		case i >= len(got):
			return ids, false
		}
		more, ok := ids.line(line, got[i])
		if !ok {
			return ids, false
		}
		ids = more
	}
	return ids, len(want) == len(got)
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		want, got string
		match     bool
	}{
		{"a b", "a b", true},
		{"a b", "a c", false},
		{"a", "a b", false},
		{"a b", "a", false},
		{"… b", "a a b", true},
		{"a … d", "a d", true},
		{"a … d", "a b c d", true},
		{"a … c …", "a b d", false},
		{"…", "", true},
	} {
		want, got := strings.Split(c.want, " "), strings.Split(c.got, " ")
		if _, match := matches(want, got, nil); match != c.match {
			t.Errorf("matches(%q, %q) = %v, want %v", want, got, match, c.match)
		}
	}
}

// Every command and every flag of its own is in docs/cli.md, under a heading of the command.
func TestReferenceIsComplete(t *testing.T) {
	src, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(src), "\n## ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		sections[strings.Trim(heading, "`")] = body
	}
	for _, line := range commandFlags(newTestRoot()) {
		command, flag, _ := strings.Cut(line, "\t")
		body, ok := sections[command]
		if !ok {
			t.Errorf("docs/cli.md has no heading %q", "## `"+command+"`")
		} else if flag != "" && !strings.Contains(body, "`"+flag) {
			t.Errorf("docs/cli.md: section %s lacks %s", command, flag)
		}
	}
	code := regexp.MustCompile(`(?m)^\| ([0-4]) \|`)
	var codes []string
	for _, m := range code.FindAllStringSubmatch(string(src), -1) {
		codes = append(codes, m[1])
	}
	if want := []string{"0", "1", "2", "3", "4"}; !slices.Equal(codes, want) {
		t.Errorf("docs/cli.md documents the exit codes %q, want %q", codes, want)
	}
}
