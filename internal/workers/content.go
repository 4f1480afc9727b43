package workers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/bindery-dev/bindery/internal/kv"
)

// openContent opens the place of an account's modules and static files, which has an id
// that no namespace can have: it is never listed, and no token leads to it.
func (w *Workers) openContent(ctx context.Context, account string) (kv.Namespace, error) {
	var id string
	err := w.records.Scan(ctx, contentKey(account), func(_ string, value []byte) error {
		id = string(value)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if id == "" {
		random, err := w.newID()
		if err != nil {
			return nil, err
		}
		id = "content-" + random
		if err := w.records.Apply(ctx, map[string][]byte{contentKey(account): []byte(id)}, nil); err != nil {
			return nil, err
		}
	}
	return w.data.Namespace(id), nil
}

// keep stores content under its digest. What is there already is not written again.
func (a *account) keep(ctx context.Context, content []byte) (digest string, err error) {
	sum := sha256.Sum256(content)
	digest = hex.EncodeToString(sum[:])
	if _, err := a.content.Get(ctx, digest); !errors.Is(err, kv.ErrKeyNotFound) {
		return digest, err
	}
	if err := a.content.Put(ctx, kv.Pair{Key: digest, Item: kv.Item{Value: content}}); err != nil {
		return "", fmt.Errorf("keep a module: %w", err)
	}
	return digest, nil
}

// Content returns what a module of one of the account's versions holds.
func (w *Workers) Content(ctx context.Context, accountID string, m Module) ([]byte, error) {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return nil, err
	}
	item, err := a.content.Get(ctx, m.Digest)
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", m.Name, err)
	}
	return item.Value, nil
}
