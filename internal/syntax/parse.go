package syntax

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// How deep tables and arrays may nest. This keeps whoever walks a tree recursively from running out of stack.
const (
	maxBrackets  = 1000   // in a TOML value, as in wrangler's parser
	maxDepthJSON = 3000   // at about 4000 wrangler's parser runs out of stack
	maxDepth     = 10_000 // by the keys of TOML, for which wrangler knows no limit
)

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
// A UTF-8 byte order mark is skipped, and what is no UTF-8 reads as U+FFFD, as in wrangler. Offsets count from the first byte of src all the same.
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
	f := &File{Path: path, Source: src, text: string(src), lines: lineStarts(src), blocks: countBlocks(src)}
	f.Root = &Node{Kind: Table, Span: Span{f.textStart(), len(src)}}
	return f
}

func (f *File) fail(e Error) {
	if len(f.Errors) < maxErrors {
		f.Errors = append(f.Errors, e)
	}
}

// textStart is the offset at which the text begins, behind a byte order mark.
func (f *File) textStart() int {
	if bytes.HasPrefix(f.Source, utf8Mark) {
		return len(utf8Mark)
	}
	return 0
}
