package seed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// Kind is what becomes of a key.
type Kind string

// The kinds.
const (
	New     Kind = "new"
	Changed Kind = "changed"
	Removed Kind = "removed" // as the seed says that it is not to be there, or not any more
	Extra   Kind = "extra"   // under a prefix that the seed owns, and unknown to it
)

// Change is a key that a seed does something to.
type Change struct {
	Key     string           `json:"key"`
	Kind    Kind             `json:"change"`
	Differs []transfer.Class `json:"differs,omitempty"` // of one that is changed
}

// Plan is what it takes until a namespace holds what a seed says.
type Plan struct {
	Changes []Change  // in byte order of keys
	Same    int       // keys that hold already what they should
	Expired int       // keys whose expiration has passed, or will within kv.MinTTL: they are not written
	Puts    []kv.Pair // in byte order of keys
	Deletes []string
}

// Plan compares a binding's keys with what is in its namespace. With prune, keys that the seed owns and does not know are
// to be deleted; without, nobody looks for them.
//
// A key with a TTL is written when it is new or differs in value or metadata. One that is there and expires within that time
// is as it should be, so that a seed that is run again and again renews nothing.
func (b *Binding) Plan(ctx context.Context, store transfer.Store, now time.Time, prune bool) (*Plan, error) {
	p := &Plan{}
	for chunk := range slices.Chunk(b.Keys, kv.MaxBulkGet) {
		names := make([]string, len(chunk))
		for i, k := range chunk {
			names[i] = k.Key
		}
		there, err := store.GetMany(ctx, names)
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		for _, k := range chunk {
			item, found := there[k.Key]
			p.judge(k, item, found, now)
		}
	}
	if prune {
		if err := p.prune(ctx, b, store); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(p.Changes, func(x, y Change) int { return cmp.Compare(x.Key, y.Key) })
	return p, nil
}

func (p *Plan) judge(k Key, is kv.Item, found bool, now time.Time) {
	differs := k.differs(is, now)
	switch {
	case found && (k.Remove || kv.Expired(k.Expiration, now)):
		p.Changes = append(p.Changes, Change{Key: k.Key, Kind: Removed})
		p.Deletes = append(p.Deletes, k.Key)
		return
	case k.Remove, found && len(differs) == 0:
		p.Same++
		return
	case kv.Expired(k.Expiration, now.Add(kv.MinTTL)):
		p.Expired++
		return
	case found:
		p.Changes = append(p.Changes, Change{Key: k.Key, Kind: Changed, Differs: differs})
	default:
		p.Changes = append(p.Changes, Change{Key: k.Key, Kind: New})
	}
	if k.TTL > 0 {
		k.Expiration = now.Add(k.TTL).Unix()
	}
	p.Puts = append(p.Puts, k.Pair)
}

// differs says in what an item is not what the key should hold.
func (k *Key) differs(is kv.Item, now time.Time) (classes []transfer.Class) {
	if !bytes.Equal(k.Value, is.Value) {
		classes = append(classes, transfer.Value)
	}
	if !sameJSON(k.Metadata, is.Metadata) {
		classes = append(classes, transfer.Metadata)
	}
	const rounding = 1 // second, for a server's clock that was read in another one
	lives := is.Expiration > 0 && is.Expiration <= now.Add(k.TTL).Unix()+rounding
	if k.TTL > 0 && !lives || k.TTL == 0 && is.Expiration != k.Expiration {
		classes = append(classes, transfer.Expiration)
	}
	return classes
}

// sameJSON compares what JSON means, as a service may write the same in other words. Nothing is null.
func sameJSON(a, b json.RawMessage) bool {
	x, errX := decode(a)
	y, errY := decode(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func decode(text json.RawMessage) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); errors.Is(err, io.EOF) {
		return nil, nil
	}
	return v, err
}

// prune finds the keys that the seed owns and does not know.
func (p *Plan) prune(ctx context.Context, b *Binding, store transfer.Store) error {
	known := map[string]bool{}
	for _, k := range b.Keys {
		known[k.Key] = true
	}
	for i, prefix := range b.Owns {
		query := transfer.Query{Filter: transfer.Filter{Prefix: prefix}, KeysOnly: true}
		for e, err := range transfer.NewNamespace(store).Scan(ctx, query) {
			if err != nil {
				return fmt.Errorf("list: %w", err)
			}
			earlier := slices.ContainsFunc(b.Owns[:i], func(other string) bool { return strings.HasPrefix(e.Key, other) })
			if known[e.Key] || earlier {
				continue
			}
			p.Changes = append(p.Changes, Change{Key: e.Key, Kind: Extra})
			p.Deletes = append(p.Deletes, e.Key)
		}
	}
	return nil
}
