package seed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// valueError is a mistake at a node of a value.
type valueError struct {
	at      syntax.Span
	message string
	help    string
}

func (e *valueError) Error() string { return e.message }

// compact is a value as JSON without blanks, the fields of objects in the order of their names, numbers as they are
// written: the same value gives the same bytes, whichever file it stands in.
func compact(n *syntax.Node) ([]byte, error) {
	w := &jsonWriter{}
	w.texts = json.NewEncoder(&w.Buffer)
	w.texts.SetEscapeHTML(false)
	err := w.value(n)
	return w.Bytes(), err
}

type jsonWriter struct {
	bytes.Buffer
	texts *json.Encoder
}

func (b *jsonWriter) value(n *syntax.Node) error {
	if b.Len() > kv.MaxValueBytes { // aliases make much of little
		return &valueError{n.Span, fmt.Sprintf("the value is larger than %d bytes", kv.MaxValueBytes), ""}
	}
	switch n.Kind {
	case syntax.Table:
		return b.object(n)
	case syntax.Array:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := b.value(item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case syntax.String, syntax.Datetime:
		b.text(n.Text)
	case syntax.Bool:
		fmt.Fprint(b, n.Bool)
	case syntax.Null:
		b.WriteString("null")
	default:
		text, ok := number(n.Text)
		if !ok {
			return &valueError{n.Span, "the number has no form in JSON", "put it into quotes"}
		}
		b.WriteString(text)
	}
	return nil
}

func (b *jsonWriter) object(n *syntax.Node) error {
	fields := slices.Clone(n.Fields)
	slices.SortStableFunc(fields, func(x, y *syntax.Field) int { return cmp.Compare(x.Name, y.Name) })
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			if f.Name == fields[i-1].Name {
				return &valueError{f.NameAt, fmt.Sprintf("%q is there twice", f.Name), ""}
			}
			b.WriteByte(',')
		}
		b.text(f.Name)
		b.WriteByte(':')
		if err := b.value(f.Value); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func (b *jsonWriter) text(text string) {
	_ = b.texts.Encode(text) // a buffer takes all
	b.Truncate(b.Len() - 1)  // the line end
}

// number is a number of TOML or JSON in JSON's notation; false for infinity and what is no number.
func number(text string) (string, bool) {
	if json.Valid([]byte(text)) {
		return text, true
	}
	text = strings.TrimPrefix(strings.ReplaceAll(text, "_", ""), "+")
	if json.Valid([]byte(text)) {
		return text, true
	}
	if i, ok := new(big.Int).SetString(text, 0); ok { // 0x, 0o and 0b
		return i.String(), true
	}
	return "", false
}

// decimal is a number in JSON's notation.
func decimal(v any) (string, error) {
	text, err := json.Marshal(v)
	if err == nil && !isNumber(text) {
		err = errors.New("no number")
	}
	return string(text), err
}

func isNumber(text []byte) bool {
	return len(text) > 0 && (text[0] == '-' || '0' <= text[0] && text[0] <= '9')
}
