package bindery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Pair is a key with what is to be stored under it.
type Pair struct {
	Key string
	Item
}

// maxBulkBytes bounds the keys, values and metadata of one call. As JSON they may take six times as many, and what stands
// around them as well; the API takes 100 MB.
const maxBulkBytes = kv.MaxBulkPutBytes / 8

// GetMany returns what is stored under keys, as many as one likes; those that are not there are absent. It takes a request
// for every 100 of them.
func (n *Namespace) GetMany(ctx context.Context, keys []string) (map[string]Item, error) {
	all := make(map[string]Item, len(keys))
	for some := range slices.Chunk(keys, kv.MaxBulkGet) {
		items, err := n.many().GetMany(ctx, some)
		if err != nil {
			return nil, n.bulkFailed("get", len(some), err)
		}
		for key, item := range items {
			all[key] = fromKV(item)
		}
	}
	return all, nil
}

// PutMany stores pairs, as many as one likes; of two with one key the later wins. It takes a request for every 10,000
// of them, or 12 MB. One that breaks a limit is found before anything is stored, but for an expiration that is too near; what a request refuses is
// not stored, and what requests before it have stored stays.
func (n *Namespace) PutMany(ctx context.Context, pairs []Pair) error {
	all := make([]kv.Pair, len(pairs))
	for i, p := range pairs {
		all[i] = kv.Pair{Key: p.Key, Item: p.toKV()}
		if err := checkPair(all[i]); err != nil {
			return n.failed("put", p.Key, err)
		}
	}
	for len(all) > 0 {
		some := all[:fitting(all)]
		all = all[len(some):]
		if len(some) == 1 { // its bytes go as they are, however many
			if err := n.Put(ctx, some[0].Key, fromKV(some[0].Item)); err != nil {
				return err
			}
			continue
		}
		if err := n.many().PutMany(ctx, some); err != nil {
			return n.bulkFailed("put", len(some), err)
		}
	}
	return nil
}

// DeleteMany removes keys, as many as one likes; those that are not there are no error. It takes a request for every 10,000.
func (n *Namespace) DeleteMany(ctx context.Context, keys []string) error {
	for some := range slices.Chunk(keys, kv.MaxBulkDelete) {
		if err := n.many().DeleteMany(ctx, some); err != nil {
			return n.bulkFailed("delete", len(some), err)
		}
	}
	return nil
}

// fitting is how many of pairs go in one request, at least one.
func fitting(pairs []kv.Pair) int {
	size := 0
	for i, p := range pairs {
		size += len(p.Key) + len(p.Value) + len(p.Metadata)
		if i > 0 && size > maxBulkBytes || i == kv.MaxBulkPut {
			return i
		}
	}
	return len(pairs)
}

// checkPair finds what any place would refuse. Expirations are for the clock of the place.
func checkPair(p kv.Pair) error {
	p.Expiration = 0
	return p.Validate(time.Time{})
}

// many is the namespace for many keys at once: what all places offer.
func (n *Namespace) many() kv.Bulk { return n.ns.(kv.Bulk) }

func (n *Namespace) bulkFailed(verb string, keys int, err error) error {
	return fmt.Errorf("%s %d keys of %s: %w", verb, keys, n.binding, err)
}
