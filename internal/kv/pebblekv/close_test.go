package pebblekv_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// The next Open would have to turn into tables whatever Close leaves in the log, and
// whoever starts a server would wait for it.
func TestCloseLeavesNothingInTheLog(t *testing.T) {
	dir := t.TempDir()
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	pairs := make([]kv.Pair, 1000)
	for i := range pairs {
		pairs[i] = kv.Pair{Key: fmt.Sprint(i), Item: kv.Item{Value: make([]byte, 288)}}
	}
	if err := store.Namespace("n").(kv.Bulk).PutMany(t.Context(), pairs); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	// Of the log nothing can be told from outside: its files are kept to be used again.
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) == 0 {
		t.Errorf("after Close no table holds the %d pairs: they are in the log alone", len(pairs))
	}
}
