// Package pebblekv keeps namespaces on disk, in one Pebble database in one folder.
//
// Start with [Open], then [Store.Namespace]. A [Store] is also a place for the
// platform's records. What was acknowledged is on disk: every write is in the
// synced log before it returns, and concurrent writes share a sync. A value, its
// metadata and its expiration are written in one batch, so that no crash and no
// race shows one without the others. Keys that have expired are hidden at read and
// removed in the background.
//
// When a write or a sync fails, the write is refused, and so is every later one, until
// the store is opened again; reads go on. [Store.Health] says so, and why.
//
// layout.go says how keys lie in the database, record.go what a record looks like.
package pebblekv

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Options say where a store is; only Dir is needed.
type Options struct {
	Dir string           // folder, made if it is not there
	FS  vfs.FS           // nil means the operating system's
	Now func() time.Time // nil means time.Now
	Log *slog.Logger     // nil means silence
	// SweepEvery is the time between two removals of expired keys; 0 means a
	// minute, negative means that only Sweep removes them.
	SweepEvery time.Duration
	// CacheBytes bounds the cache of blocks read from disk; 0 means 32 MiB.
	CacheBytes int64
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	db     *pebble.DB
	dir    string
	fs     vfs.FS
	lock   io.Closer
	now    func() time.Time
	log    *slog.Logger
	health *health

	// writing serialises the writes to each key; see write.go.
	writing stripes

	// uploads are those under way, by the version of their chunks.
	uploads sync.Map
	// freed counts what was removed since its room was last given back.
	freed freed

	mu         sync.Mutex
	namespaces map[string]*Namespace

	// inUse counts calls, and streams that are open, as Pebble panics when used after
	// Close. Not a lock: whoever holds two streams would wait for a Close that waits
	// for the first of them.
	inUse   sync.WaitGroup
	closing sync.RWMutex // of closed
	closed  bool

	stopSweeper context.CancelFunc
	sweeper     sync.WaitGroup
}

// ErrClosed: the store was closed. It also is kv.ErrUnavailable.
var ErrClosed = fmt.Errorf("store is closed: %w", kv.ErrUnavailable)

// Open opens the store in a folder, or makes one. Errors: *InUseError when another
// process has it, *ForeignFolderError when the folder holds something else,
// *FormatError when another version of this program wrote it, *FolderError when it
// cannot be used for another reason.
func Open(o Options) (*Store, error) {
	o = o.withDefaults()
	s, err := open(o)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stopSweeper = stop
	if o.SweepEvery > 0 {
		s.sweeper.Go(func() { s.sweepEvery(ctx, o.SweepEvery) })
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	o.Dir = filepath.Clean(o.Dir) // as Pebble will name it
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.SweepEvery = cmp.Or(o.SweepEvery, time.Minute)
	o.CacheBytes = cmp.Or(o.CacheBytes, 32<<20)
	return o
}

func open(o Options) (*Store, error) {
	lock, err := claim(o.FS, o.Dir)
	if err != nil {
		return nil, err
	}
	h := newHealth(o)
	s := &Store{
		dir: o.Dir, fs: o.FS, lock: lock, now: o.Now, log: o.Log, health: h,
		writing:    stripes{seed: maphash.MakeSeed()},
		namespaces: map[string]*Namespace{},
	}
	err = h.within(openPatience, func() (err error) {
		if err = checkClosed(o.FS, o.Dir); err != nil {
			return &FolderError{Dir: o.Dir, Err: err}
		}
		if s.db, err = pebble.Open(o.Dir, pebbleOptions(o, h)); err != nil {
			return &FolderError{Dir: o.Dir, Err: withFile(err)}
		}
		if err = s.settle(o.Dir); err != nil {
			err = errors.Join(err, s.db.Close())
		}
		return err
	})
	if unwritable := (*UnwritableError)(nil); errors.As(err, &unwritable) {
		err = &FolderError{Dir: o.Dir, Err: unwritable.Err} // nobody could write before, either
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// settle brings what the last process left into order.
func (s *Store) settle(dir string) error {
	err := settleFormat(s.db, dir)
	if err == nil {
		err = s.removeAbandoned(context.Background())
	}
	if other := (*FormatError)(nil); err == nil || errors.As(err, &other) {
		return err
	}
	return &FolderError{Dir: dir, Err: err}
}

// Close waits for calls that are under way, and streams that are open, and closes the
// store; calls that come later return ErrClosed. Closing twice is no error. A store that
// had become unwritable is left as it is, for the next Open to recover, and Close says why.
func (s *Store) Close() error {
	s.stopSweeper()
	s.sweeper.Wait()
	s.closing.Lock()
	again := s.closed
	s.closed = true
	s.closing.Unlock()
	if again {
		return nil
	}
	s.inUse.Wait()
	return errors.Join(s.health.within(closePatience, s.shut), s.lock.Close())
}

// shut turns the log into tables first: the next Open would do it before it returns, and a user waits for that.
func (s *Store) shut() error {
	if err := errors.Join(s.db.Flush(), s.db.Close()); err != nil {
		return err
	}
	return noteClosed(s.fs, s.dir)
}

// begin is called first by whatever uses the database; when it returns nil, the
// caller owes s.inUse.Done.
func (s *Store) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return ErrClosed
	}
	s.inUse.Add(1)
	return nil
}

// Namespace opens the namespace with this id; one that was never written to is
// empty. Everybody who opens the same id gets the same *Namespace.
func (s *Store) Namespace(id string) kv.Namespace {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[id]
	if n == nil {
		n = &Namespace{store: s, id: id}
		s.namespaces[id] = n
	}
	return n
}

// DeleteNamespace removes all keys of a namespace, durably, in time that does not
// depend on their number. Those who still hold it open are answered
// kv.ErrNamespaceNotFound; whoever opens the id afterwards gets an empty one.
func (s *Store) DeleteNamespace(ctx context.Context, id string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.inUse.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	// With all writers shut out, none can write behind the deletion's back.
	s.writing.lockAll()
	defer s.writing.unlockAll()

	b := s.db.NewBatch()
	for _, kind := range []byte{kindIndex, kindValue, kindChunk} {
		first := appendKey(nil, kind, id, "")
		if err := b.DeleteRange(first, after(first), nil); err != nil {
			return err
		}
	}
	if err := s.commit(b, pebble.Sync); err != nil {
		return fmt.Errorf("delete the keys of a namespace: %w", err)
	}
	s.freed.chunks.Add(giveBackAt) // nobody has counted them
	if n := s.namespaces[id]; n != nil {
		n.deleted.Store(true)
		delete(s.namespaces, id)
	}
	return nil
}
