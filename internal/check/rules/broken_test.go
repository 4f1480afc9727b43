package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/rules"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// oneIn says of how many trials one is made, in the tests that make thousands: all, but for the race detector.
var oneIn = 1

// Rules that look at broken files find nothing there that the whole file does not have: wherever it is cut off,
// whichever line is broken.
func TestBrokenFilesRaiseNothingNew(t *testing.T) {
	t.Parallel()
	files := 0
	for _, rule := range unparsed() {
		for _, path := range casesOf(t, rule.ID) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range archive.Files {
				if name := filepath.Base(f.Name); strings.HasPrefix(name, "wrangler.") {
					if files++; files%oneIn != 0 {
						continue
					}
					breakAt(t, path, name, f.Data, 1)
				}
			}
		}
	}
}

// The same for real configurations, at fewer places.
func TestBrokenCorpusRaisesNothingNew(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(root(t), "..", "shared", "corpus", "[0-9]*", "wrangler.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("no corpus of real configurations in ../shared/corpus")
	}
	for i, path := range paths {
		if i%oneIn != 0 {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		breakAt(t, path, filepath.Base(path), src, 13)
	}
}

// breakAt cuts src off at every seventh byte and breaks every line in several ways; or only each step-th line, and fewer bytes.
func breakAt(t *testing.T, origin, name string, src []byte, step int) {
	t.Helper()
	all, broken := written(name, src)
	if broken {
		return // as it stands
	}
	whole := map[foundPlace]check.Severity{} // of several in one line the worst
	for _, d := range all {
		whole[placeOf(d, d.Span)] = max(whole[placeOf(d, d.Span)], d.Severity)
		for _, n := range d.Notes { // a group is reported at its second place, which may be the one that is broken
			whole[placeOf(d, n.Span)] = max(whole[placeOf(d, n.Span)], d.Severity)
		}
	}
	compare := func(how string, src []byte) {
		found, broken := written(name, src)
		if !broken {
			return // another file, and a valid one
		}
		for _, d := range found {
			place := placeOf(d, d.Span)
			if have := whole[place]; d.Severity > have {
				t.Errorf("%s, %s, %s: %s in line %d is %s, and in the whole file %s", origin, name, how, d.Rule, place.line, d.Severity, have)
			}
		}
	}
	for cut := 0; cut < len(src); cut += 7 * step * step {
		compare(fmt.Sprintf("cut off at byte %d", cut), src[:cut])
	}
	lines := strings.SplitAfter(string(src), "\n")
	for i := step - 1; i < len(lines); i += step {
		line := lines[i]
		text := strings.TrimRight(line, "\r\n")
		for _, other := range breaks(text) {
			lines[i] = other + line[len(text):]
			compare(fmt.Sprintf("line %d as %q", i+1, other), []byte(strings.Join(lines, "")))
		}
		lines[i] = line
	}
}

// breaks is a line with one of its characters gone, or with more than belongs there.
func breaks(line string) []string {
	broken := []string{line + " = =", line + `"`}
	for _, c := range []string{`"`, "=", ":", "[", "]", "{", "}", ","} {
		if i := strings.Index(line, c); i >= 0 {
			broken = append(broken, line[:i]+line[i+1:])
		}
		if i := strings.LastIndex(line, c); i > strings.Index(line, c) {
			broken = append(broken, line[:i]+line[i+1:])
		}
	}
	return broken
}

// A foundPlace is what breaking a line leaves as it is.
type foundPlace struct {
	rule string
	line int
}

func placeOf(d check.Diagnostic, at syntax.Span) foundPlace {
	return foundPlace{d.Rule, d.File.Position(at.Start).Line}
}

// written runs the rules that look at broken files, and says whether this is one.
func written(name string, src []byte) (found []check.Diagnostic, broken bool) {
	config := wrangler.Parse(name, src)
	p := &check.Project{Configs: []*wrangler.Config{config}}
	return check.Run(p, check.Options{Rules: unparsed()}), len(config.File.Errors) > 0
}

// unparsed are the rules that look at broken files, but for the one that says where they are broken.
func unparsed() []*check.Rule {
	return slices.DeleteFunc(rules.All(), func(r *check.Rule) bool { return !r.Unparsed || r.ID == check.Syntax })
}
