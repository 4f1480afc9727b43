package cloudflare

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

var _ kv.Bulk = (*namespace)(nil)

// rawJSON is a JSON value whose null means that there is none.
type rawJSON json.RawMessage

func (r *rawJSON) UnmarshalJSON(b []byte) error {
	*r = append((*r)[:0], b...)
	return nil
}

func (r rawJSON) orNil() json.RawMessage {
	if len(r) == 0 || string(r) == "null" {
		return nil
	}
	return json.RawMessage(r)
}

// GetMany asks for all keys at once. One value that is no text, or more of them
// than fit in an answer, and they are asked for one by one.
func (n *namespace) GetMany(ctx context.Context, keys []string) (map[string]kv.Item, error) {
	items := make(map[string]kv.Item, len(keys))
	err := n.GetEach(ctx, keys, func(key string, item kv.Item) error {
		items[key] = item
		return nil
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

// GetEach is GetMany for whoever would rather not hold all values at once: found is
// called for each key that is there, in the order of keys, and ends it with an error.
func (n *namespace) GetEach(ctx context.Context, keys []string, found func(key string, item kv.Item) error) error {
	if err := kv.CheckKeys(keys, kv.MaxBulkGet); err != nil {
		return err
	}
	if len(keys) == 0 {
		return n.bad
	}
	items, err := n.bulkGet(ctx, keys)
	alone := cannotBulk(err)
	if err != nil && !alone {
		return err
	}
	for _, key := range keys {
		item, ok := items[key]
		if alone {
			item, err = n.getRaw(ctx, key)
			if ok = err == nil; !ok && !errors.Is(err, kv.ErrKeyNotFound) {
				return err
			}
		}
		if ok {
			if err := found(key, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// bulkGet is one POST …/bulk/get. It reads nothing but, so it may be repeated.
func (n *namespace) bulkGet(ctx context.Context, keys []string) (map[string]kv.Item, error) {
	q, err := n.request(http.MethodPost, "/bulk/get")
	if err != nil {
		return nil, err
	}
	if q.body, err = jsonBody(wire.BulkGetRequest{Keys: keys, WithMetadata: true}); err != nil {
		return nil, err
	}
	answer, err := call[wire.BulkGetResult[*wire.BulkItem[*string]]](ctx, n.c, q, nil)
	if err != nil {
		return nil, err
	}
	items := make(map[string]kv.Item, len(answer.Values))
	for key, found := range answer.Values {
		if found == nil || found.Value == nil {
			continue
		}
		items[key] = kv.Item{Value: []byte(*found.Value), Metadata: rawJSON(found.Metadata).orNil(), Expiration: found.Expiration}
	}
	return items, nil
}

// PutMany stores all pairs. Those that the API names as unsuccessful are an error:
// they were valid, so sending them again helps.
func (n *namespace) PutMany(ctx context.Context, pairs []kv.Pair) error {
	if len(pairs) > kv.MaxBulkPut {
		return fmt.Errorf("%w: %d pairs exceed %d", kv.ErrTooMany, len(pairs), kv.MaxBulkPut)
	}
	sent := make([]wire.BulkPair, len(pairs))
	for i, p := range pairs {
		if err := checkPair(p); err != nil {
			return fmt.Errorf("pair %d: %w", i, err)
		}
		sent[i] = bulkPair(p.Normalize())
	}
	body, err := jsonBody(sent)
	if err != nil {
		return err
	}
	if body.size() > kv.MaxBulkPutBytes {
		return fmt.Errorf("%w: a request of %d bytes exceeds %d", kv.ErrTooMany, body.size(), kv.MaxBulkPutBytes)
	}
	return n.bulkWrite(ctx, http.MethodPut, "/bulk", body)
}

// bulkPair spells a value that is no text in base64.
func bulkPair(p kv.Pair) wire.BulkPair {
	value := string(p.Value)
	w := wire.BulkPair{Key: p.Key, Value: &value, Metadata: p.Metadata}
	if !utf8.Valid(p.Value) {
		value, w.Base64 = base64.StdEncoding.EncodeToString(p.Value), true
	}
	if p.Expiration != 0 {
		at := wire.Seconds(p.Expiration)
		w.Expiration = &at
	}
	return w
}

// DeleteMany removes all keys.
func (n *namespace) DeleteMany(ctx context.Context, keys []string) error {
	if err := kv.CheckKeys(keys, kv.MaxBulkDelete); err != nil {
		return err
	}
	body, err := jsonBody(append([]string{}, keys...)) // [] rather than null for none
	if err != nil {
		return err
	}
	return n.bulkWrite(ctx, http.MethodPost, "/bulk/delete", body)
}

// bulkWrite sends a bulk call that may be repeated: the same pairs or keys again
// leave the namespace as it is.
func (n *namespace) bulkWrite(ctx context.Context, method, below string, b body) error {
	q, err := n.request(method, below)
	if err != nil {
		return err
	}
	q.body = b
	done, err := call[wire.BulkResult](ctx, n.c, q, nil)
	if err == nil && len(done.UnsuccessfulKeys) > 0 {
		err = fmt.Errorf("%s %s: %w: %d keys were not written, %d were", method, q.path, kv.ErrUnavailable, len(done.UnsuccessfulKeys), done.SuccessfulKeyCount)
	}
	return err
}
