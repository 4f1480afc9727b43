package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// ledger is what the clients know: what was acknowledged, and what may have happened.
type ledger struct {
	workers      []*worker
	acknowledged atomic.Int64
	cutOff       atomic.Int64
}

// version is what a key was given; nil stands for no key.
type version struct {
	key        string
	n          int   // counts the worker's versions
	size       int   // bytes of the value, about
	expiration int64 // Unix seconds; 0 for never
}

// pair says n in every part, so that a record put together from two gives itself away.
func (v *version) pair() kv.Pair {
	text := fmt.Sprintf("%s#%d ", v.key, v.n)
	return kv.Pair{Key: v.key, Item: kv.Item{
		Value:      []byte(strings.Repeat(text, v.size/len(text)+1)),
		Metadata:   json.RawMessage(fmt.Sprintf(`{"n":%d}`, v.n)),
		Expiration: v.expiration,
	}}
}

func (v *version) String() string {
	switch {
	case v == nil:
		return "no key"
	case v.expiration == 0:
		return fmt.Sprintf("version %d (%d bytes)", v.n, len(v.pair().Value))
	}
	return fmt.Sprintf("version %d (%d bytes, expires %s)", v.n, len(v.pair().Value), time.Unix(v.expiration, 0).UTC().Format(time.TimeOnly))
}

// entry is a key's page in the ledger.
type entry struct {
	key string
	// may holds what the key may be: what was acknowledged last, then what was tried since.
	may   []*version
	story []string // of the last writes, for whoever looks into a failure
}

// tells keeps the story short.
func (e *entry) tell(format string, args ...any) {
	e.story = append(e.story, fmt.Sprintf(format, args...))
	if extra := len(e.story) - 12; extra > 0 {
		e.story = e.story[extra:]
	}
}

// begin notes that a write was sent, and end what came of it.
func (e *entry) begin(round int, what string, v *version) {
	e.may = append(e.may, v)
	e.tell("round %d: %s %s", round, what, v)
}

func (e *entry) end(err error) {
	if err != nil {
		e.tell("  … cut off")
		return
	}
	e.may = e.may[len(e.may)-1:]
	e.tell("  … acknowledged")
}

// found compares what a get says with what may be there, and settles on it. The get
// took place between the two times.
func (e *entry) found(item *kv.Item, begin, end time.Time) error {
	var fits []*version
	for _, v := range e.may {
		switch {
		case v == nil || kv.Expired(v.expiration, begin):
			if item == nil {
				fits = append(fits, v)
			}
		case item == nil:
			if kv.Expired(v.expiration, end) {
				fits = append(fits, v)
			}
		default:
			if p := v.pair(); bytes.Equal(p.Value, item.Value) && bytes.Equal(p.Metadata, item.Metadata) && p.Expiration == item.Expiration {
				fits = append(fits, v)
			}
		}
	}
	if len(fits) == 0 {
		return e.broken("got %s", describe(item))
	}
	e.may = fits
	return nil
}

func describe(item *kv.Item) string {
	if item == nil {
		return "no key"
	}
	return fmt.Sprintf("%d bytes that begin with %.30q, metadata %s, expiration %d", len(item.Value), item.Value, item.Metadata, item.Expiration)
}

// broken tells what is wrong with the key, what would be right, and how it came.
func (e *entry) broken(format string, args ...any) error {
	return brokenf("key %s: %s; want one of %v; its story:\n  %s", e.key, fmt.Sprintf(format, args...), e.may, strings.Join(e.story, "\n  "))
}
