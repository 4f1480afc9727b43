package pebblekv_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// TestClockJumps sets the clock to all kinds of times, and writes, overwrites and sweeps
// there. What has no expiration is never touched; what a sweep has removed does not come
// back when the clock goes back, nor when the store is opened again.
func TestClockJumps(t *testing.T) {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	now := start
	options := pebblekv.Options{Dir: "data", FS: vfs.NewMem(), Now: func() time.Time { return now }, SweepEvery: -1}
	store := open(t, options)
	large := version("large", 7)
	large.Expiration = 0
	must(t, store.Namespace("n").Put(t.Context(), pair("stays", "v")))
	var removed []string
	for i, at := range []time.Time{
		start.Add(time.Second), start.Add(-time.Hour), start.AddDate(50, 0, 0), start,
		time.Unix(0, 0), time.Unix(-1, 0), {}, // a machine without a battery
		time.Date(9999, 12, 31, 22, 0, 0, 0, time.UTC), // an hour before the last that an expiration can be
		start,
	} {
		now = at
		ns := store.Namespace("n")
		must(t, ns.Put(t.Context(), large))
		u := upload(t, ns, "streamed", 200<<10)
		must(t, errors.Join(u.Commit(nil, 0), u.Close()))
		brief := pair(fmt.Sprint("brief ", i), "v")
		brief.Expiration = max(at.Unix(), 0) + 61
		must(t, ns.Put(t.Context(), brief))
		if _, err := ns.Get(t.Context(), brief.Key); err != nil {
			t.Errorf("at %v: a key that has not expired: %v", at, err)
		}
		now = time.Unix(brief.Expiration, 0)
		if n, err := store.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("at %v: swept %d keys, %v; want the one that has expired", at, n, err)
		}
		removed = append(removed, brief.Key)
		now = at

		must(t, store.Close())
		store = open(t, options)
		ns = store.Namespace("n")
		for _, key := range removed {
			if item, err := ns.Get(t.Context(), key); !errors.Is(err, kv.ErrKeyNotFound) {
				t.Errorf("at %v: key %q, which was removed: got %v, %v", at, key, item, err)
			}
		}
		for _, key := range []string{"stays", "large", "streamed"} {
			if _, err := ns.Get(t.Context(), key); err != nil {
				t.Errorf("at %v: key %q without an expiration: %v", at, key, err)
			}
		}
		must(t, pebblekv.Audit(store))
	}
}
