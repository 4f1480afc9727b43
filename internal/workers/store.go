package workers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Records keeps small records, ordered by key; a write is atomic and durable when it
// returns nil. It is the place where the platform keeps its own.
type Records interface {
	Apply(ctx context.Context, set map[string][]byte, remove []string) error
	Scan(ctx context.Context, prefix string, visit func(key string, value []byte) error) error
}

// Data opens places for content, apart from each other and from what namespaces hold.
type Data interface {
	Namespace(id string) kv.Namespace
}

// Resources says what an account holds beside Workers. A kind that nothing serves may
// answer true: then it fails at the call.
type Resources interface {
	HasNamespace(ctx context.Context, account, id string) (bool, error)
	HasBucket(ctx context.Context, account, name string) (bool, error)
	HasDatabase(ctx context.Context, account, id string) (bool, error)
	HasQueue(ctx context.Context, account, name string) (bool, error)
}

// Options of Open.
type Options struct {
	Runtime Runtime          // nil: nothing runs
	Now     func() time.Time // nil means time.Now
	Rand    io.Reader        // nil means crypto/rand
}

// Workers is safe for concurrent use.
type Workers struct {
	records   Records
	data      Data
	resources Resources
	runtime   Runtime
	now       func() time.Time
	rand      io.Reader

	mu       sync.Mutex
	accounts map[string]*account
}

// account holds an account's Workers, which are read when they are first asked for.
type account struct {
	id string

	// uploading is held from judging an upload to storing it: what it was judged by
	// must still hold then. Reads go on meanwhile.
	uploading sync.Mutex

	mu      sync.RWMutex
	loaded  bool
	workers map[string]*worker
	content kv.Namespace
}

// worker is a Worker with its history. Versions and deployments are only ever added.
type worker struct {
	Worker
	versions    []*Version    // by number
	deployments []*Deployment // by number; the last one serves

	givers map[string]*worker // copies of Workers that it takes classes over from; stored with it
}

