package kvtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
)

// numbered puts n keys "<prefix>0000" and on, at once if that is possible and else
// several at a time, and returns their names.
func numbered(t *testing.T, ns kv.Namespace, prefix string, n int) []string {
	t.Helper()
	all, pairs := make([]string, n), make([]kv.Pair, n)
	for i := range n {
		all[i] = fmt.Sprintf("%s%04d", prefix, i)
		pairs[i] = pair(all[i], "v")
	}
	if b, ok := ns.(kv.Bulk); ok {
		mustPutMany(t, b, pairs...)
		return all
	}
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(16)
	for _, p := range pairs {
		g.Go(func() error { return ns.Put(ctx, p) })
	}
	if err := g.Wait(); err != nil {
		t.Fatalf("put %d keys: %v", n, err)
	}
	return all
}

func (s suite) testListOrder(t *testing.T) {
	ns := s.open(t)
	if page := mustList(t, ns, kv.ListQuery{}); len(page.Keys) != 0 || page.Cursor != "" {
		t.Errorf("List of an empty namespace: got %+v, want nothing", page)
	}
	// U+FFFD sorts before U+1F40E in UTF-8, after it in UTF-16.
	want := []string{"", "A", "B", "Z", "a", "a\x00", "a b", "a/b", "aa", "b", "z", "é", "日", "\ufffd", "🐎"}[1:]
	for _, key := range slices.Backward(want) {
		mustPut(t, ns, pair(key, "v"))
	}
	wantNames(t, "List", everyKey(t, ns, "", 0), want)
}

func (s suite) testListPrefix(t *testing.T) {
	ns := s.open(t)
	for _, key := range []string{"a", "a/", "a/1", "a/2", "a0", "b/1", "%2F", "ab", "é1", "\U0010ffff", "\U0010ffffx"} {
		mustPut(t, ns, pair(key, "v"))
	}
	for prefix, want := range map[string][]string{
		"a":                                   {"a", "a/", "a/1", "a/2", "a0", "ab"},
		"a/":                                  {"a/", "a/1", "a/2"},
		"a/1":                                 {"a/1"},
		"a/11":                                {},
		"c":                                   {},
		"%":                                   {"%2F"},
		"é":                                   {"é1"},
		"\U0010ffff":                          {"\U0010ffff", "\U0010ffffx"},
		strings.Repeat("a", kv.MaxKeyBytes+1): {},
	} {
		wantNames(t, fmt.Sprintf("List with prefix %.20q", prefix), everyKey(t, ns, prefix, 0), want)
	}
}

func (s suite) testListLimit(t *testing.T) {
	ns := s.open(t)
	numbered(t, ns, "k", 30)
	for _, limit := range []int{-1, 1, kv.MinListLimit - 1, kv.MaxListLimit + 1} {
		_, err := ns.List(t.Context(), kv.ListQuery{Limit: limit})
		wantError(t, fmt.Sprintf("List with limit %d", limit), err, kv.ErrLimitInvalid)
	}
	for limit, want := range map[int]int{0: 30, kv.MinListLimit: 10, 11: 11, 29: 29, 30: 30, kv.MaxListLimit: 30} {
		page := mustList(t, ns, kv.ListQuery{Limit: limit})
		if len(page.Keys) != want || (page.Cursor == "") != (want == 30) {
			t.Errorf("List with limit %d: got %d keys and cursor %q, want %d keys", limit, len(page.Keys), page.Cursor, want)
		}
	}
}

func (s suite) testPages(t *testing.T) {
	ns := s.open(t)
	mustPut(t, ns, pair("a", "before"), pair("z", "after"))
	for _, n := range []int{9, 10, 11, 20, 25} {
		prefix := fmt.Sprintf("k%d-", n)
		want := numbered(t, ns, prefix, n)
		wantNames(t, fmt.Sprintf("%d keys, ten at a time", n), everyKey(t, ns, prefix, kv.MinListLimit), want)
	}
	t.Run("a cursor may be used again", func(t *testing.T) {
		q := kv.ListQuery{Limit: kv.MinListLimit}
		q.Cursor = mustList(t, ns, q).Cursor
		first := mustList(t, ns, q)
		wantNames(t, "the same page again", mustList(t, ns, q).Keys, names(first.Keys))
	})
}

func (s suite) testDefaultPage(t *testing.T) {
	ns := s.open(t)
	want := numbered(t, ns, "k", kv.MaxListLimit+1)
	page := mustList(t, ns, kv.ListQuery{})
	wantNames(t, "first page", page.Keys, want[:kv.MaxListLimit])
	if page.Cursor == "" {
		t.Fatal("first page of 1,001 keys: no cursor")
	}
	page = mustList(t, ns, kv.ListQuery{Cursor: page.Cursor})
	wantNames(t, "second page", page.Keys, want[kv.MaxListLimit:])
	if page.Cursor != "" {
		t.Errorf("last page: got cursor %q, want none", page.Cursor)
	}
}

func (s suite) testPagesUnderChange(t *testing.T) {
	ns := s.open(t)
	all := numbered(t, ns, "k", 40)
	q := kv.ListQuery{Prefix: "k", Limit: kv.MinListLimit}
	q.Cursor = mustList(t, ns, q).Cursor

	// The key at which the first page ended goes, keys come on both sides.
	for _, key := range []string{all[9], all[12]} {
		if err := ns.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	mustPut(t, ns, pair("k0005x", "behind"), pair("k0012x", "ahead"))
	want := slices.Concat(all[10:12], []string{"k0012x"}, all[13:20])
	page := mustList(t, ns, q)
	wantNames(t, "second page", page.Keys, want)

	// Everything that is left goes: the next page is empty, and the last.
	q.Cursor = page.Cursor
	for _, key := range all[20:] {
		if err := ns.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if page := mustList(t, ns, q); len(page.Keys) != 0 || page.Cursor != "" {
		t.Errorf("page after the last key went: got %+v, want an empty last one", page)
	}
}

func (s suite) testCursorRefused(t *testing.T) {
	ns := s.open(t)
	numbered(t, ns, "k", 30)
	good := mustList(t, ns, kv.ListQuery{Prefix: "k", Limit: kv.MinListLimit}).Cursor
	other := "A"
	if strings.HasPrefix(good, other) {
		other = "B"
	}
	for name, q := range map[string]kv.ListQuery{
		"garbage":        {Cursor: "garbage"},
		"no base64":      {Cursor: "%%%"},
		"base64 of text": {Cursor: "aGVsbG8gd29ybGQhIQ"},
		"a key":          {Cursor: "k0009"},
		"cut short":      {Prefix: "k", Cursor: good[:len(good)-1]},
		"lengthened":     {Prefix: "k", Cursor: good + "A"},
		"changed":        {Prefix: "k", Cursor: other + good[1:]},
		"other prefix":   {Prefix: "k0", Cursor: good},
		"no prefix":      {Cursor: good},
		"endless":        {Cursor: strings.Repeat("A", 10_000)},
	} {
		_, err := ns.List(t.Context(), q)
		wantError(t, "List with a cursor that is "+name, err, kv.ErrCursorInvalid)
	}
}
