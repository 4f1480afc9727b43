package transfer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// A place of each kind, by the name of its file; "" is a namespace.
var kinds = []string{"", "x.ndjson", "x.jsonl.gz", "x.ndjson.zst", "x.json", "x.json.gz", "x.json.zst", "x/"}

// Whatever the keys are, they come through every kind of place into every other one as they were.
func TestEveryKindIntoEveryOther(t *testing.T) {
	items := hostile(250)
	want := texts(items)
	for _, first := range kinds {
		for _, second := range kinds {
			t.Run("namespace→"+first+"→"+second, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				src := transfer.Source(transfer.NewNamespace(namespaceOf(t, items)))
				src = through(t, filepath.Join(dir, "1"), first, src)
				src = through(t, filepath.Join(dir, "2"), second, src)
				got := namespaceOf(t, nil)
				counts := mustCopy(t, &transfer.Copier{From: src, To: transfer.NewNamespace(got), Now: clock})
				if diff := cmp.Diff(want, held(t, got)); diff != "" {
					t.Errorf("what arrived (-want +got):\n%s", diff)
				}
				if counts.Keys != int64(len(items)) || counts.Expiring != 0 {
					t.Errorf("counted %+v, want %d keys", counts, len(items))
				}
			})
		}
	}
}

// A scan goes on where another one ended: each key comes once, over all pages of the list.
func TestScanGoesOn(t *testing.T) {
	items := map[string]kv.Item{}
	for i := range 2500 {
		items[fmt.Sprintf("key %d", i)] = kv.Item{Value: []byte("v")}
	}
	dir := t.TempDir()
	ns := transfer.NewNamespace(namespaceOf(t, items))
	for name, src := range map[string]transfer.Source{"namespace": ns, "file": through(t, dir, "x.ndjson", ns)} {
		for _, aged := range []bool{false, true} {
			seen := map[string]int{}
			var at transfer.Position
			for more := true; more; {
				more = false
				n := 0
				for e, err := range src.Scan(t.Context(), transfer.Query{From: at}) {
					if err != nil {
						t.Fatal(err)
					}
					seen[e.Key]++
					at = e.At
					if aged && at.Cursor != "" {
						at.Cursor = "no longer known"
					}
					if n++; n == 700 {
						more = true
						break
					}
				}
			}
			if len(seen) != len(items) {
				t.Errorf("%s, cursors aged %v: %d keys, want %d", name, aged, len(seen), len(items))
			}
			for key, n := range seen {
				if n != 1 {
					t.Fatalf("%s, cursors aged %v: %q came %d times", name, aged, key, n)
				}
			}
		}
	}
}

