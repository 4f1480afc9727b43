package syntax

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// UTF16 counts a file's places as the Language Server Protocol does: lines and columns from 0, columns in UTF-16 code
// units, and a lone \r ends a line as \n and \r\n do.
type UTF16 struct {
	file  *File
	lines []int
}

// UTF16 prepares the counting; it costs one pass over the file.
func (f *File) UTF16() *UTF16 {
	u := &UTF16{file: f, lines: []int{f.textStart()}}
	for at := f.textStart(); at < len(f.Source); at++ {
		switch f.Source[at] {
		case '\r':
			if at+1 < len(f.Source) && f.Source[at+1] == '\n' {
				continue // the line ends behind both
			}
			u.lines = append(u.lines, at+1)
		case '\n':
			u.lines = append(u.lines, at+1)
		}
	}
	return u
}

// Place turns a byte offset into line and column. Offsets outside the file count as its nearest end.
func (u *UTF16) Place(offset int) (line, column int) {
	offset = max(u.lines[0], min(offset, len(u.file.Source)))
	line = sort.SearchInts(u.lines, offset+1) - 1
	for text := u.file.Source[u.lines[line]:offset]; len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		column += units(r)
		text = text[size:]
	}
	return line, column
}

// Offset is the inverse of Place. A column behind the end of its line counts as that end, and a line that does not exist
// as the end of the file, as the protocol asks.
func (u *UTF16) Offset(line, column int) int {
	if line < 0 {
		return u.lines[0]
	}
	if line >= len(u.lines) {
		return len(u.file.Source)
	}
	start, end := u.lines[line], len(u.file.Source)
	if line+1 < len(u.lines) {
		end = u.lines[line+1]
	}
	text := bytes.TrimRight(u.file.Source[start:end], "\r\n")
	at := 0
	for at < len(text) && column > 0 {
		r, size := utf8.DecodeRune(text[at:])
		column -= units(r)
		at += size
	}
	return start + at
}

// units is how many UTF-16 code units a character takes. A byte that is no UTF-8 is shown as U+FFFD, which takes one.
func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}
