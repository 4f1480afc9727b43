package syntax

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// name reads the name of a field. One without quotes, or in single ones, is read all the same.
func (p *jsonc) name() (*Node, bool) {
	switch p.src[p.at] {
	case '"':
		return p.text()
	case '\'':
		return p.singleQuoted()
	}
	n, word := p.newNode(String), p.peekWord()
	p.failWord("expected a name in double quotes", "")
	if !identifier.Match(word) {
		return nil, false
	}
	p.scalar(n, word)
	return n, true
}

var identifier = pattern.New(`^[A-Za-z_$][A-Za-z0-9_$-]*$`)

// singleQuoted reads a string in single quotes, which is a mistake, but a clear one if it ends on its line.
func (p *jsonc) singleQuoted() (*Node, bool) {
	n, rest := p.newNode(String), p.src[p.at+1:]
	end := bytes.IndexAny(rest, "'\n")
	if end < 0 || rest[end] != '\'' {
		p.fail(p.at, p.at+1, "the string does not end on its line", `close it with ", and begin it so`)
		p.at += 1 + max(end, 0)
		return nil, false
	}
	p.fail(p.at, p.at+end+2, "text needs double quotes", "")
	p.at += end + 2
	n.Span.End = p.base + p.at
	n.Text = p.file.Slice(Span{n.Span.Start + 1, n.Span.End - 1})
	return n, true
}

// text reads a string in double quotes. A bad escape in it is a mistake, and does not end it.
func (p *jsonc) text() (*Node, bool) {
	n, start := p.newNode(String), p.at
	p.at++
	for bad, escaped := false, false; ; {
		switch {
		case p.at == len(p.src) || p.src[p.at] == '\n' || p.src[p.at] == '\r':
			p.fail(start, p.at, "the string does not end on its line", `close it with "`)
			return nil, false
		case p.src[p.at] < ' ':
			if !bad {
				p.fail(p.at, p.at+1, "a string cannot hold a control character", `escape it: \t for a tab`)
			}
			bad = true
			p.at++
		case p.src[p.at] == '\\':
			length, ok := escape(p.src[p.at:])
			if !ok && !bad {
				p.fail(p.at, p.at+length, "no such escape in a string", `a backslash itself is written \\`)
			}
			bad, escaped = bad || !ok, true
			p.at += length
		case p.src[p.at] == '"':
			p.at++
			n.Span.End = p.base + p.at
			text := repaired(p.file.Slice(n.Span))
			n.Text = text[1 : len(text)-1]
			if escaped && !bad {
				_ = json.Unmarshal([]byte(text), &n.Text) // the scan above admits nothing that the decoder refuses
			}
			return n, true
		default:
			p.at++
		}
	}
}

// escape returns the length of the escape sequence that s begins with, and whether it is one of JSON's.
func escape(s []byte) (length int, ok bool) {
	if len(s) < 2 {
		return len(s), false
	}
	if s[1] == '\n' || s[1] == '\r' {
		return 1, false // here the string ends
	}
	if s[1] != 'u' {
		_, size := utf8.DecodeRune(s[1:])
		return 1 + size, bytes.IndexByte([]byte(`"\/bfnrt`), s[1]) >= 0
	}
	for length = 2; length < 6; length++ {
		if length == len(s) || !isHex(s[length]) {
			return length, false
		}
	}
	return length, true
}

// number reads what looks like a number up to the next blank or mark.
func (p *jsonc) number() (*Node, bool) {
	n, word := p.newNode(Integer), p.peekWord()
	if !json.Valid(word) {
		p.failWord("this is no JSON number", "")
		return nil, false
	}
	if bytes.ContainsAny(word, ".eE") {
		n.Kind = Float
	}
	p.scalar(n, word)
	n.Number, _ = strconv.ParseFloat(n.Text, 64) // out of range reads as infinity, as in JavaScript
	return n, true
}

// word reads true, false or null.
func (p *jsonc) word() (*Node, bool) {
	n, word := p.newNode(Bool), p.peekWord()
	switch string(word) {
	case "true":
		n.Bool = true
	case "false":
	case "null":
		n.Kind = Null
	case "":
		p.failWord("expected a value", "")
		return nil, false
	default:
		p.failWord(noValue(string(word)))
		return nil, false
	}
	p.scalar(n, word)
	return n, true
}

func (p *jsonc) scalar(n *Node, word []byte) {
	p.at += len(word)
	n.Span.End = p.base + p.at
	n.Text = p.file.Slice(n.Span)
}

// peekWord returns the bytes up to the next blank, mark, quote or comment.
func (p *jsonc) peekWord() []byte {
	rest := p.src[p.at:]
	if end := bytes.IndexAny(rest, " \t\r\n,:{}[]\"/"); end >= 0 {
		return rest[:end]
	}
	return rest
}

// failWord records a mistake over the word at p.at, or its one character where a mark stands.
func (p *jsonc) failWord(message, help string) {
	word := p.peekWord()
	if len(word) == 0 {
		word = p.src[p.at : p.at+1]
	}
	p.fail(p.at, p.at+len(word), message, help)
}

// skip passes blanks and comments; false if a comment does not end.
func (p *jsonc) skip() bool {
	for p.at < len(p.src) {
		rest := p.src[p.at:]
		switch {
		case bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0:
			p.at++
		case bytes.HasPrefix(rest, []byte("//")):
			if end := bytes.IndexAny(rest, "\r\n"); end >= 0 {
				p.at += end
			} else {
				p.at = len(p.src)
			}
		case bytes.HasPrefix(rest, []byte("/*")):
			end := bytes.Index(rest[2:], []byte("*/"))
			if end < 0 {
				p.fail(p.at, p.at+2, "the comment does not end", "close it with */")
				return false
			}
			p.at += 2 + end + 2
		default:
			return true
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|' ' && c|' ' <= 'f' }
