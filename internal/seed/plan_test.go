package seed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/seed"
	"github.com/bindery-dev/bindery/internal/transfer"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// changes are the lines of a plan.
func changes(p *seed.Plan) string {
	var lines []string
	for _, c := range p.Changes {
		lines = append(lines, strings.TrimSpace(fmt.Sprintln(c.Kind, c.Key, strings.Trim(fmt.Sprint(c.Differs), "[]"))))
	}
	return strings.Join(append(lines, fmt.Sprintf("same %d, expired %d", p.Same, p.Expired)), "\n")
}

// A namespace holds what the seed says after one run, whatever it held before, and the second run does nothing.
func TestPlan(t *testing.T) {
	const src = `
bindings:
  A:
    owns: ["rule:"]
    keys:
      text: one
      "rule:a": { json: { b: 1, a: [2] }, metadata: { by: ada } }
      until: { text: x, expiration: 2030-01-01T00:00:00Z }
      for: { text: x, ttl: 1h }
      passed: { text: x, expiration: 2026-11-22T09:00:00Z }
      passing: { text: x, expiration: 2026-11-22T10:00:30Z }
      gone: { remove: true }
`
	const until = 1893456000
	s, err := seed.Read([]string{write(t, t.TempDir(), "a.yaml", src)}, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		there []kv.Pair
		prune bool
		want  string
	}{
		{name: "empty", want: "new for\nnew rule:a\nnew text\nnew until\nsame 1, expired 2"},
		{
			name: "as declared",
			there: []kv.Pair{
				pair("text", "one", "", 0), pair("rule:a", `{"a":[2],"b":1}`, `{ "by" : "ada" }`, 0), pair("until", "x", "", until),
				pair("for", "x", "", now.Add(61*time.Second).Unix()), pair("other", "x", "", 0), pair("rule:b", "x", "", 0),
			},
			want: "same 5, expired 2",
		},
		{
			name: "all different",
			there: []kv.Pair{
				pair("text", "two", "", 0), pair("rule:a", `{"b":1,"a":[2]}`, `{"by":"eve"}`, 0), pair("until", "x", "", until+1),
				pair("for", "x", "", 0), pair("gone", "", "", 0), pair("passed", "x", "", 0),
			},
			want: "changed for expiration\nremoved gone\nremoved passed\nchanged rule:a value metadata\nchanged text value\nchanged until expiration\nsame 0, expired 1",
		},
		{
			name:  "a time to live that is too long",
			there: []kv.Pair{pair("for", "x", "", now.Add(2*time.Hour).Unix())},
			want:  "changed for expiration\nnew rule:a\nnew text\nnew until\nsame 1, expired 2",
		},
		{
			name:  "what is extra",
			there: []kv.Pair{pair("rule:b", "x", "", 0), pair("other", "x", "", 0), pair("__bindery__/fingerprint", "{}", "", 0)},
			prune: true,
			want:  "new for\nnew rule:a\nextra rule:b\nnew text\nnew until\nsame 1, expired 2",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := memkv.New(memkv.Options{Now: func() time.Time { return now }}).Namespace("a").(transfer.Store)
			if err := store.PutMany(t.Context(), c.there); err != nil {
				t.Fatal(err)
			}
			p, err := s.Bindings[0].Plan(t.Context(), store, now, c.prune)
			if err != nil {
				t.Fatal(err)
			}
			if got := changes(p); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			apply(t, store, p)
			again, err := s.Bindings[0].Plan(t.Context(), store, now.Add(30*time.Minute), c.prune)
			if err != nil {
				t.Fatal(err)
			}
			if len(again.Changes) > 0 {
				t.Errorf("half an hour after it was done there is still to do:\n%s", changes(again))
			}
		})
	}
}

func pair(key, value, metadata string, expiration int64) kv.Pair {
	p := kv.Pair{Key: key, Item: kv.Item{Value: []byte(value), Expiration: expiration}}
	if metadata != "" {
		p.Metadata = json.RawMessage(metadata)
	}
	return p
}

// apply does what a plan says, as a job, and holds its undo against what was there.
func apply(t *testing.T, store transfer.Store, p *seed.Plan) {
	t.Helper()
	clock := func() time.Time { return now }
	before := everything(t, store)
	for _, last := range []bool{false, true} {
		job, _, err := transfer.StartJob(t.TempDir(), transfer.Spec{Command: "seed", Started: now}, true)
		if err != nil {
			t.Fatal(err)
		}
		to := transfer.NewNamespace(store)
		if err := job.Apply(t.Context(), to, p.Puts, p.Deletes, clock, func(transfer.Counts) {}); err != nil {
			t.Fatal(err)
		}
		if last {
			job.Close()
			return
		}
		if _, err := (&transfer.Undo{Job: job, To: to, Now: clock}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := everything(t, store); after != before {
			t.Errorf("undone, it holds\n%s\nwant\n%s", after, before)
		}
		job.Close()
	}
}

func everything(t *testing.T, store transfer.Store) string {
	t.Helper()
	var all []string
	for e, err := range transfer.NewNamespace(store).Scan(t.Context(), transfer.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s = %s %s %d", e.Key, e.Value, e.Metadata, e.Expiration))
	}
	return strings.Join(all, "\n")
}
