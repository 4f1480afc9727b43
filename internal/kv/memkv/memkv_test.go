package memkv_test

import (
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
)

func TestContract(t *testing.T) {
	clock := kvtest.NewClock()
	store := memkv.New(memkv.Options{Now: clock.Now})
	kvtest.Run(t, func(t *testing.T) kv.Namespace {
		return store.Namespace(t.Name())
	}, kvtest.Options{Clock: clock, Bulk: true, Streams: true})
}
