package syntax

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// wordings replace what go-toml says where that leaves people guessing.
var wordings = []struct{ theirs, message, help string }{
	{"expected newline", "text behind the value", "write one key = value a line"},
	{"basic strings cannot have new lines", "the string does not end on its line", `close it with "`},
	{"literal strings cannot have new lines", "the string does not end on its line", "close it with '"},
	{"unterminated", "the string does not end", "close it with the quote it begins with"},
	{"multiline basic string not terminated", "the string does not end", `close it with """`},
	{"multiline literal string not terminated", "the string does not end", "close it with '''"},
	{"invalid escape character", "no such escape in a string", `a backslash itself is written \\, or put the text in single quotes`},
	{"expected value", "the value is missing", ""},
	{"array is incomplete", "expected ']', not the end of the file", ""},
	{"inline table is incomplete", "expected '}', not the end of the file", ""},
}

// failure records what stopped the parser, and says where in src that was.
func (b *toml) failure() (at int, failed bool) {
	var e *unstable.ParserError
	if !errors.As(b.parser.Error(), &e) {
		return 0, false
	}
	r := b.parser.Range(e.Highlight)
	at = int(r.Offset)
	mistake := Error{Span: b.span(r), Message: e.Message}
	lineEnds := bytes.ContainsAny(e.Highlight, "\r\n")
	if lineEnds {
		mistake.Span.End = mistake.Span.Start // what is wrong is that it ends here
	}
	switch noValueThere := strings.Contains(e.Message, "start of value") || strings.HasPrefix(e.Message, "expected keyword"); {
	case noValueThere && lineEnds:
		mistake.Message = "the value is missing"
	case noValueThere:
		word := b.word(at)
		mistake.Span.End = mistake.Span.Start + len(word)
		mistake.Message, mistake.Help = noValue(word)
	}
	for _, w := range wordings {
		if strings.HasPrefix(e.Message, w.theirs) {
			mistake.Message, mistake.Help = w.message, w.help
		}
	}
	b.file.fail(mistake)
	return at, true
}

// word returns what stands from at up to the next blank, comma, comment, bracket or line end.
func (b *toml) word(at int) string {
	rest := b.src[at:]
	if end := bytes.IndexAny(rest, " \t\r\n,#[]{}"); end > 0 {
		rest = rest[:end]
	}
	return string(rest)
}

// noValue words that a value is none, for either format. It does not repeat the word, which may be a secret.
func noValue(word string) (message, help string) {
	message = "this is no value"
	switch lower := strings.ToLower(word); lower {
	case "true", "false":
		return message, "write it in lower case: " + lower
	case "null":
		return message, "TOML has no null; JSON has it in lower case"
	}
	return message, "text needs double quotes"
}
