package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// What is written, changed and deleted in a source while it is followed is in the destination in the end, and the undo of
// the job brings back what was there before all of it.
func TestFollow(t *testing.T) {
	for _, stop := range []bool{false, true} {
		t.Run(fmt.Sprint("stopped in between ", stop), func(t *testing.T) {
			root := t.TempDir()
			before := hostile(80)
			from, to := namespaceOf(t, hostile(150)), namespaceOf(t, before)
			if err := to.Put(t.Context(), kv.Pair{Key: "only there", Item: kv.Item{Value: []byte("x")}}); err != nil {
				t.Fatal(err)
			}
			want := held(t, to)
			r := rand.New(rand.NewPCG(5, 5))
			rounds, written := 0, int64(0)
			id := ""
			ctx, cancel := context.WithCancel(t.Context())
			for {
				job, _, err := transfer.StartJob(root, transfer.Spec{Started: now, Delete: true, Follow: true}, false)
				if err != nil {
					t.Fatal(err)
				}
				id = job.ID
				err = job.Run(ctx, transfer.NewNamespace(from), transfer.NewNamespace(to), clock, func(transfer.Counts) {})
				if err != nil {
					t.Fatal(err)
				}
				f := &transfer.Follower{From: transfer.NewNamespace(from), To: transfer.NewNamespace(to), Quiet: time.Millisecond, Now: ticking()}
				f.Round = func(round transfer.Round) {
					rounds++
					written += round.Written
					if rounds <= 4 {
						change(t, from, r)
					}
					if stop && rounds == 2 {
						cancel()
					}
				}
				err = job.RunFollower(ctx, f, func(transfer.Counts) {})
				job.Close()
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) || !stop || rounds > 2 {
					t.Fatalf("round %d: %v", rounds, err)
				}
				ctx, cancel = context.WithCancel(t.Context())
			}
			cancel()
			got, source := held(t, to), held(t, from)
			if diff := cmp.Diff(source, got); diff != "" || written < 4*3 {
				t.Errorf("after %d rounds, %d keys written (-source +destination):\n%s", rounds, written, diff)
			}
			job, err := transfer.OpenJob(root, id)
			if err != nil {
				t.Fatal(err)
			}
			defer job.Close()
			if _, err := (&transfer.Undo{Job: job, To: transfer.NewNamespace(to), Now: clock}).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, held(t, to)); diff != "" {
				t.Errorf("undone (-before +after):\n%s", diff)
			}
		})
	}
}

// ticking is a clock that goes on a little whenever it is looked at.
func ticking() func() time.Time {
	at := now
	return func() time.Time { at = at.Add(time.Millisecond); return at }
}

// change writes two keys anew, writes one that is there, and deletes one.
func change(t *testing.T, ns transfer.Store, r *rand.Rand) {
	t.Helper()
	page, err := ns.List(t.Context(), kv.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	there := page.Keys[r.IntN(len(page.Keys))].Name
	err = errors.Join(
		ns.PutMany(t.Context(), []kv.Pair{{Key: randomKey(r), Item: item(r)}, {Key: randomKey(r) + "2", Item: item(r)}, {Key: there, Item: kv.Item{Value: []byte(randomKey(r))}}}),
		ns.Delete(t.Context(), page.Keys[r.IntN(len(page.Keys))].Name))
	if err != nil {
		t.Fatal(err)
	}
}
