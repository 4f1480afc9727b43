package syntax

import (
	"bytes"
	"strings"
)

// What an edit needs to know about lines. A line ends at \n only, see lineStarts; its \r, if any, belongs to the end.

// lineBegin is where the line of offset at begins.
func (f *File) lineBegin(at int) int {
	return max(f.textStart(), bytes.LastIndexByte(f.Source[:at], '\n')+1)
}

// lineStop is where the text of the line of offset at stops, before its line end.
func (f *File) lineStop(at int) int {
	end := len(f.Source)
	if i := bytes.IndexByte(f.Source[at:], '\n'); i >= 0 {
		end = at + i
		if end > f.lineBegin(at) && f.Source[end-1] == '\r' {
			end--
		}
	}
	return end
}

// lineNext is where the line behind that of offset at begins: the end of the file if there is none.
func (f *File) lineNext(at int) int {
	if i := bytes.IndexByte(f.Source[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(f.Source)
}

// newline is the line end that the file uses around offset at: that of its line, else that of the line before.
func (f *File) newline(at int) string {
	for _, stop := range []int{f.lineStop(at), f.lineBegin(at) - len("\r\n")} {
		if stop >= 0 && bytes.HasPrefix(f.Source[stop:], []byte("\r\n")) {
			return "\r\n"
		}
		if stop >= 0 && bytes.HasPrefix(f.Source[stop:], []byte("\n")) {
			return "\n"
		}
	}
	return "\n"
}

// indent is the blanks in front of offset at, and whether nothing else stands before it on its line.
func (f *File) indent(at int) (blanks string, alone bool) {
	before := f.text[f.lineBegin(at):at]
	return before, strings.Trim(before, " \t") == ""
}

// line is the text of the line of offset at, without blanks around it.
func (f *File) line(at int) string {
	return strings.TrimSpace(f.text[f.lineBegin(at):f.lineStop(at)])
}

// isComment says whether a line, without blanks around it, is a comment and nothing else.
func (f *File) isComment(line string) bool {
	if f.Format == TOML {
		return strings.HasPrefix(line, "#")
	}
	return strings.HasPrefix(line, "//")
}

// withComments is where the comment lines directly above offset at begin, or its own line if there are none.
func (f *File) withComments(at int) int {
	begin := f.lineBegin(at)
	for begin > f.textStart() && f.isComment(f.line(begin-1)) {
		begin = f.lineBegin(begin - 1)
	}
	return begin
}

// cut is the span of whole lines from the one that begins at begin to that of offset last, line ends included, as
// they are taken out: no two blank lines are left where there was one, and a file that ended without a line end
// still does.
func (f *File) cut(begin, last int) Span {
	end := f.lineNext(last)
	blankAbove := begin > f.textStart() && f.line(begin-1) == ""
	if blankAbove && (end == len(f.Source) || f.line(end) == "") {
		begin = f.lineBegin(begin - 1)
	}
	if end == len(f.Source) && end > begin && f.Source[end-1] != '\n' && begin > f.textStart() {
		begin = f.lineStop(begin - 1)
	}
	return Span{begin, end}
}

// blanksAndComments returns where the blanks, line ends and comments from at on end.
func (f *File) blanksAndComments(at int) int {
	for at < len(f.Source) {
		rest := f.Source[at:]
		switch {
		case bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0:
			at++
		case f.Format == TOML && rest[0] == '#', f.Format == JSONC && bytes.HasPrefix(rest, []byte("//")):
			at = f.lineNext(at)
		case f.Format == JSONC && bytes.HasPrefix(rest, []byte("/*")):
			end := bytes.Index(rest[2:], []byte("*/"))
			if end < 0 {
				return len(f.Source)
			}
			at += end + len("/**/")
		default:
			return at
		}
	}
	return at
}

// comma is where the comma behind an element that ends at end stands; -1 if there is none.
func (f *File) comma(end int) int {
	if at := f.blanksAndComments(end); at < len(f.Source) && f.Source[at] == ',' {
		return at
	}
	return -1
}
