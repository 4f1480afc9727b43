package r2_test

import (
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/r2"
)

func TestUsageCountsWhatIsThere(t *testing.T) {
	_, b := open(t, memkv.New(memkv.Options{}))
	put := func(key, content string) {
		t.Helper()
		if _, err := b.Put(t.Context(), key, strings.NewReader(content), r2.PutOptions{Custom: []r2.Field{{Name: "né", Value: "v"}}}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, want r2.Usage) {
		t.Helper()
		if got, err := b.Usage(t.Context()); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
		}
	}
	check("an empty bucket", r2.Usage{})
	put("a", "12345")
	put("a/b", "")
	put("a", "123")
	check("two objects, one put twice", r2.Usage{Objects: 2, Bytes: 3, MetadataBytes: 8})
	if err := b.Delete(t.Context(), "a", "none"); err != nil {
		t.Fatal(err)
	}
	check("one deleted", r2.Usage{Objects: 1, MetadataBytes: 4})
}
