package workers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/bindery-dev/bindery/internal/kv"
)

// contentID is where an account's modules and static files are: no namespace can have
// such an id, so it is never listed, and no token leads to it.
func contentID(account string) string { return "content-" + account }

// Content is kept under the SHA-256 of a module, or the hash that a client gives a static
// file behind assetKey: what several versions have is there once.
func assetKey(hash string) string { return "asset-" + hash }

// pieceKey is where content goes on that is longer than a value may be: the nth piece of it, from 0.
func pieceKey(key string, n int) string {
	if n == 0 {
		return key
	}
	return key + "." + strconv.Itoa(n)
}

// keep stores content under its key, the first piece last: with it, all is there. What is there already is
// not written again.
func (a *account) keep(ctx context.Context, key string, content []byte) error {
	if has, err := a.has(ctx, key); has || err != nil {
		return err
	}
	pieces := [][]byte{content}
	if len(content) > kv.MaxValueBytes {
		pieces = slices.Collect(slices.Chunk(content, kv.MaxValueBytes))
	}
	for n, piece := range slices.Backward(pieces) {
		if err := a.content.Put(ctx, kv.Pair{Key: pieceKey(key, n), Item: kv.Item{Value: piece}}); err != nil {
			return fmt.Errorf("keep %s: %w", key, err)
		}
	}
	return nil
}

// has says whether content is there, without reading it where the store can tell.
func (a *account) has(ctx context.Context, key string) (bool, error) {
	var err error
	if streams, ok := a.content.(kv.Streamer); ok {
		var s kv.Stream
		if s, err = streams.Open(ctx, key); err == nil {
			return true, s.Value.Close()
		}
	} else {
		_, err = a.content.Get(ctx, key)
	}
	if errors.Is(err, kv.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Content returns what a module of one of the account's versions holds.
func (w *Workers) Content(ctx context.Context, accountID string, m Module) ([]byte, error) {
	return w.contentOf(ctx, accountID, m.Digest)
}

// Asset opens what a static file of one of the account's versions holds; the caller closes it.
func (w *Workers) Asset(ctx context.Context, accountID string, f File) (kv.Stream, error) {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return kv.Stream{}, err
	}
	if streams, ok := a.content.(kv.Streamer); ok {
		return streams.Open(ctx, assetKey(f.Hash))
	}
	item, err := a.content.Get(ctx, assetKey(f.Hash))
	if err != nil {
		return kv.Stream{}, err
	}
	return kv.Stream{Value: io.NopCloser(bytes.NewReader(item.Value)), Size: int64(len(item.Value))}, nil
}

func (w *Workers) contentOf(ctx context.Context, accountID, key string) ([]byte, error) {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return nil, err
	}
	var content []byte
	for n := 0; ; n++ {
		item, err := a.content.Get(ctx, pieceKey(key, n))
		if n > 0 && errors.Is(err, kv.ErrKeyNotFound) {
			return content, nil
		}
		if err != nil {
			return nil, fmt.Errorf("content %s: %w", key, err)
		}
		if n == 0 && len(item.Value) < kv.MaxValueBytes {
			return item.Value, nil
		}
		content = append(content, item.Value...)
		if len(item.Value) < kv.MaxValueBytes {
			return content, nil
		}
	}
}

// sweep removes the content that neither a version nor an upload under way has: what
// uploads left that never ended, and what deleted Workers had. The caller holds
// a.uploading, or is alone.
func (w *Workers) sweep(ctx context.Context, a *account) error {
	used := map[string]bool{}
	for _, k := range a.workers {
		for _, v := range k.versions {
			for _, m := range v.Modules {
				used[m.Digest] = true
			}
			if v.Assets != nil {
				for _, f := range v.Assets.Files {
					used[assetKey(f.Hash)] = true
				}
			}
		}
	}
	sessions, err := w.sweepSessions(ctx, a)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		for _, f := range s.Files {
			used[assetKey(f.Hash)] = true
		}
	}
	for q := (kv.ListQuery{}); ; {
		page, err := a.content.List(ctx, q)
		if err != nil {
			return fmt.Errorf("list content: %w", err)
		}
		for _, key := range slices.DeleteFunc(page.Keys, func(i kv.KeyInfo) bool {
			whole, _, _ := strings.Cut(i.Name, ".") // of pieces
			return used[whole]
		}) {
			if err := a.content.Delete(ctx, key.Name); err != nil {
				return fmt.Errorf("remove content: %w", err)
			}
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return nil
		}
	}
}
