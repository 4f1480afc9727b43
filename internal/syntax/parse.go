package syntax

import (
	"bytes"
	"fmt"
	"path/filepath"
	"unicode/utf8"
)

// maxDepth is how deep tables and arrays may nest, as in wrangler's TOML parser.
// It keeps whoever walks a tree recursively from running out of stack.
const maxDepth = 1000

// maxErrors is how many are recorded. Whoever has corrected so many will look again.
const maxErrors = 100

// Parse reads src. The suffix of path decides the format: .toml is TOML; .json and .jsonc are JSONC.
func Parse(path string, src []byte) *File {
	switch filepath.Ext(path) {
	case ".toml":
		return ParseAs(TOML, path, src)
	case ".json", ".jsonc":
		return ParseAs(JSONC, path, src)
	}
	f := newFile(path, src)
	f.fail(Error{
		Message: fmt.Sprintf("unknown file type %q", filepath.Ext(path)),
		Help:    "a configuration ends in .toml, .json or .jsonc",
	})
	return f
}

// ParseAs reads src in a format, whatever the suffix of path.
//
// A UTF-8 byte order mark is skipped, and bytes that are no UTF-8 read as U+FFFD in
// values, as in wrangler ('?' in TOML keys). Offsets count from the first byte of src all the same.
func ParseAs(format Format, path string, src []byte) *File {
	f := newFile(path, src)
	f.Format = format
	if name, found := foreignEncoding(src); found {
		f.fail(Error{
			Span:    Span{0, min(len(src), 4)},
			Message: fmt.Sprintf("the file is %s, not UTF-8", name),
			Help:    "save it as UTF-8",
		})
		return f
	}
	text := src[f.textStart():]
	if format == TOML {
		parseTOML(f, standIn(text))
	} else {
		parseJSONC(f, text)
	}
	return f
}

// Plain is a file of another language, such as a script that a finding points into: it has places, but no tree.
func Plain(path string, src []byte) *File {
	f := newFile(path, src)
	f.Format = Other
	return f
}

// newFile is a file in which nothing has been read yet.
func newFile(path string, src []byte) *File {
	f := &File{Path: path, Source: src, lines: lineStarts(src)}
	f.Root = &Node{Kind: Table, Span: Span{f.textStart(), len(src)}}
	return f
}

func (f *File) fail(e Error) {
	if len(f.Errors) < maxErrors {
		f.Errors = append(f.Errors, e)
	}
}

var utf8Mark = []byte("\xEF\xBB\xBF")

// textStart is the offset at which the text begins, behind a byte order mark.
func (f *File) textStart() int {
	if bytes.HasPrefix(f.Source, utf8Mark) {
		return len(utf8Mark)
	}
	return 0
}

// foreignEncoding recognises the byte order marks of the encodings that wrangler refuses.
func foreignEncoding(src []byte) (name string, found bool) {
	for _, mark := range []struct{ bytes, name string }{
		{"\xFF\xFE\x00\x00", "UTF-32"}, // before UTF-16, whose mark it begins with
		{"\x00\x00\xFE\xFF", "UTF-32"},
		{"\xFF\xFE", "UTF-16"},
		{"\xFE\xFF", "UTF-16"},
	} {
		if bytes.HasPrefix(src, []byte(mark.bytes)) {
			return mark.name, true
		}
	}
	return "", false
}

// standIn returns text with a '?' for each byte that is no UTF-8, which go-toml refuses; every offset stays.
func standIn(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	out := bytes.Clone(text)
	for i := 0; i < len(out); {
		r, size := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && size == 1 {
			out[i] = '?'
		}
		i += size
	}
	return out
}
