package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

// ErrShape: a body that is not JSON, or not the JSON that the route takes.
var ErrShape = errors.New("body has the wrong shape")

// Array yields the items of a JSON array as they arrive, so that a body of 100 MB
// needs the memory of its largest item. It ends with the first error: ErrShape, or
// the reader's own. Nothing but blanks may follow the array.
//
// It splits the array itself: json.Decoder goes over all blanks before a token again
// at every read, which lets a body of blanks keep a processor busy for minutes.
func Array[T any](r io.Reader) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		s := splitter{r: bufio.NewReaderSize(r, 64<<10)}
		var v, zero T
		for n := 1; ; n++ {
			v = zero
			item, err := s.next()
			if err == io.EOF {
				return
			}
			if err == nil {
				err = decodeItem(item, n, &v)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// decodeItem decodes the n-th item into v, which is zero.
func decodeItem[T any](item []byte, n int, v *T) error {
	if p, ok := any(v).(plain); ok && utf8.Valid(item) {
		if p.readPlain(item) {
			return nil
		}
		*v = *new(T) // of which it may have filled some
	}
	return decode(item, fmt.Sprintf("item %d: ", n), v)
}

// Object decodes a body that is one JSON value, and short.
func Object(r io.Reader, v any) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	return decode(body, "", v)
}

// splitter cuts an array into its items. It looks only for where they end; whether
// they are JSON is for the decoder to say.
type splitter struct {
	r       *bufio.Reader
	started bool
	item    []byte // reused
}

// next returns the next item, which is valid until the call after; io.EOF after the last.
func (s *splitter) next() ([]byte, error) {
	c, err := s.nonblank()
	first := !s.started
	switch {
	case err != nil:
		return nil, cutShort(err)
	case first && c != '[':
		return nil, fmt.Errorf("%w: an array is expected", ErrShape)
	case first:
		s.started = true
		if c, err = s.nonblank(); err != nil {
			return nil, cutShort(err)
		}
	}
	switch {
	case c == ']':
		return nil, s.end()
	case first:
	case c == ',':
		if c, err = s.nonblank(); err != nil {
			return nil, cutShort(err)
		}
	default:
		return nil, errNotJSON
	}
	s.item = append(s.item[:0], c)
	err = s.readItem(c)
	return s.item, cutShort(err)
}

// readItem reads the rest of the item that begins with c.
func (s *splitter) readItem(c byte) error {
	if c != '{' && c != '[' && c != '"' {
		return s.readScalar()
	}
	for depth := 0; ; {
		switch c {
		case '"':
			if err := s.readString(); err != nil {
				return err
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if c, err = s.r.ReadByte(); err != nil {
			return err
		}
		s.item = append(s.item, c)
	}
}

// readString reads to the quote that ends a string.
func (s *splitter) readString() error {
	for {
		chunk, err := s.r.ReadSlice('"')
		s.item = append(s.item, chunk...)
		switch {
		case err == bufio.ErrBufferFull:
		case err != nil:
			return err
		case !s.quoteEscaped():
			return nil
		}
	}
}

// quoteEscaped says whether the quote at the end of the item is part of a string: an
// odd number of backslashes stands before it.
func (s *splitter) quoteEscaped() bool {
	before := s.item[:len(s.item)-1]
	return (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 1
}

// readScalar reads a number or a word, up to what must follow an item.
func (s *splitter) readScalar() error {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return err
		}
		if c == ',' || c == ']' || isBlank(c) {
			return s.r.UnreadByte()
		}
		s.item = append(s.item, c)
	}
}

// end makes sure that the body ends with the array.
func (s *splitter) end() error {
	_, err := s.nonblank()
	switch {
	case err == nil:
		return fmt.Errorf("%w: something follows the array", ErrShape)
	case err == io.EOF:
		return io.EOF
	}
	return cutShort(err)
}

// nonblank reads the next byte that is no blank.
func (s *splitter) nonblank() (byte, error) {
	for {
		window, err := s.r.Peek(max(s.r.Buffered(), 1))
		if len(window) == 0 {
			return 0, err
		}
		for i, c := range window {
			if !isBlank(c) {
				_, err := s.r.Discard(i + 1)
				return c, err
			}
		}
		if _, err := s.r.Discard(len(window)); err != nil {
			return 0, err
		}
	}
}

// cutShort words the error of a body that ends or fails within the array.
func cutShort(err error) error {
	switch err {
	case nil:
		return nil
	case io.EOF:
		return errNotJSON
	}
	return fmt.Errorf("read body: %w", err)
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

var errNotJSON = fmt.Errorf("%w: not JSON", ErrShape)

// decode is json.Unmarshal, but for two things. Bytes that are no UTF-8 are refused,
// where encoding/json would replace them without a word: a stored value must be the
// one that was sent. And errors are ErrShape, without the decoder's words, which may
// quote a value.
func decode(text []byte, where string, v any) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("%w: %snot UTF-8", ErrShape, where)
	}
	err := json.Unmarshal(text, v)
	var typ *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNotSeconds):
		return fmt.Errorf("%w: %s%w", ErrShape, where, errNotSeconds)
	case errors.As(err, &typ):
		kind, _, _ := strings.Cut(typ.Value, " ") // "number 12" would quote the value
		if typ.Field == "" {
			return fmt.Errorf("%w: %sit must not be of type %s", ErrShape, where, kind)
		}
		return fmt.Errorf("%w: %s%s must not be of type %s", ErrShape, where, typ.Field, kind)
	}
	return fmt.Errorf("%w: %snot JSON", ErrShape, where)
}
