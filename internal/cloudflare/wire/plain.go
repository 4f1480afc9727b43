package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// plain is what reads the form of itself that nearly all clients write, several times
// faster than encoding/json. It says false to whatever is unusual or wrong, which is for
// encoding/json to read or to refuse: what plain takes, both take alike (FuzzPlain).
type plain interface{ readPlain(item []byte) bool }

// readPlain implements plain.
func (p *BulkPair) readPlain(item []byte) bool {
	r := plainReader{rest: item}
	ok := r.take('{')
	for first := true; ok && !r.take('}'); first = false {
		if !first && !r.take(',') {
			return false
		}
		name, escaped := r.quoted(&ok)
		if ok = ok && !escaped && r.take(':'); !ok {
			return false
		}
		switch string(name) {
		case "key":
			p.Key = r.text(&ok)
		case "value":
			value := r.text(&ok)
			p.Value = &value
		case "base64":
			p.Base64 = r.bool(&ok)
		case "expiration":
			p.Expiration = r.seconds(&ok)
		case "expiration_ttl":
			p.ExpirationTTL = r.seconds(&ok)
		case "metadata":
			p.Metadata = r.json(&ok)
		default: // also "Key", which is "key" to encoding/json
			return false
		}
	}
	return ok && len(r.blanks()) == 0
}

// plainReader reads JSON from the front. What it cannot read sets ok to false, and rest
// is then anything.
type plainReader struct{ rest []byte }

func (r *plainReader) blanks() []byte {
	for len(r.rest) > 0 && isBlank(r.rest[0]) {
		r.rest = r.rest[1:]
	}
	return r.rest
}

// take takes c, after any blanks, if it comes next.
func (r *plainReader) take(c byte) bool {
	if len(r.blanks()) == 0 || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// quoted takes a string and returns what is between the quotes, as it stands.
func (r *plainReader) quoted(ok *bool) (inner []byte, escaped bool) {
	if !r.take('"') {
		*ok = false
		return nil, false
	}
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			inner, r.rest = r.rest[:i], r.rest[i+1:]
			return inner, escaped
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			*ok = false
			return nil, false
		}
	}
	*ok = false
	return nil, false
}

// text takes a string.
func (r *plainReader) text(ok *bool) string {
	inner, escaped := r.quoted(ok)
	if !escaped {
		return string(inner)
	}
	return string(unescape(inner, ok))
}

// bytes takes a string as bytes of its own.
func (r *plainReader) bytes(ok *bool) []byte {
	inner, escaped := r.quoted(ok)
	if escaped {
		return unescape(inner, ok)
	}
	return append(make([]byte, 0, len(inner)), inner...)
}

// unescape is what the inside of a string means.
func unescape(inner []byte, ok *bool) []byte {
	b := make([]byte, 0, len(inner))
	for {
		i := bytes.IndexByte(inner, '\\')
		if i < 0 {
			return append(b, inner...)
		}
		b = append(b, inner[:i]...)
		inner = inner[i+1:] // never empty: quoted stepped over it
		if inner[0] == 'u' {
			if len(inner) < 5 {
				*ok = false
				return nil
			}
			n, err := strconv.ParseUint(string(inner[1:5]), 16, 16)
			if err != nil || 0xd800 <= n && n <= 0xdfff { // half a character
				*ok = false
				return nil
			}
			b = utf8.AppendRune(b, rune(n))
			inner = inner[5:]
			continue
		}
		c := unescaped[inner[0]]
		if c == 0 {
			*ok = false
			return nil
		}
		b = append(b, c)
		inner = inner[1:]
	}
}

// unescaped is what a letter after a backslash stands for; 0 for nothing.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (r *plainReader) bool(ok *bool) bool {
	for word, value := range map[string]bool{"true": true, "false": false} {
		if rest, found := bytes.CutPrefix(r.blanks(), []byte(word)); found {
			r.rest = rest
			return value
		}
	}
	*ok = false
	return false
}

// seconds takes a number of digits and nothing else.
func (r *plainReader) seconds(ok *bool) *Seconds {
	digits := 0
	for text := r.blanks(); digits < len(text) && '0' <= text[digits] && text[digits] <= '9'; {
		digits++
	}
	n, err := strconv.ParseInt(string(r.rest[:digits]), 10, 64)
	if err != nil || digits > 1 && r.rest[0] == '0' {
		*ok = false
		return nil
	}
	r.rest = r.rest[digits:]
	return (*Seconds)(&n)
}

// plainJSON is how long a value may be that json takes: longer than metadata
// is, and too short to be nested deeper than encoding/json goes.
const plainJSON = 4096

// json takes an object, an array or a string.
func (r *plainReader) json(ok *bool) json.RawMessage {
	text := r.blanks()
	for i, depth := 0, 0; i < min(len(text), plainJSON); i++ {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			inside := plainReader{rest: text[i:]}
			inside.quoted(ok)
			i = len(text) - len(inside.rest) - 1
		}
		if depth > 0 && *ok {
			continue
		}
		if value := text[:i+1]; *ok && i > 0 && json.Valid(value) {
			r.rest = text[i+1:]
			return bytes.Clone(value)
		}
		break
	}
	*ok = false
	return nil
}
