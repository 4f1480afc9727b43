package wrangler

import (
	"strings"
	"unicode"
)

// isJavaScriptDate says whether new Date(text) is a date in V8, which is what wrangler makes of compatibility_date: a
// date as ECMAScript defines it, or anything that older browsers understood. There words are read over in front of the
// first number, numbers are taken for month, day and year or for year, month and day, and a month has 31 days.
func isJavaScriptDate(text string) bool {
	d := dateReader{tokens: dateTokens(text), zone: zoneParts{hour: -1, minute: -1}, halfDay: -1}
	next, ok := d.standard()
	return ok && d.legacy(next) && d.valid()
}

// dateToken is a number, a word, a single mark, or a blank.
type dateToken struct {
	kind   rune // '0' a number, 'a' a word, ' ' a blank, '?' what has no meaning, 0 the end; else the mark itself
	number int
	length int
	word   string // its first three letters, in lower case
}

func (t dateToken) isSign() bool         { return t.kind == '+' || t.kind == '-' }
func (t dateToken) isFixed(n int) bool   { return t.kind == '0' && t.length == n }
func (t dateToken) isWord(w string) bool { return t.kind == 'a' && t.length == len(w) && t.word == w }
func between(n, least, most int) bool    { return least <= n && n <= most }
func isDigitRune(r rune) bool            { return '0' <= r && r <= '9' }
func isDateWord(r rune) bool             { return r >= 'A' && !isDateBlank(r) }
func isDateBlank(r rune) bool {
	return r == '\uFEFF' || unicode.IsSpace(r) && !strings.ContainsRune("\u0085\u2028\u2029", r)
}
func month(t dateToken) (n int, ok bool) { n, ok = months[t.word]; return n, ok && t.kind == 'a' }
func zone(t dateToken) (hours int, ok bool) {
	hours, ok = zones[t.word]
	return hours, ok && t.kind == 'a' && t.length <= 3
}

// milliseconds is the number as digits behind a point, of which nine count.
func (t dateToken) milliseconds() int {
	n := t.number
	for length := min(t.length, 9); length != 3; {
		if length < 3 {
			n *= 10
			length++
		} else {
			n /= 10
			length--
		}
	}
	return n
}

var (
	months = map[string]int{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
		"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}
	zones = map[string]int{"ut": 0, "utc": 0, "z": 0, "gmt": 0,
		"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
)

// dateTokens cuts text into tokens.
func dateTokens(text string) (tokens []dateToken) {
	runes := []rune(text)
	for at := 0; at < len(runes); {
		start, r := at, runes[at]
		t := dateToken{kind: '?'}
		switch {
		case isDigitRune(r):
			t.kind = '0'
			digits := 0
			for ; at < len(runes) && isDigitRune(runes[at]); at++ {
				if digits > 0 || runes[at] != '0' {
					if digits++; digits <= 9 { // what follows does not count
						t.number = t.number*10 + int(runes[at]-'0')
					}
				}
			}
		case strings.ContainsRune(":-+.)", r):
			t.kind = r
			at++
		case isDateWord(r):
			t.kind = 'a'
			for ; at < len(runes) && isDateWord(runes[at]); at++ {
				if at-start < 3 {
					t.word += string(runes[at] | ' ')
				}
			}
		case isDateBlank(r):
			t.kind = ' '
			at++
		case r == '(':
			for depth := 0; at < len(runes); {
				switch runes[at] {
				case '(':
					depth++
				case ')':
					depth--
				}
				if at++; depth == 0 {
					break
				}
			}
		default:
			at++
		}
		t.length = at - start
		tokens = append(tokens, t)
	}
	return tokens
}
