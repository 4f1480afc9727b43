package cloudflare

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

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

// GetMany asks for all keys at once. Values that are no text, or more of them than fit
// in an answer, are looked for by halves, and asked for one by one.
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
	return n.getEach(ctx, keys, found)
}

// fewKeys are asked for one by one where a bulk get of them fails.
const fewKeys = 4

// getEach looks for the values that make a bulk get fail by halves: one among a hundred costs a dozen calls so, and
// two hundred if all were asked for alone.
func (n *namespace) getEach(ctx context.Context, keys []string, found func(key string, item kv.Item) error) error {
	items, err := n.bulkGet(ctx, keys)
	switch {
	case err == nil:
		for _, key := range keys {
			if item, ok := items[key]; ok {
				if err := found(key, item); err != nil {
					return err
				}
			}
		}
		return nil
	case len(keys) > fewKeys && fewerMay(err):
		half := len(keys) / 2
		if err := n.getEach(ctx, keys[:half], found); err != nil {
			return err
		}
		return n.getEach(ctx, keys[half:], found)
	case !cannotBulk(err):
		return err
	}
	for _, key := range keys {
		item, err := n.getRaw(ctx, key)
		if errors.Is(err, kv.ErrKeyNotFound) {
			continue
		}
		if err == nil {
			err = found(key, item)
		}
		if err != nil {
			return err
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
	var items map[string]kv.Item
	err = n.c.send(ctx, q, func(res *http.Response) error {
		buffer := answers.Get().(*bytes.Buffer)
		defer answers.Put(buffer)
		buffer.Reset()
		if _, err := buffer.ReadFrom(io.LimitReader(res.Body, maxAnswer)); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		var err error
		items, err = readItems(q, res, buffer.Bytes())
		return err
	})
	return items, err
}

// answers are buffers for the answers of bulk gets.
var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readItems takes the values out of the answer of a bulk get.
func readItems(q request, res *http.Response, raw []byte) (map[string]kv.Item, error) {
	items := map[string]kv.Item{}
	if found, ok := wire.ReadBulkGet(raw); ok && res.StatusCode == http.StatusOK {
		for key, v := range found {
			items[key] = kv.Item(v)
		}
		return items, nil
	}
	var env wire.Envelope[wire.BulkGetResult[*wire.BulkItem[*string]]]
	if err := decodeEnvelope(q, res, raw, &env); err != nil {
		return nil, err
	}
	for key, found := range env.Result.Values {
		if found != nil && found.Value != nil {
			items[key] = kv.Item{Value: []byte(*found.Value), Metadata: rawJSON(found.Metadata).orNil(), Expiration: found.Expiration}
		}
	}
	return items, nil
}

// PutMany stores all pairs. Those that the API names as unsuccessful are an error:
// they were valid, so sending them again helps.
func (n *namespace) PutMany(ctx context.Context, pairs []kv.Pair) error {
	if len(pairs) > kv.MaxBulkPut {
		return fmt.Errorf("%w: %d pairs exceed %d", kv.ErrTooMany, len(pairs), kv.MaxBulkPut)
	}
	size := 2
	for _, p := range pairs {
		size += 64 + len(p.Key) + len(p.Value) + len(p.Value)/8 + len(p.Metadata)
	}
	text := append(make([]byte, 0, size), '[')
	for i, p := range pairs {
		if err := checkPair(p); err != nil {
			return fmt.Errorf("pair %d: %w", i, err)
		}
		if i > 0 {
			text = append(text, ',')
		}
		p = p.Normalize()
		text = wire.AppendBulkPair(text, p.Key, p.Value, p.Metadata, p.Expiration)
	}
	text = append(text, ']')
	if len(text) > kv.MaxBulkPutBytes {
		return fmt.Errorf("%w: a request of %d bytes exceeds %d", kv.ErrTooMany, len(text), kv.MaxBulkPutBytes)
	}
	return n.bulkWrite(ctx, http.MethodPut, "/bulk", body{contentType: "application/json", parts: [][]byte{text}})
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
