package transfer

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/bindery-dev/bindery/internal/kv"
)

// readNDJSON yields the pairs of a file of NDJSON, verified if it has a header. Then they are in order, too.
func readNDJSON(r io.Reader) iter.Seq2[kv.Pair, error] {
	return func(yield func(kv.Pair, error) bool) {
		lines, err := newLineReader(r)
		if err != nil {
			yield(kv.Pair{}, err)
			return
		}
		var order order
		for {
			text, err := lines.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(kv.Pair{}, err)
				return
			}
			p, err := readRecord(text)
			if err == nil && lines.header != nil {
				err = order.next(p.Key)
			}
			if err != nil {
				yield(kv.Pair{}, fmt.Errorf("line %d: %w", lines.number, err))
				return
			}
			lines.bytes += int64(len(p.Value))
			if !yield(p, nil) {
				return
			}
		}
	}
}

func readRecord(text []byte) (kv.Pair, error) {
	var r record
	if err := decodeStrict(text, &r); err != nil {
		return kv.Pair{}, err
	}
	return r.pair()
}

// order holds keys to their byte order.
type order struct {
	any  bool
	last string
}

func (o *order) next(key string) error {
	if o.any && key <= o.last {
		return fmt.Errorf("key %q does not belong behind %q: keys are in byte order, each once", printable(key), printable(o.last))
	}
	o.any, o.last = true, key
	return nil
}

// ndjsonWriter writes NDJSON with header and manifest. Pairs come in order.
type ndjsonWriter struct{ *lineWriter }

func (w ndjsonWriter) Put(_ context.Context, pairs []kv.Pair) error {
	for _, p := range pairs {
		if err := w.write(recordOf(p.Normalize()), len(p.Value)); err != nil {
			return err
		}
	}
	return nil
}
