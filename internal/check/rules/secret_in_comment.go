package rules

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// comments looks at what stands behind # or //, once all strings are known.
func (s *secretSearch) comments(f *syntax.File) {
	marker := "#"
	if f.Format == syntax.JSONC {
		marker = "//"
	}
	slices.SortFunc(s.strings, func(a, b syntax.Span) int { return a.Start - b.Start })
	for start, line := range linesOf(string(f.Source)) {
		for at := 0; ; at += len(marker) {
			next := strings.Index(line[at:], marker)
			if next < 0 {
				break
			}
			if at += next; s.inString(start + at) {
				continue
			}
			text := strings.TrimRight(line[at:], " \t\r\n")
			if what, ok := secret.Of("", text); ok && what.Sure {
				s.found = append(s.found, &placedSecret{
					env: s.env, span: syntax.Span{Start: start + at, End: start + at + len(text)},
					subject: "a comment", what: what, value: text, cure: "keep it out of every file that is committed",
				})
			}
			break
		}
	}
}

func (s *secretSearch) inString(offset int) bool {
	i, exact := slices.BinarySearchFunc(s.strings, offset, func(span syntax.Span, offset int) int { return span.Start - offset })
	return exact || i > 0 && offset < s.strings[i-1].End
}

// linesOf yields the lines of a text with the offsets at which they start.
func linesOf(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		start := 0
		for line := range strings.Lines(text) {
			if !yield(start, line) {
				return
			}
			start += len(line)
		}
	}
}
