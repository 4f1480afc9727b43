package api

import (
	"encoding/base64"
	"fmt"
	"io"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// bulkPut stores all pairs of the body or, when one is invalid, none. The body is
// judged while it arrives: it is read no further than to the first mistake.
func (h *handler) bulkPut(c *call) error {
	ns, err := h.bulk(c)
	if err != nil {
		return err
	}
	release, err := h.admit(c, c.r.ContentLength)
	if err != nil {
		return err
	}
	defer release()
	pairs, err := h.readPairs(c.body(kv.MaxBulkPutBytes))
	if err != nil {
		return bodyError(err)
	}
	pairs, refused := h.admitPairs(c, pairs)
	if err := ns.PutMany(c.r.Context(), pairs); err != nil {
		return err
	}
	return c.ok(wire.BulkResult{SuccessfulKeyCount: len(pairs), UnsuccessfulKeys: refused})
}

func (h *handler) readPairs(body io.Reader) (pairs []kv.Pair, err error) {
	for sent, err := range wire.Array[wire.BulkPair](body) {
		if err != nil {
			return nil, err
		}
		if len(pairs) == kv.MaxBulkPut {
			return nil, tooMany(kv.MaxBulkPut)
		}
		p, err := h.pair(sent)
		if err != nil {
			return nil, &itemError{n: len(pairs) + 1, err: err}
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

func tooMany(most int) error {
	return fmt.Errorf("%w: a request has at most %d", kv.ErrTooMany, most)
}

// pair makes a valid pair of what was sent.
func (h *handler) pair(sent wire.BulkPair) (p kv.Pair, err error) {
	p.Key = sent.Key
	if sent.Value == nil {
		return p, fmt.Errorf("%w: value is missing", wire.ErrShape)
	}
	p.Value = []byte(*sent.Value)
	if sent.Base64 {
		if p.Value, err = base64.StdEncoding.DecodeString(*sent.Value); err != nil {
			return p, fmt.Errorf("%w: value is not base64", wire.ErrShape)
		}
	}
	if sent.Metadata != nil {
		if p.Metadata, err = compactMetadata(sent.Metadata); err != nil {
			return p, err
		}
	}
	now := h.now()
	if p.Expiration, err = (lifetime{at: sent.Expiration, ttl: sent.ExpirationTTL}).expiration(now); err != nil {
		return p, err
	}
	return p, p.Validate(now)
}

// bulkDelete removes the keys of the body. It serves both POST …/bulk/delete and
// the older DELETE …/bulk, which wrangler sends.
func (h *handler) bulkDelete(c *call) error {
	ns, err := h.bulk(c)
	if err != nil {
		return err
	}
	// The longest body that can be meant: every byte of every key spelled \u0000.
	const most = kv.MaxBulkDelete * (6*kv.MaxKeyBytes + len(`"",`))
	var keys []string
	for key, err := range wire.Array[string](c.body(int64(most))) {
		if err != nil {
			return bodyError(err)
		}
		if len(keys) == kv.MaxBulkDelete {
			return tooMany(kv.MaxBulkDelete)
		}
		if err := kv.CheckKey(key); err != nil {
			return &itemError{n: len(keys) + 1, err: err}
		}
		keys = append(keys, key)
	}
	if err := ns.DeleteMany(c.r.Context(), keys); err != nil {
		return err
	}
	return c.ok(wire.BulkResult{SuccessfulKeyCount: len(keys), UnsuccessfulKeys: []string{}})
}
