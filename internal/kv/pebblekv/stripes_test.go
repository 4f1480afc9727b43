package pebblekv_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// What a key was written as is remembered from one put to the next. Whatever else changes
// the key in between, the next put removes the chunks and the expiry of exactly what is there.
func TestWhatWasWrittenIsRememberedAsItIs(t *testing.T) {
	large := kv.Pair{Key: "k", Item: kv.Item{Value: bytes.Repeat([]byte("x"), 300<<10), Expiration: time.Now().Add(time.Hour).Unix()}}
	for name, change := range map[string]func(*testing.T, kv.Namespace) error{
		"a bulk put": func(t *testing.T, ns kv.Namespace) error {
			return ns.(kv.Bulk).PutMany(t.Context(), []kv.Pair{large, {Key: "other"}})
		},
		"an upload": func(t *testing.T, ns kv.Namespace) error {
			u, err := ns.(kv.Streamer).Upload(t.Context(), large.Key)
			if err != nil {
				return err
			}
			defer u.Close()
			if _, err := u.Write(large.Value); err != nil {
				return err
			}
			return u.Commit(nil, large.Expiration)
		},
		"its neighbours": func(t *testing.T, ns kv.Namespace) error {
			if err := ns.Put(t.Context(), large); err != nil {
				return err
			}
			for i := range 20_000 { // more than are remembered
				if err := ns.Put(t.Context(), kv.Pair{Key: fmt.Sprint(i)}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem(), SweepEvery: -1})
			small := kv.Pair{Key: "k", Item: kv.Item{Value: []byte("small")}}
			ns := store.Namespace("ns")
			for _, before := range []string{"put", "delete"} { // remembered: a small value, then that there is none
				if err := ns.Put(t.Context(), small); err != nil {
					t.Fatal(err)
				}
				if before == "delete" {
					if err := ns.Delete(t.Context(), small.Key); err != nil {
						t.Fatal(err)
					}
				}
				if err := change(t, ns); err != nil {
					t.Fatal(err)
				}
				if err := ns.Put(t.Context(), small); err != nil {
					t.Fatal(err)
				}
				if err := pebblekv.Audit(store); err != nil {
					t.Errorf("%s, %s, put: %v", before, name, err)
				}
			}
		})
	}
}
