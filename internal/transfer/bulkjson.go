package transfer

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/kv"
)

// bulkPair is a pair in a file of `wrangler kv bulk put`.
type bulkPair struct {
	Key        string          `json:"key"`
	Value      *string         `json:"value"`
	Base64     bool            `json:"base64,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Expiration int64           `json:"expiration,omitempty"`     // Unix seconds
	TTL        int64           `json:"expiration_ttl,omitempty"` // seconds; wins, as in the API
}

// readBulkJSON yields the pairs of an array as `wrangler kv bulk put` takes it, in any order. A time to live counts
// from now. Fields of other names are passed over, as wrangler does.
func readBulkJSON(r io.Reader, now time.Time) iter.Seq2[kv.Pair, error] {
	return func(yield func(kv.Pair, error) bool) {
		b := bufio.NewReader(r)
		if start, _ := b.Peek(3); string(start) == "\ufeff" {
			_, _ = b.Discard(3)
		}
		d := json.NewDecoder(b)
		if t, err := d.Token(); err != nil || t != json.Delim('[') {
			if err == nil {
				err = errNoArray
			} else {
				err = jsonError(err)
			}
			yield(kv.Pair{}, err)
			return
		}
		for n := 1; d.More(); n++ {
			var raw json.RawMessage
			err := d.Decode(&raw)
			var p kv.Pair
			if err != nil {
				err = jsonError(err)
			} else {
				p, err = readBulkPair(raw, now)
			}
			if err != nil {
				yield(kv.Pair{}, fmt.Errorf("pair %d: %w", n, err))
				return
			}
			if !yield(p, nil) {
				return
			}
		}
		_, err := d.Token()
		if err == nil {
			if _, err = d.Token(); err == io.EOF {
				return
			}
			err = errors.New("something follows the array")
		} else {
			err = jsonError(err)
		}
		yield(kv.Pair{}, err)
	}
}

var errNoArray = errors.New("it is not an array of pairs, as `wrangler kv bulk put` takes it")

func readBulkPair(raw json.RawMessage, now time.Time) (kv.Pair, error) {
	if !utf8.Valid(raw) {
		return kv.Pair{}, errors.New("it is not UTF-8")
	}
	var b bulkPair
	if err := json.Unmarshal(raw, &b); err != nil {
		return kv.Pair{}, jsonError(err)
	}
	if b.Value == nil {
		return kv.Pair{}, errors.New("it has no value")
	}
	p := kv.Pair{Key: b.Key, Item: kv.Item{Value: []byte(*b.Value), Metadata: b.Metadata, Expiration: b.Expiration}}
	if b.Base64 {
		var err error
		if p.Value, err = base64.StdEncoding.DecodeString(*b.Value); err != nil {
			return kv.Pair{}, jsonError(err)
		}
	}
	switch {
	case b.TTL < 0 || b.TTL > 1<<40:
		return kv.Pair{}, fmt.Errorf("an expiration_ttl of %d is out of range", b.TTL)
	case b.TTL > 0:
		p.Expiration = now.Unix() + b.TTL
	}
	return p.Normalize(), storable(p)
}

// bulkWriter writes an array that `wrangler kv bulk put` takes, a pair a line.
type bulkWriter struct {
	w    *bufio.Writer
	some bool
}

func (w *bulkWriter) Put(_ context.Context, pairs []kv.Pair) error {
	for _, p := range pairs {
		value := string(p.Value)
		b := bulkPair{Key: p.Key, Value: &value, Metadata: p.Normalize().Metadata, Expiration: p.Expiration}
		if !utf8.Valid(p.Value) {
			value, b.Base64 = base64.StdEncoding.EncodeToString(p.Value), true
		}
		text, err := encodeLine(b)
		if err != nil {
			return err
		}
		_, _ = w.w.WriteString(w.separator())
		if _, err := w.w.Write(text[:len(text)-1]); err != nil {
			return err
		}
	}
	return nil
}

func (w *bulkWriter) separator() string {
	if !w.some {
		w.some = true
		return "[\n"
	}
	return ",\n"
}

func (w *bulkWriter) end() error {
	tail := "\n]\n"
	if !w.some {
		tail = "[]\n"
	}
	_, _ = w.w.WriteString(tail)
	return w.w.Flush()
}
