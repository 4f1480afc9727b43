package kvtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
)

func (s suite) testContext(t *testing.T) {
	ns := s.open(t)
	mustPut(t, ns, pair("key", "v"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ns.Get(ctx, "key")
	wantError(t, "Get", err, context.Canceled)
	wantError(t, "Put", ns.Put(ctx, pair("key", "new")), context.Canceled)
	wantError(t, "Delete", ns.Delete(ctx, "key"), context.Canceled)
	_, err = ns.List(ctx, kv.ListQuery{})
	wantError(t, "List", err, context.Canceled)
	wantItem(t, ns, "key", kv.Item{Value: []byte("v")})
}

// testTorn writes one key over and over, value, metadata and expiration all saying
// the same number and the value changing between small and large, while others read.
func (s suite) testTorn(t *testing.T) {
	ns := s.open(t)
	base := s.now().Add(time.Hour).Unix()
	version := func(n int) kv.Item {
		size := 10
		if n%5 == 0 {
			size = 600 << 10
		}
		return kv.Item{
			Value:      []byte(strings.Repeat(strconv.Itoa(n%10), size)),
			Metadata:   json.RawMessage(strconv.Itoa(n)),
			Expiration: base + int64(n),
		}
	}
	// whole says whether what was read is one version.
	whole := func(got kv.Item) error {
		if diff := diffItem(got, version(int(got.Expiration-base))); diff != "" {
			return fmt.Errorf("half a write at expiration %d: %s", got.Expiration-base, diff)
		}
		return nil
	}
	mustPut(t, ns, kv.Pair{Key: "key", Item: version(0)})

	writing, done := context.WithCancel(t.Context())
	var g errgroup.Group
	for range 2 {
		g.Go(func() error {
			for writing.Err() == nil {
				item, err := ns.Get(t.Context(), "key")
				if err != nil {
					return err
				}
				if err := whole(item); err != nil {
					return err
				}
				page, err := ns.List(t.Context(), kv.ListQuery{})
				if err != nil {
					return err
				}
				if k := page.Keys[0]; canonical(k.Metadata) != strconv.FormatInt(k.Expiration-base, 10) {
					return fmt.Errorf("half a write in a list: metadata %s, expiration %d", k.Metadata, k.Expiration-base)
				}
			}
			return nil
		})
	}
	for i := range 60 {
		if err := ns.Put(t.Context(), kv.Pair{Key: "key", Item: version(i)}); err != nil {
			t.Errorf("Put: %v", err)
		}
	}
	done()
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// testConcurrent has writers at work on keys of their own and on one that they
// share; at the end every key holds what was written to it last.
func (s suite) testConcurrent(t *testing.T) {
	ns := s.open(t)
	var g errgroup.Group
	for w := range 8 {
		g.Go(func() error {
			ctx := t.Context()
			for i := range 20 {
				own := fmt.Sprintf("own %d %d", w, i%5)
				if err := errors.Join(
					ns.Put(ctx, pair(own, fmt.Sprint(i))),
					ns.Put(ctx, pair("shared", fmt.Sprint(w))),
				); err != nil {
					return err
				}
				item, err := ns.Get(ctx, own)
				if err != nil || string(item.Value) != fmt.Sprint(i) {
					return fmt.Errorf("read %q after writing %d: got %q, %v", own, i, item.Value, err)
				}
				if i%5 == 4 {
					if err := ns.Delete(ctx, own); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got, want := len(everyKey(t, ns, "own ", 0)), 8*4; got != want {
		t.Errorf("%d keys are left, want %d", got, want)
	}
	item, err := ns.Get(t.Context(), "shared")
	if err != nil || len(item.Value) != 1 || item.Value[0] < '0' || item.Value[0] > '7' {
		t.Errorf("shared key: got %q, %v; want what one writer wrote", item.Value, err)
	}
}
