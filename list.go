package bindery

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
)

// Key is a key as a list shows it.
type Key struct {
	Name       string
	Expiration time.Time // the zero time if it never expires
	Metadata   json.RawMessage
}

// ListOptions ask for one page of keys; the zero value asks for the first MaxListLimit of all.
type ListOptions struct {
	Prefix string
	Limit  int    // keys a page, MinListLimit to MaxListLimit; 0 means MaxListLimit
	Cursor string // of the page before, with the same prefix; "" for the first
}

// Page is one page of a list, in the byte order of the keys. It may have fewer keys than were asked for, none even: Cursor is empty on the last
// page, and only there.
type Page struct {
	Keys   []Key
	Cursor string
}

// List returns one page of keys, in one request. Keys that have expired are left out, and so is the fingerprint by which
// `bindery apply` has sealed the namespace. ErrLimitInvalid, ErrCursorInvalid.
func (n *Namespace) List(ctx context.Context, o ListOptions) (Page, error) {
	page, err := n.ns.List(ctx, kv.ListQuery{Prefix: o.Prefix, Limit: o.Limit, Cursor: o.Cursor})
	if err != nil {
		return Page{}, fmt.Errorf("list keys of %s: %w", n.binding, err)
	}
	page.Keys = slices.DeleteFunc(page.Keys, func(k kv.KeyInfo) bool { return k.Name == fingerprint.Key })
	keys := make([]Key, len(page.Keys))
	for i, k := range page.Keys {
		keys[i] = Key{Name: k.Name, Expiration: fromUnix(k.Expiration), Metadata: k.Metadata}
	}
	return Page{Keys: keys, Cursor: page.Cursor}, nil
}

// Keys goes through all keys that start with prefix, in byte order, a request for every 1,000. An error ends it, and comes with the
// zero Key. What is written meanwhile may or may not be met.
func (n *Namespace) Keys(ctx context.Context, prefix string) iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		o := ListOptions{Prefix: prefix}
		for {
			page, err := n.List(ctx, o)
			if err != nil {
				yield(Key{}, err)
				return
			}
			for _, k := range page.Keys {
				if !yield(k, nil) {
					return
				}
			}
			if o.Cursor = page.Cursor; o.Cursor == "" {
				return
			}
		}
	}
}
