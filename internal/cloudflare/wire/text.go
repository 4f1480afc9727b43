package wire

import (
	"strconv"
	"unicode/utf8"
)

// AppendText appends what stands between the quotes of a JSON string, as encoding/json writes it
// with SetEscapeHTML(false). The text is UTF-8. Most of a value needs no escape, and is copied as it is.
func AppendText(dst, text []byte) []byte {
	start := 0
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		escape, size := escapeAt(text[i:])
		if escape != "" {
			dst = append(append(dst, text[start:i]...), escape...)
			start = i + size
		}
		i += size
	}
	return append(dst, text[start:]...)
}

// escapeAt returns what the first character of text is written as, "" for itself, and its length.
// It is none of those that make up most of a text.
func escapeAt(text []byte) (escape string, size int) {
	switch c := text[0]; {
	case c == '"':
		return `\"`, 1
	case c == '\\':
		return `\\`, 1
	case c < ' ':
		return controls[c], 1
	}
	r, size := utf8.DecodeRune(text)
	if r == '\u2028' || r == '\u2029' { // ends a line of JavaScript
		return `\u` + strconv.FormatInt(int64(r), 16), size
	}
	return "", size
}

// controls are the escapes of the characters below the blank.
var controls = func() (all [' ']string) {
	for c := range all {
		all[c] = `\u00` + strconv.FormatInt(int64(c)>>4, 16) + strconv.FormatInt(int64(c)&15, 16)
	}
	all['\b'], all['\f'], all['\n'], all['\r'], all['\t'] = `\b`, `\f`, `\n`, `\r`, `\t`
	return all
}()
