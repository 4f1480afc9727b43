// Package secret tells credentials from other text: by the formats that their issuers publish, and, less surely, by
// the name of a variable together with a value that looks random. It knows nothing of files or of Cloudflare's
// configuration, and keeps nothing of what it is shown.
//
// [Of] judges one variable, [Spans] finds what has a published format in any text, and [Redact] hides that.
package secret

import (
	"cmp"
	"slices"
	"strings"
)

// Credential is what a value is.
type Credential struct {
	What string // a noun with its article: "a GitHub token"
	Sure bool   // of a published format; otherwise its variable's name and its look are all that speaks for it
}

// Values out of these bounds are not looked at: what is shorter keeps nobody out, and what is longer is data.
const (
	shortest = 10
	longest  = 64 << 10
)

// Of returns what kind of credential a variable holds, if any. name may be empty. Stand-ins such as
// "changeme", test keys, passwords of a database on this machine and keys that are public by design are none.
func Of(name, value string) (Credential, bool) {
	value = strings.TrimSpace(value)
	if len(value) < shortest || len(value) > longest || isEverybodys(value) {
		return Credential{}, false
	}
	words := wordsOf(name)
	for _, judge := range []func([]string, string) (Credential, bool){
		connection, published, privateKey, webToken, named, likely,
	} {
		if c, ok := judge(words, value); ok {
			return c, true
		}
	}
	return Credential{}, false
}

// published judges by the formats that need no name.
func published(_ []string, value string) (Credential, bool) {
	for _, found := range search(value, true) {
		if !isStandIn(value[found.bodyAt:found.end]) {
			return Credential{found.format.what, true}, true
		}
	}
	return Credential{}, false
}

// Span is a half-open range of bytes.
type Span struct{ Start, End int }

// Spans returns where text holds something of a published format, ordered and apart from each other. Stand-ins and
// test keys count as well: who hides too much does no harm.
func Spans(text string) []Span {
	var spans []Span
	for _, found := range search(text, false) {
		spans = append(spans, Span{found.start, found.end})
	}
	for _, pattern := range []func(string) [][]int{pemSpans, webTokenSpans, passwordSpans} {
		for _, at := range pattern(text) {
			spans = append(spans, Span{at[0], at[1]})
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(a.Start-b.Start, b.End-a.End) })
	apart := spans[:0]
	for _, s := range spans {
		if last := len(apart) - 1; last >= 0 && s.Start < apart[last].End {
			apart[last].End = max(apart[last].End, s.End)
		} else {
			apart = append(apart, s)
		}
	}
	return apart
}

// Redact is text with *** in place of each of its Spans.
func Redact(text string) string {
	spans := Spans(text)
	if len(spans) == 0 {
		return text
	}
	var out strings.Builder
	at := 0
	for _, s := range spans {
		out.WriteString(text[at:s.Start])
		out.WriteString("***")
		at = s.End
	}
	out.WriteString(text[at:])
	return out.String()
}
