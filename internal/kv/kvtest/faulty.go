package kvtest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Op is a method of kv.Namespace.
type Op string

const (
	Get    Op = "get"
	Put    Op = "put"
	Delete Op = "delete"
	List   Op = "list"
)

// Faulty is a namespace that lies: for the negative controls of whoever claims to
// notice. It passes everything on to Inner but for the faults that are set, and it
// counts, so that a test can also say what was not touched. Set the fields before
// the first call; then it is safe for concurrent use.
type Faulty struct {
	Inner kv.Namespace

	// DropPuts acknowledges writes and forgets them.
	DropPuts bool
	// Garble, if set, is handed each value that is read and says what the reader gets.
	Garble func(value []byte) []byte
	// HideFromLists leaves every key out of lists.
	HideFromLists bool
	// IgnoreDeletes acknowledges deletes and keeps the key.
	IgnoreDeletes bool
	// KeepListing deletes, yet goes on listing what was deleted.
	KeepListing bool
	// Delay makes the operation take this much longer before anything happens, or
	// until the context ends.
	Delay map[Op]time.Duration
	// DelayAfter delays the answer when everything has happened: the write is done,
	// and whoever asked may have gone.
	DelayAfter map[Op]time.Duration
	// Errors answers the operation with this error, and nothing happens:
	// kv.ErrPermission for Put is a token that may only read,
	// kv.ErrNamespaceNotFound for all a binding that leads nowhere.
	Errors map[Op]error
	// ErrorAt, if set, is asked at each call, the nth of its operation counted from
	// 1, whether it shall fail.
	ErrorAt func(op Op, nth int) error

	mu      sync.Mutex
	calls   []Call
	deleted map[string]bool
}

// Call is a call that reached a Faulty.
type Call struct {
	Op  Op
	Key string // of a list, the prefix
}

var _ kv.Namespace = (*Faulty)(nil)

// FailAll returns what Errors takes to answer every operation with err.
func FailAll(err error) map[Op]error {
	return map[Op]error{Get: err, Put: err, Delete: err, List: err}
}

// OtherBytes is a Garble that changes one bit, or adds a byte to nothing.
func OtherBytes(value []byte) []byte {
	if len(value) == 0 {
		return []byte{1}
	}
	other := bytes.Clone(value)
	other[len(other)/2] ^= 1
	return other
}

// Calls returns the calls so far, in the order in which they came.
func (f *Faulty) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Count says how many calls of op there were.
func (f *Faulty) Count(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count(op)
}

func (f *Faulty) count(op Op) (n int) {
	for _, c := range f.calls {
		if c.Op == op {
			n++
		}
	}
	return n
}

// Touched returns the keys that were got, put or deleted, sorted, each once.
func (f *Faulty) Touched() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	keys := map[string]bool{}
	for _, c := range f.calls {
		if c.Op != List {
			keys[c.Key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// enter counts a call, then delays or fails it as was set.
func (f *Faulty) enter(ctx context.Context, op Op, key string) error {
	f.mu.Lock()
	f.calls = append(f.calls, Call{op, key})
	nth := f.count(op)
	f.mu.Unlock()

	if err := pause(ctx, f.Delay[op]); err != nil {
		return err
	}
	if f.ErrorAt != nil {
		if err := f.ErrorAt(op, nth); err != nil {
			return err
		}
	}
	return f.Errors[op]
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Get implements kv.Namespace.
func (f *Faulty) Get(ctx context.Context, key string) (kv.Item, error) {
	if err := f.enter(ctx, Get, key); err != nil {
		return kv.Item{}, err
	}
	item, err := f.Inner.Get(ctx, key)
	if err != nil {
		return kv.Item{}, err
	}
	if f.Garble != nil {
		item.Value = f.Garble(item.Value)
	}
	return item, pause(ctx, f.DelayAfter[Get])
}

// Put implements kv.Namespace.
func (f *Faulty) Put(ctx context.Context, p kv.Pair) error {
	if err := f.enter(ctx, Put, p.Key); err != nil {
		return err
	}
	if !f.DropPuts {
		if err := f.Inner.Put(ctx, p); err != nil {
			return err
		}
	}
	return pause(ctx, f.DelayAfter[Put])
}

// Delete implements kv.Namespace.
func (f *Faulty) Delete(ctx context.Context, key string) error {
	if err := f.enter(ctx, Delete, key); err != nil {
		return err
	}
	if !f.IgnoreDeletes {
		if err := f.Inner.Delete(ctx, key); err != nil {
			return err
		}
	}
	f.mu.Lock()
	if f.deleted == nil {
		f.deleted = map[string]bool{}
	}
	f.deleted[key] = true
	f.mu.Unlock()
	return pause(ctx, f.DelayAfter[Delete])
}

// List implements kv.Namespace.
func (f *Faulty) List(ctx context.Context, q kv.ListQuery) (kv.Page, error) {
	if err := f.enter(ctx, List, q.Prefix); err != nil {
		return kv.Page{}, err
	}
	page, err := f.Inner.List(ctx, q)
	if err != nil {
		return kv.Page{}, err
	}
	if f.HideFromLists {
		page = kv.Page{}
	}
	if f.KeepListing {
		f.haunt(&page, q.Prefix)
	}
	return page, pause(ctx, f.DelayAfter[List])
}

// haunt puts deleted keys back into a page.
func (f *Faulty) haunt(page *kv.Page, prefix string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.deleted {
		if strings.HasPrefix(key, prefix) {
			page.Keys = append(page.Keys, kv.KeyInfo{Name: key})
		}
	}
	slices.SortFunc(page.Keys, func(a, b kv.KeyInfo) int { return strings.Compare(a.Name, b.Name) })
}