// Open returns the Workers kept in records and data. Nothing is read before it is asked for.
func Open(records Records, data Data, resources Resources, o Options) *Workers {
	w := &Workers{
		records: records, data: data, resources: resources, runtime: o.Runtime, now: o.Now, rand: o.Rand,
		accounts: map[string]*account{},
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.rand == nil {
		w.rand = rand.Reader
	}
	return w
}

// Keys of the records. Accounts and tags have a fixed form, and a Worker's name is
// checked, so that no key can lie under another's prefix.
func workerKey(account, name string) string { return "worker/" + account + "/" + name }
func versionKey(account, tag string, number int) string {
	return fmt.Sprintf("version/%s/%s/%010d", account, tag, number)
}
func deploymentKey(account, tag string, number int) string {
	return fmt.Sprintf("deployment/%s/%s/%010d", account, tag, number)
}

// account returns an account whose Workers are loaded.
func (w *Workers) account(ctx context.Context, id string) (*account, error) {
	w.mu.Lock()
	a := w.accounts[id]
	if a == nil {
		a = &account{id: id}
		w.accounts[id] = a
	}
	w.mu.Unlock()

	a.mu.Lock()
	defer a.mu.Unlock()
	if a.loaded {
		return a, nil
	}
	if err := w.load(ctx, a); err != nil {
		return nil, fmt.Errorf("read the Workers of account %s: %w", id, err)
	}
	return a, nil
}

func (w *Workers) load(ctx context.Context, a *account) error {
	a.workers = map[string]*worker{}
	byTag := map[string]*worker{}
	err := scan(ctx, w.records, workerKey(a.id, ""), func(one *Worker) {
		k := &worker{Worker: *one}
		a.workers[k.Name], byTag[k.Tag] = k, k
	})
	if err != nil {
		return err
	}
	for _, k := range byTag {
		prefix := versionKey(a.id, k.Tag, 0)
		err := scan(ctx, w.records, prefix[:len(prefix)-10], func(v *Version) { k.versions = append(k.versions, v) })
		if err != nil {
			return err
		}
		prefix = deploymentKey(a.id, k.Tag, 0)
		err = scan(ctx, w.records, prefix[:len(prefix)-10], func(d *Deployment) { k.deployments = append(k.deployments, d) })
		if err != nil {
			return err
		}
	}
	a.content = w.data.Namespace(contentID(a.id))
	if err := w.sweep(ctx, a); err != nil {
		return err
	}
	a.loaded = true
	return nil
}

// record is how v is kept.
func record(v any) ([]byte, error) { return json.Marshal(v) }

// scan reads the records below prefix.
func scan[T any](ctx context.Context, records Records, prefix string, visit func(*T)) error {
	return records.Scan(ctx, prefix, func(key string, value []byte) error {
		one := new(T)
		if err := json.Unmarshal(value, one); err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		visit(one)
		return nil
	})
}

// find returns a Worker; the caller holds a.mu.
func (a *account) find(name string) (*worker, error) {
	k := a.workers[name]
	if k == nil {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	return k, nil
}

// read calls f with a Worker that does not change meanwhile.
func (w *Workers) read(ctx context.Context, accountID, name string, f func(*worker) error) error {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	k, err := a.find(name)
	if err != nil {
		return err
	}
	return f(k)
}

// change calls f with a copy of a Worker, and when f returns nil stores and shows what
// f made of it.
func (w *Workers) change(ctx context.Context, accountID, name string, f func(*worker) error) error {
	return w.changeIn(ctx, accountID, name, func(_ *account, k *worker) error { return f(k) })
}

// changeIn is change for an f that looks at other Workers too. No upload runs meanwhile.
func (w *Workers) changeIn(ctx context.Context, accountID, name string, f func(*account, *worker) error) error {
	return w.withWorker(ctx, accountID, name, func(a *account, old *worker) error {
		next := old.clone()
		if err := f(a, next); err != nil {
			return err
		}
		return w.save(ctx, a, next)
	})
}

// withWorker calls f with a Worker as it is, which nobody else changes meanwhile.
func (w *Workers) withWorker(ctx context.Context, accountID, name string, f func(*account, *worker) error) error {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return err
	}
	a.uploading.Lock()
	defer a.uploading.Unlock()
	a.mu.RLock()
	k, err := a.find(name)
	a.mu.RUnlock()
	if err != nil {
		return err
	}
	return f(a, k)
}

// clone copies a Worker as far as a change may touch it.
func (k *worker) clone() *worker {
	next := *k
	next.Classes, next.Moved = maps.Clone(k.Classes), maps.Clone(k.Moved)
	next.Schedules = slices.Clone(k.Schedules)
	next.versions = slices.Clone(k.versions)
	next.deployments = slices.Clone(k.deployments)
	return &next
}

// save stores a Worker with what was added to its history, in one step, and shows it.
// The caller holds a.uploading, and nobody else has seen k.
func (w *Workers) save(ctx context.Context, a *account, k *worker) error {
	k.Modified = w.now().UTC()
	set := map[string][]byte{}
	add := func(key string, v any) error {
		text, err := record(v)
		set[key] = text
		return err
	}
	for _, v := range k.versions {
		if v.Number > k.LastVersion {
			k.LastVersion = v.Number
			if err := add(versionKey(a.id, k.Tag, v.Number), v); err != nil {
				return err
			}
		}
	}
	for _, d := range k.deployments {
		if d.Number > k.LastDeployment {
			k.LastDeployment = d.Number
			if err := add(deploymentKey(a.id, k.Tag, d.Number), d); err != nil {
				return err
			}
		}
	}
	if err := add(workerKey(a.id, k.Name), &k.Worker); err != nil {
		return err
	}
	for _, giver := range k.givers {
		giver.Modified = k.Modified
		if err := add(workerKey(a.id, giver.Name), &giver.Worker); err != nil {
			return err
		}
	}
	if err := w.records.Apply(ctx, set, nil); err != nil {
		return fmt.Errorf("record Worker %s: %w", k.Name, err)
	}
	givers := k.givers
	k.givers = nil
	a.mu.Lock()
	a.workers[k.Name] = k
	for _, giver := range givers {
		a.workers[giver.Name] = giver
	}
	a.mu.Unlock()
	return nil
}
