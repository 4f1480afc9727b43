package kv_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// The stores' refusals are tested by kvtest; here is what would take too long there.
func TestValidatePairsCountsBytes(t *testing.T) {
	value := make([]byte, kv.MaxValueBytes)
	pairs := make([]kv.Pair, 4)
	for i := range pairs {
		pairs[i] = kv.Pair{Key: "k", Item: kv.Item{Value: value}}
	}
	if err := kv.ValidatePairs(pairs[:3], time.Now()); err != nil {
		t.Errorf("three of the largest values: %v", err)
	}
	if err := kv.ValidatePairs(pairs, time.Now()); !errors.Is(err, kv.ErrTooMany) {
		t.Errorf("four of the largest values: got %v, want %v", err, kv.ErrTooMany)
	}
}

func TestBulkLimits(t *testing.T) {
	pairs, keys := make([]kv.Pair, kv.MaxBulkPut+1), make([]string, kv.MaxBulkDelete+1)
	for i := range keys {
		keys[i] = fmt.Sprint("key ", i)
		pairs[i].Key = keys[i]
	}
	if err := kv.ValidatePairs(pairs[1:], time.Now()); err != nil {
		t.Errorf("%d pairs: %v", kv.MaxBulkPut, err)
	}
	if err := kv.ValidatePairs(pairs, time.Now()); !errors.Is(err, kv.ErrTooMany) {
		t.Errorf("%d pairs: got %v, want %v", len(pairs), err, kv.ErrTooMany)
	}
	if err := kv.CheckKeys(keys[1:], kv.MaxBulkDelete); err != nil {
		t.Errorf("%d keys: %v", kv.MaxBulkDelete, err)
	}
	if err := kv.CheckKeys(keys, kv.MaxBulkDelete); !errors.Is(err, kv.ErrTooMany) {
		t.Errorf("%d keys: got %v, want %v", len(keys), err, kv.ErrTooMany)
	}
}

func TestExpirationErrorSaysWhich(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for expiration, want := range map[int64]string{
		999_999:   "Invalid expiration of 999999. Please specify integer greater than the current number of seconds since the UNIX epoch.",
		1_000_059: "Invalid expiration of 1000059. Expiration times must be at least 60 seconds in the future.",
	} {
		err := kv.Pair{Key: "k", Item: kv.Item{Expiration: expiration}}.Validate(now)
		if fmt.Sprint(err) != want || !errors.Is(err, kv.ErrExpirationInvalid) {
			t.Errorf("expiration %d: got %v, want %s", expiration, err, want)
		}
	}
}

func TestNormalize(t *testing.T) {
	for metadata, want := range map[string]string{"": "", "null": "", " null\n": "", `"null"`: `"null"`, "[null]": "[null]"} {
		got := kv.Pair{Item: kv.Item{Metadata: []byte(metadata)}}.Normalize().Metadata
		if string(got) != want || (want == "") != (got == nil) {
			t.Errorf("metadata %q: got %q, want %q", metadata, got, want)
		}
	}
}
