package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// translated are the documents that are there in Chinese too, as NAME.zh.md beside NAME.md.
var translated = []string{"README", "docs/deploy", "docs/namespaces"}

var (
	fenced   = regexp.MustCompile("(?ms)^```.*?^```$")
	heading  = regexp.MustCompile(`(?m)^(#+) (.+)$`)
	tableRow = regexp.MustCompile(`(?m)^\|`)
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan = regexp.MustCompile("`[^`\n]+`")
	made     = regexp.MustCompile(`(?m)^<!-- of the original sha256:([0-9a-f]{64}) -->$`)
)

// A translation has the headings, tables, code and links of the original, and says of which text it is one: whoever
// changes the original translates the change. What commands print is copied with -update.
func TestTranslations(t *testing.T) {
	for _, name := range translated {
		t.Run(name, func(t *testing.T) {
			original, path := read(t, name+".md"), name+".zh.md"
			translation := read(t, path)
			if *update {
				translation = withCodeOf(t, original, translation)
				if err := os.WriteFile(filepath.Join(repository(t), path), []byte(translation), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for what, of := range map[string]func(string) []string{
				"headings": headingLevels, "blocks of code (-update copies them)": blocksOfCode, "rows of tables": rows, "links": linked, "code": spans,
			} {
				if diff := cmp.Diff(of(original), of(translation)); diff != "" {
					t.Errorf("%s has other %s than %s.md (-original +translation):\n%s", path, what, name, diff)
				}
			}
			digest := fmt.Sprintf("%x", sha256.Sum256([]byte(fenced.ReplaceAllString(original, ""))))
			if of := made.FindStringSubmatch(translation); of == nil || of[1] != digest {
				t.Errorf("%[1]s.md has changed since %[1]s.zh.md was made of it.\nTranslate what `git diff` or `git log -p %[1]s.md` shows; then let the last line of %[1]s.zh.md be\n"+
					"<!-- of the original sha256:%[2]s -->", name, digest)
			}
		})
	}
}

// What these documents link to is there, headings too.
func TestLinks(t *testing.T) {
	documents := slices.Clone(walkthroughs)
	for _, name := range translated {
		documents = append(documents, name+".md", name+".zh.md")
	}
	slices.Sort(documents)
	for _, document := range slices.Compact(documents) {
		for _, target := range link.FindAllStringSubmatch(fenced.ReplaceAllString(read(t, document), ""), -1) {
			file, anchor, _ := strings.Cut(target[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			path := filepath.Join(filepath.Dir(document), file)
			if file == "" {
				path = document
			}
			if _, err := os.Stat(filepath.Join(repository(t), path)); err != nil {
				t.Errorf("%s links to %s, which is not there", document, target[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, path)), anchor) {
				t.Errorf("%s links to %s; the headings there are %q", document, target[1], anchors(read(t, path)))
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withCodeOf puts the blocks of the original into the translation, if there are as many.
func withCodeOf(t *testing.T, original, translation string) string {
	t.Helper()
	blocks := blocksOfCode(original)
	if len(blocks) != len(blocksOfCode(translation)) {
		return translation // the test says so
	}
	return fenced.ReplaceAllStringFunc(translation, func(string) string {
		first := blocks[0]
		blocks = blocks[1:]
		return first
	})
}

func headingLevels(text string) (levels []string) {
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		levels = append(levels, h[1])
	}
	return levels
}

func blocksOfCode(text string) []string { return fenced.FindAllString(text, -1) }

func rows(text string) []string {
	return tableRow.FindAllString(fenced.ReplaceAllString(text, ""), -1)
}

// linked are the targets of links in no order. Into a document that is translated they lead to the translation, and to
// headings of other words.
func linked(text string) (targets []string) {
	for _, l := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		target := strings.Replace(l[1], ".zh.md", ".md", 1)
		file, _, _ := strings.Cut(target, "#")
		if file == "" || slices.ContainsFunc(translated, func(name string) bool { return strings.HasSuffix(name+".md", file) }) {
			target = file
		}
		targets = append(targets, target)
	}
	slices.Sort(targets)
	return targets
}

// spans are what stands between backticks, each once.
func spans(text string) []string {
	all := codeSpan.FindAllString(fenced.ReplaceAllString(text, ""), -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// anchors are those that GitHub gives to the headings of a document.
func anchors(text string) (all []string) {
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, h[2]))
	}
	return all
}
