package source

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// A scanner splits code into tokens, roughly: words, and any other byte by itself. Strings, patterns and comments are left
// out, and of a template all but the code in it. What a slash begins it tells by what stands before, as a parser would;
// where only a parser could, the scan is unclear from there on.
type scanner struct {
	src     []byte
	at      int
	jsx     bool // the code may hold elements, whose text is no code
	unclear bool

	border   func(at int)  // if there is one, it is told where a statement of the first level begins, of some
	comments []syntax.Span // those behind
	escaped  bool          // a name is written with an escape

	before operand
	word   []byte // the last token, if it is one
	named  bool   // the next word follows a dot or #: a name, whatever it is
	fresh  bool   // only blanks and comments since the line began
	parens []operand
	braces []bool // those that are open: whether code within a template ends with it
}

// An operand says whether what stands before a place is a value, so that a slash there divides it, or not, so that a
// pattern begins.
type operand int

const (
	none operand = iota
	value
	either
)

// next returns the next token, nil at the end.
func (s *scanner) next() []byte {
	if s.at == 0 && bytes.HasPrefix(s.src, []byte("#!")) {
		s.skipLine()
	}
	for s.at < len(s.src) {
		c := s.src[s.at]
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRune(s.src[s.at:]); blank(r) {
				s.at += size
				s.fresh = s.fresh || r == '\u2028' || r == '\u2029'
				continue
			}
		}
		if wordByte(c) {
			return s.name()
		}
		switch c {
		case '/':
			switch {
			case s.ahead("//"):
				s.skipLine()
			case s.ahead("/*"):
				s.skipComment()
			case s.before == none:
				s.quoted(c)
			default:
				if s.before == either || s.fresh {
					s.unclear = s.unclear || s.slashAhead()
				}
				return s.byte(none)
			}
		case '"', '\'':
			s.quoted(c)
		case '`':
			s.at++
			if s.template() {
				return openBrace
			}
		case '}':
			at := s.at
			s.byte(either)
			if n := len(s.braces); n > 0 {
				inTemplate := s.braces[n-1]
				s.braces = s.braces[:n-1]
				if inTemplate && s.template() {
					return comma // from one piece of code to the next: as deep as before
				}
			}
			return s.src[at : at+1]
		case '<', '-':
			if s.ahead("<!--") || s.fresh && s.ahead("-->") {
				s.unclear = true // a comment in a script, two operators in a module
				return s.byte(none)
			}
			return s.sign(c)
		default:
			if c > ' ' {
				s.escaped = s.escaped || c == '\\'
				return s.sign(c)
			}
			s.at++
			s.fresh = s.fresh || c == '\n' || c == '\r'
		}
	}
	return nil
}

var openBrace, comma = []byte("{"), []byte(",")

// ahead says whether text is next.
func (s *scanner) ahead(text string) bool {
	return len(s.src)-s.at >= len(text) && string(s.src[s.at:s.at+len(text)]) == text
}

// sign returns a byte that is no word, and notes whether a value may end with it.
func (s *scanner) sign(c byte) []byte {
	doubled := s.at > 0 && s.src[s.at-1] == c
	switch c {
	case '{':
		s.braces = append(s.braces, false)
	case '(':
		s.parens = append(s.parens, afterParen(s.word))
	case ')':
		after := either
		if n := len(s.parens); n > 0 {
			after, s.parens = s.parens[n-1], s.parens[:n-1]
		}
		return s.byte(after)
	case ']':
		return s.byte(value)
	case '<':
		if s.jsx && !doubled && (s.before != value || s.fresh) { // << is a shift
			s.unclear = true
		}
	case '>':
		if s.at == 0 || s.src[s.at-1] != '=' {
			return s.byte(either)
		}
	case '+', '-':
		if doubled {
			return s.byte(either)
		}
	case '!': // of TypeScript: a value behind one is still one
		if s.before != none {
			return s.byte(either)
		}
	case '.', '#':
		token := s.byte(either) // a number may end with a dot
		s.named = true
		return token
	}
	return s.byte(none)
}

