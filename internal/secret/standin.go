package secret

import (
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// loudStandIns are too long to stand in a random text by chance.
var loudStandIns = []string{
	"changeme", "change-me", "change_me", "placeholder", "replace", "example", "yourkey", "your-", "your_", "dummy", "sample", "redacted",
	"insert", "secretkey", "notreal", "not-real", "not_real", "foobar", "abc123", "123abc", "a1b2c3", "1a2b3c", "deadbeef",
}

// plainStandIns are words that may be; they count as words of their own only.
var plainStandIns = []string{
	"change", "replace", "your", "my", "test", "testing", "dev", "development", "demo", "local", "localhost", "fake", "mock", "todo", "tbd", "fixme",
	"secret", "password", "token", "key", "default", "none", "null", "undefined", "staging", "here", "use", "set", "via", "xxx", "not", "for", "only",
}

var (
	template  = pattern.New(`\$\{|\{\{|\$\(|<[^>]*>|%[A-Za-z_]+%|\$[A-Z_]|\.\.\.|…|\*\*\*|__[A-Z]`)
	notLetter = pattern.New(`[^a-z]+`)
)

// isStandIn says that text only marks where a credential belongs: a template, a word such as changeme, one
// character again and again, the alphabet.
func isStandIn(text string) bool {
	lower := strings.ToLower(text)
	return template.MatchString(text) || repeats(lower) || climbs(lower) || len(text) >= 16 && distinct(lower) < 6 ||
		slices.ContainsFunc(loudStandIns, func(word string) bool { return strings.Contains(lower, word) })
}

// hasPlainStandIn takes text in lower case.
func hasPlainStandIn(lower string) bool {
	return slices.ContainsFunc(notLetter.Regexp().Split(lower, -1), func(word string) bool { return slices.Contains(plainStandIns, word) })
}

// repeats says that one character stands six times in a row, or that a short block is all there is.
func repeats(text string) bool {
	run := 1
	for i := 1; i < len(text); i++ {
		if text[i] != text[i-1] {
			run = 0
		}
		if run++; run >= 6 {
			return true
		}
	}
	for _, size := range []int{2, 4, 8, 10, 16} {
		if len(text) >= 2*size && strings.HasPrefix(text, strings.Repeat(text[:size], len(text)/size)) {
			return true
		}
	}
	return false
}

// climbs says that eight characters follow one another in order: 12345678, abcdefgh.
func climbs(text string) bool {
	run := 1
	for i := 1; i < len(text); i++ {
		if text[i] != text[i-1]+1 && (text[i-1] != '9' || text[i] != '0' && text[i] != 'a') {
			run = 0
		}
		if run++; run >= 8 {
			return true
		}
	}
	return false
}

// distinct counts the different bytes of text.
func distinct(text string) int {
	var seen [256]bool
	n := 0
	for i := range len(text) {
		if !seen[text[i]] {
			seen[text[i]] = true
			n++
		}
	}
	return n
}
