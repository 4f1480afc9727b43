package transfer_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

func TestDiff(t *testing.T) {
	at := now.Unix() + 1000
	a := map[string]kv.Item{
		fingerprint.Key: {Value: []byte("a's")},
		"1 same":        {Value: []byte("x"), Metadata: json.RawMessage(`{"a":1,"b":[2]}`), Expiration: at},
		"2 missing":     {},
		"4 value":       {Value: []byte("x")},
		"5 length":      {Value: []byte("x")},
		"6 metadata":    {Metadata: json.RawMessage(`{"n":1}`)},
		"7 expiration":  {Expiration: at},
		"8 all":         {Value: []byte("x"), Metadata: json.RawMessage(`1`)},
		"9 missing":     {},
	}
	b := map[string]kv.Item{
		fingerprint.Key: {Value: []byte("b's")},
		"1 same":        {Value: []byte("x"), Metadata: json.RawMessage(`{ "b":[2], "a":1 }`), Expiration: at},
		"3 extra":       {},
		"4 value":       {Value: []byte("y")},
		"5 length":      {Value: []byte("xx")},
		"6 metadata":    {Metadata: json.RawMessage(`{"n":1.0}`)},
		"7 expiration":  {},
		"8 all":         {Value: []byte("y"), Expiration: at},
	}
	both := []transfer.Difference{
		{Key: "2 missing", Differs: []transfer.Class{transfer.Missing}},
		{Key: "3 extra", Differs: []transfer.Class{transfer.Extra}},
		{Key: "4 value", Differs: []transfer.Class{transfer.Value}},
		{Key: "5 length", Differs: []transfer.Class{transfer.Value}},
		{Key: "6 metadata", Differs: []transfer.Class{transfer.Metadata}},
		{Key: "7 expiration", Differs: []transfer.Class{transfer.Expiration}},
		{Key: "8 all", Differs: []transfer.Class{transfer.Value, transfer.Metadata, transfer.Expiration}},
		{Key: "9 missing", Differs: []transfer.Class{transfer.Missing}},
	}
	listed := slices.Delete(slices.Clone(both), 2, 4)
	listed[4].Differs = []transfer.Class{transfer.Metadata, transfer.Expiration}
	for _, quick := range []bool{false, true} {
		want := both
		if quick {
			want = listed
		}
		got, s := compare(t, &transfer.Comparison{A: transfer.NewNamespace(namespaceOf(t, a)), B: transfer.NewNamespace(namespaceOf(t, b)), Quick: quick})
		if diff := cmp.Diff(want, got); diff != "" || s.Keys != 9 || s.Different != int64(len(want)) {
			t.Errorf("quick %v: %+v; differences (-want +got):\n%s", quick, s, diff)
		}
	}
}

// Whatever changes, the diff names it, and a place is the same as a copy of it of any kind.
func TestDiffOfCopies(t *testing.T) {
	items := hostile(250)
	ns := transfer.NewNamespace(namespaceOf(t, items))
	for _, kind := range kinds {
		src := through(t, filepath.Join(t.TempDir(), "1"), kind, ns)
		if !src.Ordered() {
			sorted, err := transfer.Sort(t.Context(), src, transfer.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			defer sorted.Close()
			src = sorted
		}
		if got, _ := compare(t, &transfer.Comparison{A: ns, B: src}); len(got) > 0 {
			t.Errorf("a copy as %q differs: %v", kind, got)
		}
		changed := maps.Clone(items)
		delete(changed, "a/b")
		changed["line\nend"] = kv.Item{Value: []byte("another value"), Metadata: items["line\nend"].Metadata, Expiration: items["line\nend"].Expiration}
		want := []transfer.Difference{
			{Key: "a/b", Differs: []transfer.Class{transfer.Extra}},
			{Key: "line\nend", Differs: []transfer.Class{transfer.Value}},
		}
		got, _ := compare(t, &transfer.Comparison{A: transfer.NewNamespace(namespaceOf(t, changed)), B: src})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("a copy as %q of before (-want +got):\n%s", kind, diff)
		}
	}
}

func compare(t *testing.T, c *transfer.Comparison) (all []transfer.Difference, _ transfer.Summary) {
	t.Helper()
	c.Found = func(d transfer.Difference) error {
		all = append(all, d)
		return nil
	}
	s, err := c.Compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all, s
}
