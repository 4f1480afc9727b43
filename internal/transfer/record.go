package transfer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/kv"
)

// record is a pair as a line of NDJSON. Either Value or Base64 is there.
type record struct {
	Key        string          `json:"key"`
	Value      *string         `json:"value,omitempty"`
	Base64     []byte          `json:"base64,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Expiration int64           `json:"expiration,omitempty"` // Unix seconds
}

// recordOf writes the value in base64 if it is no text, or text of so many control characters that it is shorter so.
func recordOf(p kv.Pair) record {
	r := record{Key: p.Key, Metadata: p.Metadata, Expiration: p.Expiration}
	if len(p.Value) > 0 && (!utf8.Valid(p.Value) || escapedSize(p.Value) > base64.StdEncoding.EncodedLen(len(p.Value))) {
		r.Base64 = p.Value
		return r
	}
	text := string(p.Value)
	r.Value = &text
	return r
}

// pair is what the record says: an error if it cannot be stored, whatever the time.
func (r record) pair() (kv.Pair, error) {
	p := kv.Pair{Key: r.Key, Item: kv.Item{Value: r.Base64, Metadata: r.Metadata, Expiration: r.Expiration}}
	switch {
	case r.Value != nil && r.Base64 != nil:
		return p, errors.New("it has both a value and a base64")
	case r.Value != nil:
		p.Value = []byte(*r.Value)
	case r.Base64 == nil:
		return p, errors.New("it has neither a value nor a base64")
	}
	return p, storable(p)
}

// storable says whether p may be stored at some time.
func storable(p kv.Pair) error {
	if p.Expiration < 0 {
		return &kv.ExpirationError{Expiration: p.Expiration, Past: true}
	}
	p.Expiration = 0
	return p.Validate(time.Time{})
}

// decodeStrict reads one JSON value of a known form. What has no place in it is an error: it would be lost.
func decodeStrict(text []byte, v any) error {
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return jsonError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows its JSON")
	}
	return nil
}

// jsonError says what is wrong in words that do not quote values.
func jsonError(err error) error {
	var wrong *json.UnmarshalTypeError
	var encoding base64.CorruptInputError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("%s is a JSON %s", wrong.Field, kindOf(wrong.Value))
	case errors.As(err, &wrong):
		return fmt.Errorf("it is a JSON %s, and no object", kindOf(wrong.Value))
	case errors.As(err, &encoding):
		return errors.New("the value is not base64")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("its JSON ends too early")
	}
	return fmt.Errorf("it is not the JSON that belongs there: %w", err)
}

// kindOf leaves out the number that the json package puts behind "number".
func kindOf(value string) string {
	kind, _, _ := bytes.Cut([]byte(value), []byte(" "))
	return string(kind)
}

// encodeLine is v as JSON in one line, with its line end.
func encodeLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// encodedSize is about how many bytes p takes in the body of a bulk put; never less.
func encodedSize(p kv.Pair) int {
	const frame = 96 // names of fields, quotes, the expiration
	value := base64.StdEncoding.EncodedLen(len(p.Value))
	if utf8.Valid(p.Value) {
		value = escapedSize(p.Value)
	}
	return frame + escapedSize([]byte(p.Key)) + value + len(p.Metadata)
}

// escapedSize is how many bytes text takes in a JSON string.
func escapedSize(text []byte) (n int) {
	n = len(text)
	for i, c := range text {
		switch {
		case c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f':
			n++
		case c < ' ':
			n += 5 // \u0000
		case c == 0xe2 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2]&^1 == 0xa8:
			n += 3 // \u2028 and \u2029
		}
	}
	return n
}
