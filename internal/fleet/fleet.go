// Package fleet serves deployed Workers: which version of which Worker runs in which process of
// workerd, and which of them answers a request.
//
// Start with [New], give it to [workers.Open] as the Runtime, and tell it by [Fleet.Attach] where
// the Workers are. It answers requests for WORKER.ACCOUNT.localhost as an http.Handler, and for VERSION-WORKER.ACCOUNT.localhost,
// the address of one version, where preview URLs are on.
//
// Workers of an account that are bound to each other share a process; no process is shared by two
// accounts. A process starts with the first request (or with the server, where there are Durable
// Objects, whose alarms may be due): a hundred Workers that nobody asks for cost nothing. A new
// version starts beside the old one and takes over when it answers; Durable Objects do not bear
// that, so there requests wait while one process follows the other.
package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

// Source is where the Workers are; *workers.Workers is one.
type Source interface {
	List(ctx context.Context, account string) ([]workers.Worker, error)
	Deployments(ctx context.Context, account, worker string) ([]workers.Deployment, error)
	Version(ctx context.Context, account, worker, id string) (workers.Version, error)
	Versions(ctx context.Context, account, worker string) ([]workers.Version, error)
	Content(ctx context.Context, account string, m workers.Module) ([]byte, error)
	Asset(ctx context.Context, account string, f workers.File) (kv.Stream, error)
}

// Account is an account as hosts name it.
type Account struct{ ID, Name string }

// Options of New. Workerd, Accounts, Namespace and HasDatabase are needed.
type Options struct {
	Workerd   *workerd.Binary
	Accounts  func(context.Context) ([]Account, error)
	Namespace func(ctx context.Context, account, id string) (kv.Namespace, error)
	Pace      *kv.Pace // of puts; nil refuses none
	// Bucket returns what serves the binding of an R2 bucket; nil if none are served.
	Bucket func(account, name string) http.Handler
	// Queue returns what takes the messages of a queue's binding, after a delay if there is one; nil if none
	// are served. See [Fleet.Deliver].
	Queue func(account, name string, delay time.Duration) http.Handler

	// HasDatabase says whether the account has the D1 database of this id.
	HasDatabase func(ctx context.Context, account, id string) (bool, error)

	// AI answers the calls of AI bindings; nil: each is an error that says why.
	AI http.Handler

	// Data is a folder of the fleet's own, for sockets, databases and the storage of Durable Objects; "" keeps
	// those in a folder that Close removes.
	Data string
	// NoEgress keeps Workers from the network: a fetch of anything but a binding fails.
	NoEgress bool
	// Watched says whether somebody watches a Worker, and Trace is told what its versions do, as JSON of
	// Cloudflare's trace events: all while it is watched. Nil: nobody watches. See [Fleet.Watch].
	Watched func(account, worker string) bool
	Trace   func(account, worker, version string, events []json.RawMessage)

	// Refused is told of each upload that does not start, with the reason that its sender gets; nil: nobody is.
	Refused func(account, worker string, err error)

	Minutes <-chan time.Time // at which cron triggers are looked at; nil: when each begins

	Log *slog.Logger     // nil: nobody is told
	Now func() time.Time // nil: time.Now

	StartLimit time.Duration // of the top level of all code of a process; 0 means 10 s
	Drain      time.Duration // for requests that an old version has begun; 0 means 30 s
	Linger     time.Duration // after those, for what an old version does after an answer (waitUntil); 0 means 10 s
	HeapMiB    int           // of JavaScript, for each Worker; 0 means 512

	// LoopLimit is for how long JavaScript may keep its process from answering anything else, unless a
	// Worker's own limits.cpu_ms is longer, and MemoryMiB how much memory a process may have. One that
	// exceeds either is killed, and started again with back-off. 0 means 30 s, as Cloudflare's limit of processor time, and 1024.
	LoopLimit time.Duration
	MemoryMiB int
}

// Fleet is safe for concurrent use.
type Fleet struct {
	o      Options
	source Source
	run    string // folder of the sockets
	grants *grants
	stop   context.CancelFunc
	life   context.Context // until Close
	tasks  sync.WaitGroup  // what Close waits for
	work   pending         // deployments that have not settled
	firing sync.Map        // account/worker/cron whose handler runs

	responses *responses // of the cache API

	mu        sync.Mutex
	tenants   map[string]*tenant
	databases map[string]*group // by account
	accounts  map[string]string // id by label of a host; "" where two have the same
}