// afterParen is what comes after a parenthesis that opens behind word.
func afterParen(word []byte) operand {
	switch string(word) {
	case "if", "while", "for", "with", "await": // for await (…)
		return either
	}
	return value
}

// byte returns the next byte as a token.
func (s *scanner) byte(before operand) []byte {
	s.at++
	s.before, s.word, s.named, s.fresh = before, nil, false, false
	return s.src[s.at-1 : s.at]
}

// name returns the word that begins here.
func (s *scanner) name() []byte {
	start, end := s.at, s.at
	for end < len(s.src) && wordByte(s.src[end]) {
		size := 1
		if s.src[end] >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRune(s.src[end:]); blank(r) {
				break
			}
		}
		end += size
	}
	s.at = end
	word := s.src[start:end]
	before := afterWord(word)
	if s.named && before == none {
		before = either // a property of that name, or what is spread: ...typeof
	}
	s.before, s.word, s.fresh = before, word, false
	if s.named {
		s.word, s.named = nil, false
	}
	return word
}

func afterWord(word []byte) operand {
	if word[0] < 'a' {
		return value
	}
	switch string(word) {
	case "return", "typeof", "case", "in", "instanceof", "new", "delete", "void", "throw", "do", "else", "default", "extends":
		return none
	case "await", "yield", "of":
		return either
	}
	return value
}

// slashAhead: another slash stands in the line, so that the one here may begin a pattern.
func (s *scanner) slashAhead() bool {
	line := s.src[s.at+1:]
	if end := bytes.IndexAny(line, "\n\r"); end >= 0 {
		line = line[:end]
	}
	return bytes.IndexByte(line, '/') >= 0
}

func (s *scanner) skipLine() {
	start := s.at
	defer func() { s.comments = append(s.comments, syntax.Span{Start: start, End: s.at}) }()
	for s.at < len(s.src) {
		r, size := utf8.DecodeRune(s.src[s.at:])
		if r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' {
			return
		}
		s.at += size
	}
}

func (s *scanner) skipComment() {
	start := s.at
	text, _, _ := bytes.Cut(s.src[s.at+2:], []byte("*/"))
	s.fresh = s.fresh || bytes.ContainsAny(text, "\n\r\u2028\u2029")
	s.at = min(start+2+len(text)+2, len(s.src))
	s.comments = append(s.comments, syntax.Span{Start: start, End: s.at})
}

// quoted skips to the closing quote, or to the slash that ends a pattern. One that does not close in its line is taken for
// a byte of code.
func (s *scanner) quoted(quote byte) {
	s.before, s.word, s.named, s.fresh = value, nil, false, false
	class := false // within [ ] of a pattern a slash is a character
	for i := s.at + 1; i < len(s.src) && s.src[i] != '\n'; i++ {
		switch c := s.src[i]; {
		case c == '\\':
			i++
			if bytes.HasPrefix(s.src[i:], []byte("\r\n")) {
				i++
			}
		case quote == '/' && (c == '[' || c == ']'):
			class = c == '['
		case c == quote && !class:
			s.at = i + 1
			return
		}
	}
	s.at++
}

// template skips the text of a template; true if code follows.
func (s *scanner) template() bool {
	s.before, s.word, s.named, s.fresh = value, nil, false, false
	for ; s.at < len(s.src); s.at++ {
		switch s.src[s.at] {
		case '\\':
			s.at++
		case '`':
			s.at++
			return false
		case '$':
			if s.at+1 < len(s.src) && s.src[s.at+1] == '{' {
				s.at += 2
				s.before, s.braces = none, append(s.braces, true)
				return true
			}
		}
	}
	return false
}

// blank says whether JavaScript takes a rune for white space.
func blank(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Z, r) || r == '\ufeff' }

func wordByte(c byte) bool { return wordBytes[c] }

var wordBytes = func() (is [256]bool) {
	for i := range is {
		c := byte(i)
		is[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= utf8.RuneSelf
	}
	return is
}()
