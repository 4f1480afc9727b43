package syntax

import (
	"bytes"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// toml builds the tree from go-toml's expressions: one [header], [[header]] or key = value after the other.
// That parser gives the place of keys and scalars only and knows no document; where the brackets end, which
// table an expression belongs to and what is defined twice is found out here (toml_value.go, toml_table.go).
type toml struct {
	file    *File
	src     []byte // what the parser was last given: the text from base to the end
	base    int    // offset of src in the file
	parser  unstable.Parser
	current *Node // the table that key = value goes into
	array   *Node // the array of [[tables]] whose last element current is, if it is one
	again   *Node // current, if it was said that what is defined twice in it has one cause
	depth   int   // of current
	nesting int   // in how many brackets the value lies that is being read
	deep    bool  // that values nest too deep is said once
}

// parseTOML reads src, which ends where f.Source ends, into f.Root and f.Errors.
func parseTOML(f *File, src []byte) {
	b := &toml{file: f, current: f.Root}
	f.Root.origin = byHeader
	for b.restart(src, len(f.Source)-len(src)); ; {
		start := 0 // behind the last expression
		for b.parser.NextExpression() {
			start = b.expression(b.parser.Expression())
		}
		at, failed := b.failure()
		if !failed {
			return
		}
		next := b.resume(start, at)
		if next == len(b.src) {
			return
		}
		b.restart(b.src[next:], b.base+next)
	}
}

func (b *toml) restart(src []byte, base int) {
	b.src, b.base = src, base
	b.parser.Reset(src)
}

// expression adds one expression to the tree and returns where in src it ends.
func (b *toml) expression(e *unstable.Node) (end int) {
	switch e.Kind {
	case unstable.Table:
		key, header := b.header(e)
		b.openTable(key, header)
		return header.End - b.base
	case unstable.ArrayTable:
		key, header := b.header(e)
		b.openElement(key, header)
		return header.End - b.base
	default:
		end := b.keyValue(e, b.current, b.depth)
		b.current.Span.End = max(b.current.Span.End, end) // the root's is the end of the file from the start
		if b.array != nil {
			b.array.Span.End = end
		}
		return end - b.base
	}
}

// part is one part of a dotted key.
type part struct {
	name string
	at   Span
}

func (b *toml) key(e *unstable.Node) (key []part) {
	for it := e.Key(); it.Next(); {
		k := it.Node()
		p := part{at: b.span(k.Raw)}
		p.name = b.file.decoded(k.Data, p.at)
		if raw := b.file.Slice(p.at); !utf8.ValidString(raw) { // what was parsed is a stand-in
			decoded, _ := decode(repaired(raw))
			p.name, _ = decoded.(string)
		}
		key = append(key, p)
	}
	return key
}

// decoded is what a key or string at a place reads, which is given. Nearly all read as they are written, and so need no
// memory of their own.
func (f *File) decoded(data []byte, at Span) string {
	for quote := range 2 {
		if written := f.Slice(Span{at.Start + quote, at.End - quote}); written == string(data) {
			return written
		}
	}
	return string(data)
}

// header returns the key of a header, and the span from its first bracket to its last.
func (b *toml) header(e *unstable.Node) ([]part, Span) {
	key := b.key(e)
	brackets := 1
	if e.Kind == unstable.ArrayTable {
		brackets = 2
	}
	start := bytes.LastIndexByte(b.src[:key[0].at.Start-b.base], '[') + 1 - brackets
	end := b.blanks(key[len(key)-1].at.End-b.base) + brackets
	return key, Span{b.base + start, b.base + end}
}

func (b *toml) span(r unstable.Range) Span {
	start := b.base + int(r.Offset)
	return Span{start, start + int(r.Length)}
}

// headerLine matches a line that can only be a header: within a broken array a line may begin with '[' too.
var headerLine = pattern.New(`(?m)^[ \t]*\[\[?[ \t]*[A-Za-z0-9_-]+[ \t]*(\.[^\[\]{}=,#\n]*)?\]\]?[ \t]*(#.*)?\r?$`)

// resume returns where in src to read on after a mistake at at, in the expression behind lastEnd: at the next
// line when that expression has no bracket and no long string, as then it ends with its line; else at the next
// header, since what comes before may still be inside, or belong to a header that was not understood.
func (b *toml) resume(lastEnd, at int) int {
	lineEnd := len(b.src)
	if i := bytes.IndexByte(b.src[at:], '\n'); i >= 0 {
		lineEnd = at + i + 1
	}
	lineStart := bytes.LastIndexByte(b.src[:at], '\n') + 1
	broken := b.src[max(lineStart, lastEnd):lineEnd]
	beginsHere := b.gap(lastEnd) >= lineStart
	if beginsHere && !bytes.ContainsAny(broken, "[{]}") &&
		!bytes.Contains(broken, []byte(`"""`)) && !bytes.Contains(broken, []byte(`'''`)) {
		return lineEnd
	}
	if found := headerLine.Regexp().FindIndex(b.src[lineEnd:]); found != nil {
		return lineEnd + found[0]
	}
	return len(b.src)
}

// gap returns where in src the blanks, line ends, commas and comments from at on end.
func (b *toml) gap(at int) int {
	for at < len(b.src) {
		switch b.src[at] {
		case ' ', '\t', '\r', '\n', ',':
			at++
		case '#':
			end := bytes.IndexByte(b.src[at:], '\n')
			if end < 0 {
				return len(b.src)
			}
			at += end
		default:
			return at
		}
	}
	return at
}

// blanks returns where in src the blanks from at on end.
func (b *toml) blanks(at int) int {
	for at < len(b.src) && (b.src[at] == ' ' || b.src[at] == '\t') {
		at++
	}
	return at
}
