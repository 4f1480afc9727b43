package platform_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/platform"
)

func TestNamespaces(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.account("a", idA)
	if got := h.titles(idA); len(got) != 0 {
		t.Errorf("a new account holds %q", got)
	}
	first := h.namespace(idA, "", "first")
	if !platform.ValidID(first.ID) {
		t.Errorf("made id %q", first.ID)
	}
	brought := h.namespace(idA, idC, "brought")
	if brought.ID != idC {
		t.Errorf("brought id %s, got %s", idC, brought.ID)
	}
	odd := h.namespace(idA, idB, "/ ž\x00\t\"")
	if got, err := h.NamespaceInfo(ctx, idA, idB); err != nil || got != odd {
		t.Errorf("NamespaceInfo: got %+v, %v; want %+v", got, err, odd)
	}

	renamed, err := h.RenameNamespace(ctx, idA, idC, "renamed")
	if want := (platform.NamespaceInfo{ID: idC, Title: "renamed"}); err != nil || renamed != want {
		t.Errorf("RenameNamespace: got %+v, %v; want %+v", renamed, err, want)
	}
	if _, err := h.RenameNamespace(ctx, idA, idC, "renamed"); err != nil {
		t.Errorf("RenameNamespace to the title it has: %v", err)
	}
	h.namespace(idA, "", "brought") // the former title is free
	if err := h.DeleteNamespace(ctx, idA, first.ID); err != nil {
		t.Errorf("DeleteNamespace: %v", err)
	}
	h.namespace(idA, first.ID, "first") // and so are those of a deleted one

	want := h.titles(idA)
	if len(want) != 4 || want[0] != idC+" renamed" {
		t.Errorf("Namespaces: got %q, want four by id", want)
	}
	h.reopen()
	if diff := cmp.Diff(want, h.titles(idA)); diff != "" {
		t.Errorf("after a restart namespaces differ (-before +after):\n%s", diff)
	}
	h.namespace(idA, "", "made after a restart")
}

func TestNamespacesRefused(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.account("a", idA)
	h.namespace(idA, idC, "taken")
	h.namespace(idA, idB, "other")
	create := func(account, id, title string) error {
		_, err := h.CreateNamespace(ctx, account, id, title)
		return err
	}
	rename := func(account, id, title string) error {
		_, err := h.RenameNamespace(ctx, account, id, title)
		return err
	}
	info := func(account, id string) error { _, err := h.NamespaceInfo(ctx, account, id); return err }
	data := func(account, id string) error { _, err := h.Namespace(ctx, account, id); return err }
	long := strings.Repeat("t", kv.MaxTitleLength+1)

	for _, row := range []struct {
		what string
		got  error
		want error
	}{
		{"create: taken title", create(idA, "", "taken"), platform.ErrTitleTaken},
		{"create: empty title", create(idA, "", ""), platform.ErrTitleInvalid},
		{"create: long title", create(idA, "", long), platform.ErrTitleInvalid},
		{"create: title that is no text", create(idA, "", "\xff"), platform.ErrTitleInvalid},
		{"create: taken id", create(idA, idC, "new"), platform.ErrIDTaken},
		{"create: bad id", create(idA, "x", "new"), platform.ErrIDInvalid},
		{"create: no account", create(idB, "", "new"), platform.ErrAccountNotFound},
		{"rename: taken title", rename(idA, idB, "taken"), platform.ErrTitleTaken},
		{"rename: empty title", rename(idA, idB, ""), platform.ErrTitleInvalid},
		{"rename: no namespace", rename(idA, idA, "new"), kv.ErrNamespaceNotFound},
		{"rename: no account", rename(idB, idC, "new"), platform.ErrAccountNotFound},
		{"info: no namespace", info(idA, idA), kv.ErrNamespaceNotFound},
		{"info: no account", info(idB, idC), platform.ErrAccountNotFound},
		{"data: no namespace", data(idA, ""), kv.ErrNamespaceNotFound},
		{"data: no account", data("", idC), platform.ErrAccountNotFound},
		{"delete: no namespace", h.DeleteNamespace(ctx, idA, idA), kv.ErrNamespaceNotFound},
		{"delete: no account", h.DeleteNamespace(ctx, idB, idC), platform.ErrAccountNotFound},
	} {
		wantError(t, row.what, row.got, row.want)
	}
	if err := create(idA, "", strings.Repeat("ü", kv.MaxTitleLength)); err != nil {
		t.Errorf("create: title of %d characters, each two bytes: %v", kv.MaxTitleLength, err)
	}
	if err := create(idA, "", "Taken"); err != nil {
		t.Errorf("create: title that differs in case: %v", err)
	}
}

