package syntax

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

var utf8Mark = []byte("\xEF\xBB\xBF")

// foreignEncoding recognises the encodings that wrangler refuses: by their byte order marks, and UTF-16 without one by the NUL
// in each of its first two characters, which no configuration begins with.
func foreignEncoding(src []byte) (name string, found bool) {
	for _, mark := range []struct{ bytes, name string }{
		{"\xFF\xFE\x00\x00", "UTF-32"}, // before UTF-16, whose mark it begins with
		{"\x00\x00\xFE\xFF", "UTF-32"},
		{"\xFF\xFE", "UTF-16"},
		{"\xFE\xFF", "UTF-16"},
	} {
		if bytes.HasPrefix(src, []byte(mark.bytes)) {
			return mark.name, true
		}
	}
	if len(src) >= 4 {
		nul := [4]bool{src[0] == 0, src[1] == 0, src[2] == 0, src[3] == 0}
		if nul == [4]bool{false, true, false, true} || nul == [4]bool{true, false, true, false} {
			return "UTF-16", true
		}
	}
	return "", false
}

// standIn returns text with a '?' for each byte that is no UTF-8, which go-toml refuses; every offset stays.
func standIn(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	out := bytes.Clone(text)
	for i := 0; i < len(out); {
		r, size := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && size == 1 {
			out[i] = '?'
		}
		i += size
	}
	return out
}

// repaired returns text with U+FFFD for what is no UTF-8: one for each byte that begins nothing, and one for a
// character that is cut short, as browsers and wrangler have it.
func repaired(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			size = cutShort(text)
		}
		out.WriteRune(r)
		text = text[size:]
	}
	return out.String()
}

// cutShort is the length of the beginning of a character that text begins with, at least 1.
func cutShort(text string) int {
	for size := 3; size > 1; size-- {
		if size > len(text) {
			continue
		}
		// It is one if something can follow it that makes it whole.
		for _, rest := range []string{"\x80", "\xBF", "\x80\x80", "\xBF\xBF", "\x80\x80\x80"} {
			if r, n := utf8.DecodeRuneInString(text[:size] + rest); r != utf8.RuneError && n == size+len(rest) {
				return size
			}
		}
	}
	return 1
}
