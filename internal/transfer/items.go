package transfer

import (
	"context"
	"slices"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Items calls found for those of keys that are there, in their order; as many as a bulk get takes are asked for at
// once.
func (n *Namespace) Items(ctx context.Context, keys []string, found func(key string, item kv.Item) error) error {
	for chunk := range slices.Chunk(keys, kv.MaxBulkGet) {
		if err := n.each(ctx, chunk, found); err != nil {
			return err
		}
	}
	return nil
}

// SameItem says whether two items are the same; metadata by what it means.
func SameItem(a, b kv.Item) bool { return itemDigest(a) == itemDigest(b) }
