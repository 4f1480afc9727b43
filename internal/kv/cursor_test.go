package kv_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
)

func TestCursorRoundTrip(t *testing.T) {
	for _, row := range []struct{ prefix, last string }{
		{"", "a"}, {"a", "a"}, {"a", "ab"}, {"", "\x00"}, {"é", "é🐎"}, {"", strings.Repeat("k", kv.MaxKeyBytes)},
	} {
		cursor := kv.MakeCursor(row.prefix, row.last)
		if escape := strings.Trim(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"); escape != "" {
			t.Errorf("cursor %q holds %q, which does not go into a URL as it is", cursor, escape)
		}
		last, err := kv.ReadCursor(kv.ListQuery{Prefix: row.prefix, Cursor: cursor})
		if err != nil || last != row.last {
			t.Errorf("prefix %q: got %q, %v; want %q", row.prefix, last, err, row.last)
		}
		_, err = kv.ReadCursor(kv.ListQuery{Prefix: row.prefix + "x", Cursor: cursor})
		if !errors.Is(err, kv.ErrCursorInvalid) {
			t.Errorf("another prefix than %q: got %v, want %v", row.prefix, err, kv.ErrCursorInvalid)
		}
	}
}

// A cursor's text must mean the same in the next release.
func TestCursorIsStable(t *testing.T) {
	if got, want := kv.MakeCursor("k", "k0009"), "AePJzsVrMDAwOQ"; got != want {
		t.Errorf("MakeCursor: got %q, want %q", got, want)
	}
}

func FuzzReadCursor(f *testing.F) {
	f.Add("", "")
	f.Add("k", kv.MakeCursor("k", "k0009"))
	f.Add("", kv.MakeCursor("", strings.Repeat("k", kv.MaxKeyBytes)))
	f.Add("k", "AQ")
	f.Add("k", "garbage")
	f.Add("", strings.Repeat("A", 1000))
	f.Fuzz(func(t *testing.T, prefix, cursor string) {
		last, err := kv.ReadCursor(kv.ListQuery{Prefix: prefix, Cursor: cursor})
		switch {
		case err != nil && !errors.Is(err, kv.ErrCursorInvalid):
			t.Errorf("ReadCursor(%q): got %v, want %v", cursor, err, kv.ErrCursorInvalid)
		case err == nil && cursor != "" && kv.MakeCursor(prefix, last) != cursor:
			t.Errorf("ReadCursor(%q) = %q, which makes another cursor", cursor, last)
		}
	})
}
