package envtypes

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of TypeScript. Comments and blanks are none.
type token struct {
	kind  tokenKind
	text  string // of a text, what is between the quotes; of a template or a regular expression nothing
	at    int    // its first byte
	first bool   // on its line
}

type tokenKind uint8

const (
	wordToken tokenKind = iota
	textToken
	markToken  // one character of punctuation
	otherToken // a number, template or regular expression
)

func (t token) is(punctuation string) bool { return t.kind == markToken && t.text == punctuation }

// scanner cuts TypeScript into tokens. It knows as much of the language as it takes to tell code from what is quoted; where it
// cannot tell, it gives up: unsure is set.
type scanner struct {
	src    string
	at     int
	last   token
	nested int // templates within templates
	unsure bool
}

// Nobody writes more; the types of Workers that wrangler makes have 130,000 tokens.
const (
	maxNested = 50
	maxTokens = 1_000_000
)

// scan returns the tokens of src; ok is false if it is not certain that they are.
func scan(src string) (tokens []token, ok bool) {
	s := scanner{src: src, last: token{kind: markToken}}
	depth := 0
	for {
		t, more := s.next()
		if !more || s.unsure {
			break
		}
		switch {
		case t.is("{"), t.is("("), t.is("["):
			depth++
		case t.is("}"), t.is(")"), t.is("]"):
			depth--
		}
		if depth < 0 || len(tokens) == maxTokens {
			return nil, false
		}
		tokens = append(tokens, t)
	}
	return tokens, !s.unsure && depth == 0
}

// next returns the next token; false at the end.
func (s *scanner) next() (token, bool) {
	first := s.blanks()
	if s.at >= len(s.src) || s.unsure {
		return token{}, false
	}
	t := token{at: s.at, first: first}
	c := s.src[s.at]
	switch {
	case c == '"' || c == '\'':
		t.kind, t.text = textToken, s.quoted(c)
	case c == '`':
		t.kind = otherToken
		s.template()
	case c == '/' && s.beginsExpression():
		t.kind = otherToken
		s.regularExpression()
	case c >= '0' && c <= '9':
		t.kind = otherToken
		s.word()
	case wordRune(s.src[s.at:]):
		t.kind, t.text = wordToken, s.word()
	default:
		t.kind, t.text = markToken, s.src[s.at:s.at+1]
		s.at++
	}
	s.last = t
	return t, true
}

// blanks skips what means nothing; true if a line begins there.
func (s *scanner) blanks() (first bool) {
	first = s.at == 0
	for s.at < len(s.src) {
		rest := s.src[s.at:]
		switch {
		case rest[0] == '\n':
			first = true
			s.at++
		case strings.IndexByte(" \t\r\v\f", rest[0]) >= 0:
			s.at++
		case strings.HasPrefix(rest, "\uFEFF"):
			s.at += len("\uFEFF")
		case strings.HasPrefix(rest, "//"), s.at == 0 && strings.HasPrefix(rest, "#!"):
			s.at += len(line(rest))
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				s.unsure = true
				return first
			}
			first = first || strings.Contains(rest[:end], "\n")
			s.at += end + 4
		default:
			return first
		}
	}
	return first
}

func line(text string) string {
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		return text[:end]
	}
	return text
}

// quoted reads a text, which ends on its line.
func (s *scanner) quoted(quote byte) string {
	begin := s.at + 1
	for s.at = begin; s.at < len(s.src); s.at++ {
		switch s.src[s.at] {
		case '\\':
			s.at++
		case '\n':
			s.unsure = true // as in the prose of JSX
			return ""
		case quote:
			s.at++
			return s.src[begin : s.at-1]
		}
	}
	s.unsure = true
	return ""
}

// template reads one with the code in it.
func (s *scanner) template() {
	if s.nested++; s.nested > maxNested {
		s.unsure = true
		return
	}
	defer func() { s.nested-- }()
	for s.at++; s.at < len(s.src); s.at++ {
		switch {
		case s.src[s.at] == '\\':
			s.at++
		case s.src[s.at] == '`':
			s.at++
			return
		case strings.HasPrefix(s.src[s.at:], "${"):
			s.at += 2
			s.last = token{kind: markToken, text: "{"}
			if !s.upToBrace() {
				return
			}
		}
	}
	s.unsure = true
}

// upToBrace skips code up to the brace that ends it, and stands on that.
func (s *scanner) upToBrace() bool {
	for depth := 1; ; {
		t, more := s.next()
		switch {
		case !more:
			s.unsure = true
			return false
		case t.is("{"):
			depth++
		case t.is("}"):
			if depth--; depth == 0 {
				s.at = t.at
				return true
			}
		}
	}
}

// beginsExpression says whether a slash here begins a regular expression, and is no division.
func (s *scanner) beginsExpression() bool {
	switch s.last.kind {
	case wordToken:
		return strings.Contains(" return typeof case in of delete void throw new do else await yield ", " "+s.last.text+" ")
	case markToken:
		return !s.last.is(")") && !s.last.is("]") && !s.last.is("}")
	}
	return false
}

func (s *scanner) regularExpression() {
	inClass := false
	for s.at++; s.at < len(s.src); s.at++ {
		switch c := s.src[s.at]; {
		case c == '\\':
			s.at++
		case c == '\n':
			s.unsure = true
			return
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case c == '/' && !inClass:
			s.at++
			s.word() // its flags
			return
		}
	}
	s.unsure = true
}

// word reads letters, digits, $ and _.
func (s *scanner) word() string {
	begin := s.at
	for s.at < len(s.src) && wordRune(s.src[s.at:]) {
		_, size := utf8.DecodeRuneInString(s.src[s.at:])
		s.at += size
	}
	return s.src[begin:s.at]
}

func wordRune(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}
