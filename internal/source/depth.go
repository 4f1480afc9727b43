package source

import "bytes"

// maxPending bounds what a parser can have left open at one time. Parsers of JavaScript descend once for each
// bracket, and once for many an operator (!!!a, a=b=c, if(a)if(b)); a Go program whose stack is exhausted dies
// and cannot recover, so code that might do that has to be told before it is parsed.
const maxPending = 20_000

// tooDeep says whether the code may be nested deeper than a parser should be asked to follow. It counts the tokens since the
// last place at which a parser is back at the level of the bracket around it, over all brackets that are open: more
// than the depth, never less, but for a text or pattern that this scanner takes for code of the other kind.
func tooDeep(src []byte) bool {
	s := scanner{src: src}
	var open []bracket
	pending := 0
	var last byte
	for {
		token := s.next()
		if token == nil {
			return false
		}
		var inner bracket // the innermost that is open
		if n := len(open); n > 0 {
			inner = open[n-1]
		}
		switch c := token[0]; {
		case c == '(', c == '[', c == '{':
			b := bracket{outside: pending + 1, inside: pending + 1}
			if c == '{' && last == ')' {
				b.inside += functionCost
			}
			open, pending = append(open, b), b.inside
		case c == ')', c == ']', c == '}':
			if len(open) > 0 {
				open, pending = open[:len(open)-1], inner.outside
			}
		case c == ';', c == ',':
			pending = inner.inside
		case c == '>' && last == '=':
			pending += functionCost
		case last != '.' && startsStatement(token), last == '}' && startsDeclaration(token):
			pending = inner.inside + 1
		default:
			pending++
		}
		last = token[0]
		if pending > maxPending {
			return true
		}
	}
}

// A bracket is open: what is pending each time a parser is back at its level, and when it is closed.
type bracket struct{ inside, outside int }

// functionCost is what a function counts: the time that esbuild takes for functions within functions grows faster
// than their depth.
const functionCost = 40

// startsStatement: what stood before such a word, in code without semicolons, has ended.
func startsStatement(word []byte) bool {
	switch string(word) {
	case "const", "var", "export", "return", "throw", "break", "continue", "case": // reserved, so never a name
		return true
	}
	return false
}

// startsDeclaration: such a word behind a closing brace continues nothing.
func startsDeclaration(word []byte) bool {
	switch string(word) {
	case "function", "class", "async":
		return true
	}
	return false
}

// A scanner splits code into tokens, roughly: words, and any other byte by itself. Strings, patterns and comments are left
// out, and of a template all but the code in it.
type scanner struct {
	src    []byte
	at     int
	value  bool   // what came last is a value, so that a slash divides it
	braces []bool // those that are open: whether code within a template ends with it
}

// next returns the next token, nil at the end.
func (s *scanner) next() []byte {
	for s.at < len(s.src) {
		c, start := s.src[s.at], s.at
		rest := s.src[s.at:]
		switch {
		case c <= ' ':
			s.at++
		case bytes.HasPrefix(rest, []byte("//")):
			s.skipTo("\n", 2)
		case bytes.HasPrefix(rest, []byte("/*")):
			s.skipTo("*/", 2)
		case c == '"', c == '\'', c == '/' && !s.value:
			s.quoted(c)
		case c == '`':
			s.at++
			if s.template() {
				return []byte("{")
			}
		case c == '{':
			s.at++
			s.value, s.braces = false, append(s.braces, false)
			return s.src[start:s.at]
		case c == '}':
			s.at++
			s.value = true
			if n := len(s.braces); n > 0 {
				inTemplate := s.braces[n-1]
				s.braces = s.braces[:n-1]
				if inTemplate && s.template() {
					return []byte(",") // from one piece of code to the next: as deep as before
				}
			}
			return s.src[start : start+1]
		case wordByte(c):
			for s.at < len(s.src) && wordByte(s.src[s.at]) {
				s.at++
			}
			word := s.src[start:s.at]
			s.value = string(word) != "return" && string(word) != "typeof" && string(word) != "case"
			return word
		default:
			s.at++
			s.value = c == ')' || c == ']' || c == '}'
			return s.src[start:s.at]
		}
	}
	return nil
}

func (s *scanner) skipTo(end string, from int) {
	i := bytes.Index(s.src[s.at+from:], []byte(end))
	if i < 0 {
		s.at = len(s.src)
		return
	}
	s.at += from + i + len(end)
}

// quoted skips to the closing quote. One that does not close in its line is taken for a byte of code.
func (s *scanner) quoted(quote byte) {
	s.value = true
	for i := s.at + 1; i < len(s.src) && s.src[i] != '\n'; i++ {
		switch s.src[i] {
		case '\\':
			i++
		case quote:
			s.at = i + 1
			return
		}
	}
	s.at++
}

// template skips the text of a template; true if code follows.
func (s *scanner) template() bool {
	s.value = true
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
				s.value, s.braces = false, append(s.braces, true)
				return true
			}
		}
	}
	return false
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
