package source

import "bytes"

// maxPending bounds what a parser can have left open at one time. Parsers of JavaScript descend once for each
// bracket, and once for many an operator (!!!a, a=b=c, if(a)if(b)); a Go program whose stack is exhausted dies
// and cannot recover, so code that might do that has to be told before it is parsed.
const maxPending = 20_000

// harmless is how long code may be that no stack is exhausted by, whatever stands in it: esbuild takes up to 4 kB of its
// gigabyte for a bracket.
const harmless = 64 << 10

// tooDeep says whether the code may be nested deeper than a parser should be asked to follow. It counts the tokens since the
// last place at which a parser is back at the level of the bracket around it, over all brackets that are open: more
// than the depth, never less, as long as the scanner knows code from text. Where it cannot, long code is refused.
func tooDeep(src []byte, jsx bool) bool {
	return !shallow(src) && (&scanner{src: src, jsx: jsx}).tooDeep()
}

// shallow says of most files, in a tenth of the time, that they are not too deep: those that are short, and have too few
// brackets and functions for it.
func shallow(src []byte) bool {
	count := func(text string) int { return bytes.Count(src, []byte(text)) }
	return len(src) <= harmless/2 && count("(")+count("[")+functionCost*(count("{")+count("=>")) <= maxPending
}

func (s *scanner) tooDeep() bool {
	var open []bracket
	pending := 0
	var last byte
	for {
		token := s.next()
		if token == nil || s.unclear && len(s.src) > harmless {
			return s.unclear && len(s.src) > harmless
		}
		var inner bracket // the innermost that is open
		if n := len(open); n > 0 {
			inner = open[n-1]
		} else if s.border != nil && !s.unclear && (last == ';' || last == '}') && startsAnew(token) {
			s.border(s.at - len(token))
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
		case c < 'a' || c > 'z':
			pending++ // no reserved word
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

// startsAnew: such a word at the first level, behind a semicolon or a closing brace, is the first of a statement.
func startsAnew(word []byte) bool {
	switch string(word) {
	case "const", "var", "function", "class", "import", "export": // reserved, and they continue nothing
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
