package bindery

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Limits of Workers KV (https://developers.cloudflare.com/kv/platform/limits/).
const (
	MaxKeyBytes      = kv.MaxKeyBytes      // bytes of UTF-8: 512
	MaxValueBytes    = kv.MaxValueBytes    // 25 MiB
	MaxMetadataBytes = kv.MaxMetadataBytes // bytes of JSON: 1,024
	MinTTL           = kv.MinTTL           // an expiration lies at least 60 s ahead
	MinListLimit     = kv.MinListLimit     // keys a page: 10
	MaxListLimit     = kv.MaxListLimit     // keys a page: 1,000, also the default
)

// Namespace is a KV namespace: keys with values, metadata and expirations. It is safe for concurrent use. Value, metadata and expiration are
// written together.
//
// A call that ends with ctx returns its error; every other error is one of the package's, with what was being done.
type Namespace struct {
	binding string
	id      string
	ns      kv.Namespace
}

// Item is what is stored under a key.
type Item struct {
	Value    []byte          // at most MaxValueBytes
	Metadata json.RawMessage // any JSON of at most MaxMetadataBytes; nil for none
	// Expiration is when the key is gone, to the second: a part of one is rounded up. At least MinTTL ahead; the zero time is never.
	Expiration time.Time
}

// Binding is the name by which the namespace was opened.
func (n *Namespace) Binding() string { return n.binding }

// ID is the namespace's id, 32 hex digits; "" in a folder or in memory where the configuration gives none.
func (n *Namespace) ID() string { return n.id }

// Get returns what is stored under key. ErrKeyNotFound if there is nothing, or it has expired.
func (n *Namespace) Get(ctx context.Context, key string) (Item, error) {
	item, err := n.ns.Get(ctx, key)
	if err != nil {
		return Item{}, n.failed("get", key, err)
	}
	return fromKV(item), nil
}

// Put stores item under key, in the place of all that was there. When it returns nil the item is as durable as its place
// makes it. Cloudflare takes one put a second of the same key, and answers more with ErrUnavailable.
func (n *Namespace) Put(ctx context.Context, key string, item Item) error {
	if err := n.ns.Put(ctx, kv.Pair{Key: key, Item: item.toKV()}); err != nil {
		return n.failed("put", key, err)
	}
	return nil
}

// Delete removes key. One that is not there is no error.
func (n *Namespace) Delete(ctx context.Context, key string) error {
	if err := n.ns.Delete(ctx, key); err != nil {
		return n.failed("delete", key, err)
	}
	return nil
}

// maxShown bounds what of a key is in a message, in bytes.
const maxShown = 64

func (n *Namespace) failed(verb, key string, err error) error {
	if len(key) > maxShown {
		key = key[:maxShown] + "…"
	}
	return fmt.Errorf("%s %q of %s: %w", verb, key, n.binding, err)
}

func fromKV(item kv.Item) Item {
	return Item{Value: item.Value, Metadata: item.Metadata, Expiration: fromUnix(item.Expiration)}
}

func (i Item) toKV() kv.Item {
	return kv.Item{Value: i.Value, Metadata: i.Metadata, Expiration: toUnix(i.Expiration)}
}

func fromUnix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// toUnix rounds up: what is to live for MinTTL from now must not be refused for a part of a second. What lies before 1970 is as past as
// its first second; 0 would be never.
func toUnix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	seconds := t.Unix()
	if t.Nanosecond() > 0 {
		seconds++
	}
	return max(seconds, 1)
}
