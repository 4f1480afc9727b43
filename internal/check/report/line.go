package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// A window is the part of a source line that is printed, ready for the terminal.
type window struct {
	number                int
	before, marked, after string
}

// A long line is cut around the mark; these are terminal cells.
const (
	widest = 120 // of a line that is shown whole, and of a mark
	around = 30  // what stays on both sides of the mark in a longer one
)

// far is how many bytes are looked at on each side of an edge of the mark: more than can be shown, and no whole
// file of one line for each finding in it.
const far = utf8.UTFMax * enough * widest

// window takes the line on which span starts. A span that goes on is marked to the line's end, without the blanks there.
func (p *printer) window(f *syntax.File, span syntax.Span) window {
	number := f.Position(span.Start).Line
	text, start := f.Line(number)
	end := start + len(strings.TrimRight(text, " \t"))
	from := min(max(span.Start, start), start+len(text))
	to := max(from, min(span.End, end))
	first, last := max(start, from-far), min(to+far, start+len(text))
	cut := min(to, from+far)
	secrets := p.secretsIn(f, syntax.Span{Start: first, End: min(cut+far, last)})
	after := secrets
	if cut < to { // what is left out between them is not looked at
		after = p.secretsIn(f, syntax.Span{Start: max(cut, to-far), End: last})
	}
	w := window{
		number: number,
		before: visible(masked(f, secrets, first, from)),
		marked: visible(masked(f, secrets, from, cut)),
		after:  visible(masked(f, after, to, last)),
	}
	if syntax.Width(w.before+w.marked+w.after) > widest {
		w.before = lastCells(w.before, around)
		w.marked = firstCells(w.marked, widest)
		w.after = firstCells(w.after, around)
	}
	return w
}

// visible makes a text safe to print: a tab is one blank, and what no terminal should
// interpret (control characters, marks of writing direction) becomes U+FFFD.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsPrint(r) || unicode.Is(unicode.Zs, r):
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

const ellipsis = "…"

// firstCells cuts text off after so many cells, and says so.
func firstCells(text string, cells int) string {
	if syntax.Width(text) <= cells {
		return text
	}
	runes := []rune(text)
	runes = runes[:min(len(runes), enough*cells)]
	for syntax.Width(string(runes)) > cells-1 {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + ellipsis
}

// lastCells keeps so many cells of the end.
func lastCells(text string, cells int) string {
	if syntax.Width(text) <= cells {
		return text
	}
	runes := []rune(text)
	runes = runes[max(0, len(runes)-enough*cells):]
	for syntax.Width(string(runes)) > cells-1 {
		runes = runes[1:]
	}
	return ellipsis + string(runes)
}

// enough is how many characters a cell is looked for in; more than that are marks that take no cell.
const enough = 4