func TestTooManyNamespaces(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	h.account("b", idB)
	for i := range kv.MaxNamespaces {
		h.namespace(idA, "", fmt.Sprint(i))
	}
	_, err := h.CreateNamespace(t.Context(), idA, "", "one more")
	wantError(t, "CreateNamespace in a full account", err, platform.ErrTooManyNamespaces)
	h.namespace(idB, "", "one more") // the other account is not full
	if err := h.DeleteNamespace(t.Context(), idA, strings.Fields(h.titles(idA)[0])[0]); err != nil {
		t.Fatal(err)
	}
	h.namespace(idA, "", "one more")
}

// TestDataFollowsTheNamespace: a rename keeps it, a delete ends it, and an id that
// comes back comes back empty.
func TestDataFollowsTheNamespace(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.account("a", idA)
	h.account("b", idB)
	h.namespace(idA, idC, "title")
	h.namespace(idB, idC, "title") // the same id and title behind the other wall
	if err := h.data(idA, idC).Put(ctx, kv.Pair{Key: "key", Item: kv.Item{Value: []byte("a's")}}); err != nil {
		t.Fatal(err)
	}
	_, err := h.data(idB, idC).Get(ctx, "key")
	wantError(t, "Get in the other account", err, kv.ErrKeyNotFound)

	if _, err := h.RenameNamespace(ctx, idA, idC, "renamed"); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	held := h.data(idA, idC)
	if item, err := held.Get(ctx, "key"); err != nil || string(item.Value) != "a's" {
		t.Errorf("Get after a rename and a restart: got %q, %v", item.Value, err)
	}

	if err := h.DeleteNamespace(ctx, idA, idC); err != nil {
		t.Fatal(err)
	}
	_, err = held.Get(ctx, "key")
	wantError(t, "Get through a handle from before the delete", err, kv.ErrNamespaceNotFound)
	h.namespace(idA, idC, "title")
	_, err = h.data(idA, idC).Get(ctx, "key")
	wantError(t, "Get after the id came back", err, kv.ErrKeyNotFound)
	wantError(t, "Put through a handle from before the delete", held.Put(ctx, kv.Pair{Key: "key"}), kv.ErrNamespaceNotFound)
	if all := h.records(); strings.Contains(all, "deleted/") {
		t.Errorf("a deletion is still marked:\n%s", all)
	}
}

// TestInterruptedDelete: a namespace whose data could not be removed is gone all the
// same, and the next start removes the data.
func TestInterruptedDelete(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.account("a", idA)
	h.namespace(idA, idC, "title")
	held := h.data(idA, idC)
	if err := held.Put(ctx, kv.Pair{Key: "key"}); err != nil {
		t.Fatal(err)
	}

	h.failDelete = errors.New("disk is gone")
	wantError(t, "DeleteNamespace", h.DeleteNamespace(ctx, idA, idC), h.failDelete)
	if got := h.titles(idA); len(got) != 0 {
		t.Errorf("the namespace is still listed: %q", got)
	}
	if _, err := held.Get(ctx, "key"); err != nil {
		t.Fatalf("the data is gone already: %v", err)
	}

	h.namespace(idA, idC, "title") // its id and title are free
	h.failDelete = nil
	h.reopen()
	_, err := held.Get(ctx, "key")
	wantError(t, "Get of what was left behind", err, kv.ErrNamespaceNotFound)
	if err := h.data(idA, idC).Put(ctx, kv.Pair{Key: "key"}); err != nil {
		t.Errorf("Put in the namespace that took the id: %v", err)
	}
	if all := h.records(); strings.Contains(all, "deleted/") {
		t.Errorf("a deletion is still marked:\n%s", all)
	}
}

// TestDeleteForSomebodyWhoLeaves: who hangs up once the namespace is gone from the
// records cannot ask again, so its data goes too.
func TestDeleteForSomebodyWhoLeaves(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	h.namespace(idA, idC, "title")
	held := h.data(idA, idC)

	ctx, leave := context.WithCancel(t.Context())
	h.applied = leave
	if err := h.DeleteNamespace(ctx, idA, idC); err != nil {
		t.Errorf("DeleteNamespace: %v", err)
	}
	_, err := held.Get(t.Context(), "key")
	wantError(t, "Get through a handle from before the delete", err, kv.ErrNamespaceNotFound)
	if all := h.records(); strings.Contains(all, "deleted/") {
		t.Errorf("a deletion is still marked:\n%s", all)
	}
}

