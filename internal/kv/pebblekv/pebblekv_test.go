package pebblekv_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// open opens a store that is closed when the test ends.
func open(t testing.TB, o pebblekv.Options) *pebblekv.Store {
	t.Helper()
	s, err := pebblekv.Open(o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	clock := kvtest.NewClock()
	store := open(t, pebblekv.Options{Dir: "data", FS: vfs.NewMem(), Now: clock.Now, SweepEvery: -1})
	kvtest.Run(t, func(t *testing.T) kv.Namespace {
		return store.Namespace(t.Name())
	}, kvtest.Options{Clock: clock, Bulk: true, Streams: true})
}
