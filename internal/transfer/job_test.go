package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// A job that stops at any call, before or after the call had its effect, goes on where it was: in the end all is there, no
// batch was sent more than twice for a stop, and the undo, stopped as often, brings back what was.
func TestJobStoppedAnywhere(t *testing.T) {
	transfer.SmallBatches(t, 40)
	source := hostile(300)
	source[fingerprint.Key] = kv.Item{Value: []byte("the source's")}
	before := map[string]kv.Item{fingerprint.Key: {Value: []byte("the destination's")}}
	r := rand.New(rand.NewPCG(1, 2))
	for key, i := range hostile(200) {
		switch r.IntN(3) {
		case 0:
			before[key] = i
		case 1:
			before[key] = item(r)
		}
	}
	for i := range 60 {
		before[fmt.Sprint("only there ", i)] = item(r)
	}
	after := maps.Clone(source)
	after[fingerprint.Key] = before[fingerprint.Key]

	file := through(t, t.TempDir(), "x.ndjson", transfer.NewNamespace(namespaceOf(t, source)))
	stopped := 0
	defer func() {
		if stopped < 30 {
			t.Errorf("only %d stops: the test has lost its grip", stopped)
		}
	}()
	for name, src := range map[string]transfer.Source{"namespace": transfer.NewNamespace(namespaceOf(t, source)), "file": file} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				root := filepath.Join(t.TempDir(), "jobs")
				ns := namespaceOf(t, before)
				to := &stopping{Store: ns, r: rand.New(rand.NewPCG(seed, 3)), every: 12}
				spec := transfer.Spec{Command: "copy", From: name, Delete: true, Started: now}
				id, stops := "", 0
				for ; ; stops++ {
					job, resumed, err := transfer.StartJob(root, spec, false)
					if err != nil {
						t.Fatal(err)
					}
					if resumed != (stops > 0) || stops > 0 && job.ID != id {
						t.Fatalf("after %d stops: job %s (resumed %v), want %s again", stops, job.ID, resumed, id)
					}
					id = job.ID
					err = job.Run(t.Context(), src, transfer.NewNamespace(to), clock, func(transfer.Counts) {})
					job.Close()
					if err == nil {
						break
					}
					if !errors.Is(err, errStop) {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(texts(after), held(t, ns)); diff != "" {
					t.Fatalf("after %d stops (-want +got):\n%s", stops, diff)
				}
				if batches := (len(source) + 39) / 40; to.puts > batches+stops {
					t.Errorf("%d batches were sent, with %d stops; want at most %d and one a stop", to.puts, stops, batches)
				}
				undoing := 0
				for ; ; undoing++ {
					job, err := transfer.OpenJob(root, id)
					if err != nil {
						t.Fatal(err)
					}
					counts, err := (&transfer.Undo{Job: job, To: transfer.NewNamespace(to), Now: clock}).Run(t.Context())
					job.Close()
					if counts.Changed > 0 {
						t.Errorf("undo: %+v, and nobody else wrote", counts)
					}
					if err == nil {
						break
					}
					if !errors.Is(err, errStop) {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(texts(before), held(t, ns)); diff != "" {
					t.Errorf("undone, after %d stops (-want +got):\n%s", undoing, diff)
				}
				stopped += stops + undoing
				again, resumed, err := transfer.StartJob(root, spec, false)
				if err != nil || resumed {
					t.Fatalf("an undone job was taken up again (%v)", err)
				}
				again.Close()
			})
		}
	}
}

var errStop = errors.New("stopped")

// stopping is a namespace that fails one of so many calls, before or after it had its effect, as a kill does.
type stopping struct {
	transfer.Store
	mu    sync.Mutex // of r: gets come at the same time
	r     *rand.Rand
	every int
	puts  int
}

func (s *stopping) call(do func() error) error {
	s.mu.Lock()
	dice := s.r.IntN(2 * s.every)
	s.mu.Unlock()
	switch dice {
	case 0:
		return errStop
	case 1:
		_ = do()
		return errStop
	}
	return do()
}

func (s *stopping) List(ctx context.Context, q kv.ListQuery) (page kv.Page, err error) {
	err = s.call(func() (err error) { page, err = s.Store.List(ctx, q); return err })
	return page, err
}

func (s *stopping) GetMany(ctx context.Context, keys []string) (items map[string]kv.Item, err error) {
	err = s.call(func() (err error) { items, err = s.Store.GetMany(ctx, keys); return err })
	return items, err
}

func (s *stopping) PutMany(ctx context.Context, pairs []kv.Pair) error {
	s.puts++
	return s.call(func() error { return s.Store.PutMany(ctx, pairs) })
}

func (s *stopping) DeleteMany(ctx context.Context, keys []string) error {
	return s.call(func() error { return s.Store.DeleteMany(ctx, keys) })
}