func TestNamespacesTogether(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	var g errgroup.Group
	var mu sync.Mutex
	made := 0
	for range 8 {
		g.Go(func() error {
			for i := range 20 {
				_, err := h.CreateNamespace(t.Context(), idA, "", fmt.Sprint("title ", i))
				switch {
				case err == nil:
					mu.Lock()
					made++
					mu.Unlock()
				case !errors.Is(err, platform.ErrTitleTaken):
					return err
				}
				if _, err := h.Namespaces(t.Context(), idA); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := len(h.titles(idA)); made != 20 || got != 20 {
		t.Errorf("of eight who each make the same 20 titles, %d were told they made one, %d are there; want 20", made, got)
	}
}

// TestCrashWhileDeleting cuts the power before every single operation on the disk
// while a namespace with a key is made, renamed and deleted. Afterwards it is there
// whole or gone whole, and never behind what was acknowledged; and a namespace that
// takes its id is empty.
func TestCrashWhileDeleting(t *testing.T) {
	type crash struct {
		disk *vfs.MemFS
		step int // how many steps were acknowledged
	}
	var (
		mu      sync.Mutex
		watch   bool
		step    int
		crashes []crash
		rng     = rand.New(rand.NewPCG(1, 2))
	)
	disk := vfs.NewCrashableMem()
	watched := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if watch && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			for _, survives := range []int{0, 50, 100} {
				after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: survives, RNG: rng})
				crashes = append(crashes, crash{after, step})
			}
		}
		return nil
	}))
	p, shut := openOn(t, watched)
	ctx := t.Context()
	if _, err := p.EnsureAccount(ctx, "a", idA); err != nil {
		t.Fatal(err)
	}
	steps := []func() error{
		func() error { _, err := p.CreateNamespace(ctx, idA, idC, "title"); return err },
		func() error {
			ns, err := p.Namespace(ctx, idA, idC)
			return errors.Join(err, ns.Put(ctx, kv.Pair{Key: "key"}))
		},
		func() error { _, err := p.RenameNamespace(ctx, idA, idC, "renamed"); return err },
		func() error { return p.DeleteNamespace(ctx, idA, idC) },
		func() error { _, err := p.CreateNamespace(ctx, idA, idC, "again"); return err },
	}
	const made, filled, renamed, deleted, again = 1, 2, 3, 4, 5
	mu.Lock()
	watch = true
	mu.Unlock()
	for _, do := range steps {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		step++
		mu.Unlock()
	}
	mu.Lock()
	watch = false
	mu.Unlock()
	shut()

	if len(crashes) < 3*len(steps) {
		t.Errorf("%d crashes were tried, want at least one of each kind a step", len(crashes))
	}
	for i, c := range crashes {
		p, shut := openOn(t, c.disk)
		// What is found must be the state after the acknowledged steps or the next.
		title, hasKey := "", false
		if info, err := p.NamespaceInfo(ctx, idA, idC); err == nil {
			title = info.Title
			ns, err := p.Namespace(ctx, idA, idC)
			if err != nil {
				t.Fatal(err)
			}
			_, err = ns.Get(ctx, "key")
			hasKey = err == nil
		}
		state := map[string]int{"": 0, "title": made, "renamed": renamed, "again": again}[title]
		if state == made && hasKey {
			state = filled
		}
		if state == 0 && c.step >= renamed {
			state = deleted
		}
		if wantKey := state == filled || state == renamed; state < c.step || state > c.step+1 || hasKey != wantKey {
			t.Errorf("crash %d, %d steps acknowledged: title %q, key there: %v", i, c.step, title, hasKey)
		}
		shut()
	}
}

// openOn opens a platform on a disk.
func openOn(t *testing.T, disk vfs.FS) (p *platform.Platform, shut func()) {
	t.Helper()
	store, err := pebblekv.Open(pebblekv.Options{Dir: "data", FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	p, err = platform.Open(store, store, platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p, func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// An id that the platform makes reads as a UUID of version 4.
func TestNamespaceIDIsUUID(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	form := regexp.MustCompile(`^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$`)
	for i := range 20 {
		n, err := h.CreateNamespace(t.Context(), idA, "", fmt.Sprint(i))
		if err != nil || !form.MatchString(n.ID) {
			t.Errorf("got the id %q, %v; want it like %s", n.ID, err, form)
		}
	}
}
