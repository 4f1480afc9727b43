package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"reflect"
)

// Class is a way in which a key differs between two places.
type Class string

// The classes. A key may be in several of the last three.
const (
	Missing    Class = "missing" // the second place has no such key
	Extra      Class = "extra"   // only the second place has it
	Value      Class = "value"
	Metadata   Class = "metadata"
	Expiration Class = "expiration"
)

// Classes are all classes, in the order of reports.
var Classes = []Class{Missing, Extra, Value, Metadata, Expiration}

// Difference is a key that is not the same in two places.
type Difference struct {
	Key     string  `json:"key"`
	Differs []Class `json:"differs"`
}

// Comparison compares what two ordered sources have.
type Comparison struct {
	A, B   Source
	Filter Filter
	// Quick compares what lists show: keys, metadata and expirations; and the sizes of values where both sides know them.
	Quick bool
	// Found is told each difference in byte order of keys; an error ends the comparison.
	Found func(Difference) error
	// Progress is told now and then how many keys were looked at; nil if nobody asks.
	Progress func(keys int64)
}

// Summary is what a comparison found.
type Summary struct {
	Keys      int64           `json:"keys"`      // on either side
	Different int64           `json:"different"` // of these
	Classes   map[Class]int64 `json:"classes"`
}

// Compare walks both sides in the order of their keys: of each, no more than a page of keys and the values of a bulk get
// is in memory.
func (c *Comparison) Compare(ctx context.Context) (Summary, error) {
	return c.compare(ctx, func(d Difference, _ Entry) error { return c.Found(d) })
}

// compare tells each difference with what A has.
func (c *Comparison) compare(ctx context.Context, found func(Difference, Entry) error) (Summary, error) {
	s := Summary{Classes: map[Class]int64{}}
	query := Query{Filter: c.Filter, KeysOnly: c.Quick}
	a, stopA := newWalker(c.A.Scan(ctx, query))
	defer stopA()
	b, stopB := newWalker(c.B.Scan(ctx, query))
	defer stopB()
	for {
		if err := a.fill(); err != nil {
			return s, err
		}
		if err := b.fill(); err != nil {
			return s, err
		}
		var d Difference
		var is Entry
		switch {
		case a.ended && b.ended:
			return s, nil
		case b.ended || !a.ended && a.entry.Key < b.entry.Key:
			is = a.take()
			d = Difference{is.Key, []Class{Missing}}
		case a.ended || b.entry.Key < a.entry.Key:
			d = Difference{b.take().Key, []Class{Extra}}
		default:
			is = a.take()
			d = Difference{is.Key, c.differs(is, b.take())}
		}
		if s.Keys++; s.Keys%1000 == 0 && c.Progress != nil {
			c.Progress(s.Keys)
		}
		if len(d.Differs) == 0 {
			continue
		}
		s.Different++
		for _, class := range d.Differs {
			s.Classes[class]++
		}
		if err := found(d, is); err != nil {
			return s, err
		}
	}
}

func (c *Comparison) differs(a, b Entry) (classes []Class) {
	sized := a.Size >= 0 && b.Size >= 0
	if sized && a.Size != b.Size || !c.Quick && !bytes.Equal(a.Value, b.Value) {
		classes = append(classes, Value)
	}
	if !sameMetadata(a.Metadata, b.Metadata) {
		classes = append(classes, Metadata)
	}
	if a.Expiration != b.Expiration {
		classes = append(classes, Expiration)
	}
	return classes
}

// sameMetadata compares what JSON means: a service may write the same in other words. Numbers are held to their digits.
func sameMetadata(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := decodeAny(a)
	y, errY := decodeAny(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

// decodeAny takes nothing for null, which is no metadata either.
func decodeAny(text json.RawMessage) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err == io.EOF {
		err = nil
	}
	return v, err
}

// walker is one side: the entry that comes next.
type walker struct {
	next  func() (Entry, error, bool)
	entry Entry
	full  bool
	ended bool
	order order
}

func newWalker(scan iter.Seq2[Entry, error]) (*walker, func()) {
	next, stop := iter.Pull2(scan)
	return &walker{next: next}, stop
}

func (w *walker) fill() error {
	if w.full || w.ended {
		return nil
	}
	entry, err, ok := w.next()
	switch {
	case !ok:
		w.ended, w.entry = true, Entry{}
		return nil
	case err != nil:
		return err
	}
	if err := w.order.next(entry.Key); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	w.entry, w.full = entry, true
	return nil
}

func (w *walker) take() Entry {
	e := w.entry
	w.entry, w.full = Entry{}, false
	return e
}