// What somebody else has changed since a job is named and left, unless it is forced back.
func TestUndoOfWhatChanged(t *testing.T) {
	for _, force := range []bool{false, true} {
		root := t.TempDir()
		ns := namespaceOf(t, map[string]kv.Item{"a": {Value: []byte("before")}, "b": {Value: []byte("before")}, "expired": {Value: []byte("before")}})
		from := namespaceOf(t, map[string]kv.Item{"a": {Value: []byte("x")}, "b": {Value: []byte("x")}, "new": {Value: []byte("x")}, "new2": {Value: []byte("x")}})
		job, _, err := transfer.StartJob(root, transfer.Spec{Started: now}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := job.Run(t.Context(), transfer.NewNamespace(from), transfer.NewNamespace(ns), clock, func(transfer.Counts) {}); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"b", "new2"} {
			if err := ns.Put(t.Context(), kv.Pair{Key: key, Item: kv.Item{Value: []byte("somebody's")}}); err != nil {
				t.Fatal(err)
			}
		}
		changed := map[string]bool{}
		counts, err := (&transfer.Undo{Job: job, To: transfer.NewNamespace(ns), Now: clock, Force: force, Changed: func(key string) { changed[key] = true }}).Run(t.Context())
		job.Close()
		if err != nil || len(changed) != 2 || !changed["b"] || !changed["new2"] || counts.Changed != 2 {
			t.Errorf("force %v: %+v, %v, changed %v; want b and new2", force, counts, err, changed)
		}
		want := map[string]kv.Item{"a": {Value: []byte("before")}, "expired": {Value: []byte("before")}, "b": {Value: []byte("before")}}
		if !force {
			want["b"], want["new2"] = kv.Item{Value: []byte("somebody's")}, kv.Item{Value: []byte("somebody's")}
		}
		if diff := cmp.Diff(texts(want), held(t, ns)); diff != "" {
			t.Errorf("force %v (-want +got):\n%s", force, diff)
		}
	}
}

// A job belongs to one process, and half a line at the end of its progress is what a kill left.
func TestJobFiles(t *testing.T) {
	root := t.TempDir()
	spec := transfer.Spec{Command: "copy", From: "a", Started: now}
	job, _, err := transfer.StartJob(root, spec, false)
	if err != nil {
		t.Fatal(err)
	}
	var refused *transfer.JobError
	if _, err := transfer.OpenJob(root, job.ID); !errors.As(err, &refused) || refused.Hint() == "" {
		t.Errorf("opened twice: got %v", err)
	}
	reached := transfer.State{Phase: transfer.Copying, At: transfer.Position{After: "k", Cursor: "c"}, Counts: transfer.Counts{Keys: 3}}
	if err := job.Reached(reached); err != nil {
		t.Fatal(err)
	}
	job.Close()
	progress := filepath.Join(root, job.ID, "progress")
	f, err := os.OpenFile(progress, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"phase":"done","at":{"af`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for range 2 {
		job, resumed, err := transfer.StartJob(root, spec, false)
		if err != nil || !resumed || job.State != reached {
			t.Fatalf("got %+v (resumed %v, %v), want %+v", job.State, resumed, err, reached)
		}
		if err := job.Reached(reached); err != nil {
			t.Fatal(err)
		}
		job.Close()
	}
	other := spec
	other.Filter.Prefix = "x"
	for name, start := range map[string]func() (*transfer.Job, bool, error){
		"another command": func() (*transfer.Job, bool, error) { return transfer.StartJob(root, other, false) },
		"a restart":       func() (*transfer.Job, bool, error) { return transfer.StartJob(root, spec, true) },
	} {
		fresh, resumed, err := start()
		if err != nil || resumed || fresh.ID == job.ID {
			t.Errorf("%s: job %s was taken up (%v)", name, job.ID, err)
			continue
		}
		fresh.Close()
	}
	if _, err := transfer.OpenJob(root, "../../etc"); !errors.As(err, &refused) {
		t.Errorf("a job of another name: got %v", err)
	}
}

func TestEstimate(t *testing.T) {
	items := map[string]kv.Item{}
	for i := range 2500 {
		items[fmt.Sprint(i)] = kv.Item{Value: []byte("12")}
	}
	full, empty := transfer.NewNamespace(namespaceOf(t, items)), transfer.NewNamespace(namespaceOf(t, nil))
	file := through(t, t.TempDir(), "x.ndjson", full)
	for name, c := range map[string]struct {
		from transfer.Source
		to   *transfer.Namespace
		undo bool
		want transfer.Plan
	}{
		"into an empty namespace": {full, empty, true, transfer.Plan{Keys: 2500, Bytes: -1, Lists: 4, Gets: 25, Puts: 1, Calls: 30, Reads: 2500, Writes: 2500, Listed: 4}},
		"over another":            {full, full, true, transfer.Plan{Keys: 2500, Bytes: -1, Lists: 4, Gets: 50, Puts: 1, Calls: 55, Reads: 5000, Writes: 2500, Listed: 4}},
		"a file":                  {file, empty, false, transfer.Plan{Keys: 2500, Bytes: 5000, Puts: 1, Calls: 1, Writes: 2500}},
	} {
		got, err := transfer.Estimate(t.Context(), c.from, c.to, transfer.Filter{}, c.undo, false)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