// New makes the folders and the socket of the bindings. Nothing runs yet.
func New(o Options) (*Fleet, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Watched == nil {
		o.Watched, o.Trace = func(string, string) bool { return false }, func(string, string, string, []json.RawMessage) {}
	}
	if o.Refused == nil {
		o.Refused = func(string, string, error) {}
	}
	o.Drain = orElse(o.Drain, 30*time.Second)
	o.Linger = orElse(o.Linger, 10*time.Second)
	o.HeapMiB = orElse(o.HeapMiB, 512)
	o.LoopLimit = orElse(o.LoopLimit, 30*time.Second)
	o.MemoryMiB = orElse(o.MemoryMiB, 1024)
	run, err := makeRunFolder(o.Data)
	if err != nil {
		return nil, err
	}
	if o.Data == "" {
		o.Data = run
	}
	f := &Fleet{o: o, run: run, tenants: map[string]*tenant{}, databases: map[string]*group{}, responses: newResponses(o.Now)}
	f.life, f.stop = context.WithCancel(context.Background())
	if f.grants, err = openGrants(filepath.Join(run, "binding.sock"), o.Log); err != nil {
		return nil, errors.Join(err, os.RemoveAll(run))
	}
	return f, nil
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// makeRunFolder makes a folder that only we enter: in data, where one that a killed server left is
// removed, or elsewhere when the path is too long for sockets.
func makeRunFolder(data string) (string, error) {
	if data != "" {
		run, err := filepath.Abs(filepath.Join(data, "run"))
		if err != nil {
			return "", err
		}
		if len(run) <= workerd.MaxDir {
			if err := errors.Join(os.RemoveAll(run), os.MkdirAll(run, 0o700)); err != nil {
				return "", fmt.Errorf("make the folder of running Workers: %w", err)
			}
			return run, nil
		}
	}
	run, err := os.MkdirTemp("", "bindery-") // mode 0700
	if err != nil {
		return "", fmt.Errorf("make the folder of running Workers: %w", err)
	}
	return run, nil
}

// Attach says where the Workers are, and starts those whose Durable Objects may have alarms due.
func (f *Fleet) Attach(ctx context.Context, s Source) error {
	f.source = s
	accounts, err := f.o.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	for _, a := range accounts {
		if _, err := os.Stat(f.objectsFolder(a.ID)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		f.settle(a.ID)
	}
	ticks := f.o.Minutes
	if ticks == nil {
		ticks = eachMinute(f.life, f.o.Now)
	}
	f.tasks.Go(func() { f.keepTime(ticks) })
	return nil
}

// objectsFolder holds what Durable Objects of an account store, a folder for each Worker.
func (f *Fleet) objectsFolder(account string) string {
	return filepath.Join(f.o.Data, "objects", account)
}

// Deployed implements workers.Runtime.
func (f *Fleet) Deployed(account, _ string) { f.settle(account) }

// settle makes an account's processes those that its deployments ask for, in the background.
func (f *Fleet) settle(account string) {
	f.work.add(1)
	f.tasks.Go(func() {
		defer f.work.add(-1)
		if err := f.tenant(account).reconcile(f.life); err != nil && f.life.Err() == nil {
			f.o.Log.Error("deployment not taken over", "account", account, "error", err)
		}
	})
}

// Settled waits until what was deployed serves, or has failed to start.
func (f *Fleet) Settled(ctx context.Context) error { return f.work.wait(ctx) }

func (f *Fleet) tenant(account string) *tenant {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tenants[account]
	if t == nil {
		t = &tenant{fleet: f, account: account}
		f.tenants[account] = t
	}
	return t
}

// Close stops every process: requests under way have a second, as the server has drained before.
func (f *Fleet) Close() error {
	f.stop()
	f.tasks.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	var stopping sync.WaitGroup
	for _, t := range f.tenants {
		for _, g := range t.distinct() {
			stopping.Go(func() { g.close(time.Second) })
		}
		for _, p := range t.takePreviews() {
			stopping.Go(func() { p.group.close(time.Second) })
		}
	}
	for _, g := range f.databases {
		stopping.Go(func() { g.close(time.Second) })
	}
	stopping.Wait()
	return errors.Join(f.grants.close(), os.RemoveAll(f.run))
}

// pending counts what is under way.
type pending struct {
	mu    sync.Mutex
	n     int
	quiet chan struct{} // closed when n is 0; nil when it is
}

func (p *pending) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n == 0 {
		p.quiet = make(chan struct{})
	}
	if p.n += n; p.n == 0 {
		close(p.quiet)
		p.quiet = nil
	}
}

func (p *pending) wait(ctx context.Context) error {
	p.mu.Lock()
	quiet := p.quiet
	p.mu.Unlock()
	if quiet == nil {
		return nil
	}
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var _ http.Handler = (*Fleet)(nil)
