package syntax

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Position turns a byte offset into line and column. Offsets outside the file count as its nearest end.
func (f *File) Position(offset int) Position {
	offset = max(f.textStart(), min(offset, len(f.Source)))
	line := sort.SearchInts(f.lines, offset+1)
	start := f.lineStart(line)
	return Position{Line: line, Column: 1 + f.characters(start, offset)}
}

// block is how many bytes are counted together; a file of fewer has no blocks.
const block = 512

// characters counts those of Source[start:end]. In a long line it adds up blocks, as a file may be one line with a
// mistake in each value; of text that is no UTF-8 the count is then a little low.
func (f *File) characters(start, end int) int {
	if end-start < 2*block {
		return utf8.RuneCount(f.Source[start:end])
	}
	first, last := start/block+1, end/block
	return begun(f.Source[start:first*block]) + f.blocks[last] - f.blocks[first] + begun(f.Source[last*block:end])
}

// begun counts the characters that begin in text.
func begun(text []byte) (n int) {
	for _, c := range text {
		if utf8.RuneStart(c) {
			n++
		}
	}
	return n
}

// countBlocks has for each block the number of characters that begin before it.
func countBlocks(src []byte) []int {
	counts := []int{0}
	for ; len(src) >= block; src = src[block:] {
		counts = append(counts, counts[len(counts)-1]+begun(src[:block]))
	}
	return counts
}

// Line returns line n (from 1) without its line end, and the offset at which it starts;
// "" and the nearest end of the file for a line that does not exist.
func (f *File) Line(n int) (text string, start int) {
	switch {
	case n < 1:
		return "", f.textStart()
	case n > len(f.lines):
		return "", len(f.Source)
	}
	start, end := f.lineStart(n), len(f.Source)
	if n < len(f.lines) {
		end = f.lines[n] - len("\n")
	}
	return strings.TrimSuffix(f.text[start:end], "\r"), start
}

// Slice returns the source bytes of s, cut off at the ends of the file.
func (f *File) Slice(s Span) string {
	end := max(0, min(s.End, len(f.Source)))
	start := max(0, min(s.Start, end))
	return f.text[start:end]
}

// Width returns the number of terminal cells that text takes (tabs count as 1; the printer replaces them by a blank).
func Width(text string) int {
	return displaywidth.String(strings.ReplaceAll(text, "\t", " "))
}

// lineStart is where the text of a line begins: the byte order mark is no part of the first one.
func (f *File) lineStart(line int) int { return max(f.lines[line-1], f.textStart()) }

// lineStarts lists the offset of each line's first byte. Lines end at \n only: in TOML a lone \r is no line end.
func lineStarts(src []byte) []int {
	starts := make([]int, 1, 1+bytes.Count(src, []byte("\n")))
	for at, c := range src {
		if c == '\n' {
			starts = append(starts, at+1)
		}
	}
	return starts
}