// through copies a source into a place of a kind, and opens that.
func through(t *testing.T, dir, kind string, src transfer.Source) transfer.Source {
	t.Helper()
	if kind == "" {
		ns := transfer.NewNamespace(namespaceOf(t, nil))
		mustCopy(t, &transfer.Copier{From: src, To: ns, Now: clock})
		return ns
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path, format := filepath.Join(dir, kind), transfer.FormatOf(kind)
	if format != transfer.BulkJSON && !src.Ordered() {
		sorted, err := transfer.Sort(t.Context(), src, transfer.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sorted.Close() })
		src = sorted
	}
	w, err := transfer.CreateFile(path, format, header)
	if err != nil {
		t.Fatal(err)
	}
	mustCopy(t, &transfer.Copier{From: src, To: w})
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	file, err := transfer.OpenFile(path, format, now)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func mustCopy(t *testing.T, c *transfer.Copier) transfer.Counts {
	t.Helper()
	counts, err := c.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestCopyLeavesOut(t *testing.T) {
	items := map[string]kv.Item{
		fingerprint.Key: {Value: []byte("{}")},
		"user/1":        {Value: []byte("12345")},
		"user/2":        {Value: []byte("1")},
		"user/x/1":      {Value: []byte("12345")},
		"group/1":       {Value: []byte("12345")},
		"soon":          {Value: []byte("12345"), Expiration: now.Unix() + 65},
	}
	later := now.Add(10 * time.Second)
	for _, c := range []struct {
		name     string
		filter   transfer.Filter
		want     []string
		expiring int64
	}{
		{"the fingerprint, and what expires within a minute", transfer.Filter{}, []string{"group/1", "user/1", "user/2", "user/x/1"}, 1},
		{"other prefixes", transfer.Filter{Prefix: "user/"}, []string{"user/1", "user/2", "user/x/1"}, 0},
		{"what is not included", transfer.Filter{Include: []string{"*/1"}}, []string{"group/1", "user/1", "user/x/1"}, 0},
		{"what is excluded", transfer.Filter{Prefix: "user/", Include: []string{"*"}, Exclude: []string{"user/x*"}}, []string{"user/1", "user/2"}, 0},
		{"small values", transfer.Filter{Prefix: "user/", MinSize: 2}, []string{"user/1", "user/x/1"}, 0},
		{"large values", transfer.Filter{MaxSize: 4}, []string{"user/2"}, 0},
	} {
		got := namespaceOf(t, nil)
		counts := mustCopy(t, &transfer.Copier{
			From: transfer.NewNamespace(namespaceOf(t, items)), To: transfer.NewNamespace(got), Filter: c.filter,
			Now: func() time.Time { return later },
		})
		want := map[string]string{}
		for _, key := range c.want {
			want[key] = text(items[key])
		}
		if diff := cmp.Diff(want, held(t, got)); diff != "" || counts.Expiring != c.expiring {
			t.Errorf("%s: %d expiring, want %d; what arrived (-want +got):\n%s", c.name, counts.Expiring, c.expiring, diff)
		}
	}
}

// A server whose clock is ahead refuses a batch for the one pair that expires too soon by it: the others arrive.
func TestCopyToAClockAhead(t *testing.T) {
	items := map[string]kv.Item{"soon": {Expiration: now.Unix() + 65}, "later": {Expiration: now.Unix() + 1000}, "never": {}}
	got := namespaceOf(t, nil)
	counts := mustCopy(t, &transfer.Copier{
		From: transfer.NewNamespace(namespaceOf(t, items)), To: transfer.NewNamespace(got),
		Now: func() time.Time { return now.Add(-10 * time.Second) }, // a pair with 75 s left by our clock has 65 by the server's
	})
	if counts.Keys != 3 {
		t.Errorf("counted %+v, want all keys: the server takes them", counts)
	}
	ahead := refusing{namespaceOf(t, nil)}
	counts = mustCopy(t, &transfer.Copier{From: transfer.NewNamespace(namespaceOf(t, items)), To: transfer.NewNamespace(ahead), Now: clock})
	if got := held(t, ahead); len(got) != 2 || got["soon"] != "" || counts.Keys != 2 || counts.Expiring != 1 {
		t.Errorf("counted %+v, and there is %v; want all but the key that expires in 65 s", counts, got)
	}
}

// refusing is a namespace whose clock is ten seconds ahead.
type refusing struct{ transfer.Store }

func (r refusing) PutMany(ctx context.Context, pairs []kv.Pair) error {
	if err := kv.ValidatePairs(pairs, now.Add(10*time.Second)); err != nil {
		return err
	}
	return r.Store.PutMany(ctx, pairs)
}

// A batch is never more than a bulk put takes, nor much more than memory should hold.
func TestBatches(t *testing.T) {
	items := map[string]kv.Item{"huge": {Value: make([]byte, kv.MaxValueBytes)}}
	for i := range 40 {
		items[string(rune('a'+i))] = kv.Item{Value: make([]byte, 1<<20)}
	}
	w := &watching{Store: namespaceOf(t, nil)}
	mustCopy(t, &transfer.Copier{From: transfer.NewNamespace(namespaceOf(t, items)), To: transfer.NewNamespace(w), Now: clock})
	if w.largest > 16<<20 || w.alone != 1 || len(held(t, w)) != len(items) {
		t.Errorf("the largest bulk put had %d bytes of values, and %d pairs went alone; want at most 16 MiB, and the one that is larger", w.largest, w.alone)
	}
}

type watching struct {
	transfer.Store
	largest, alone int
}

func (w *watching) Put(ctx context.Context, p kv.Pair) error {
	w.alone++
	return w.Store.Put(ctx, p)
}

func (w *watching) PutMany(ctx context.Context, pairs []kv.Pair) error {
	size := 0
	for _, p := range pairs {
		size += len(p.Value)
	}
	w.largest = max(w.largest, size)
	return w.Store.PutMany(ctx, pairs)
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		glob, key string
		want      bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "a/b\n", true},
		{"a*", "a", true}, {"*b", "aab", true}, {"a*b*c", "a-b-b-c", true}, {"a*b*c", "a-b-b-", false}, {"?", "🐎", true}, {"?", "", false},
		{`\*`, "*", true}, {`\*`, "a", false}, {`\\`, `\`, true}, {`\`, `\`, false}, {"[a]", "[a]", true}, {"*.json", "x.json", true}, {"*a?", "aab", true},
	} {
		if got := transfer.Match(c.glob, c.key); got != c.want {
			t.Errorf("Match(%q, %q) = %v, want %v", c.glob, c.key, got, c.want)
		}
	}
}
