package pebblekv

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/bindery-dev/bindery/internal/kv"
)

// How long a write, and closing, may take before the disk counts as gone. Opening may
// take as long as it needs: nobody is served yet.
const (
	writePatience = 30 * time.Second
	closePatience = 2 * time.Minute // compactions end first
	openPatience  = 24 * time.Hour
)

// UnwritableError: the store takes no writes any more, until it is opened again. It
// also is kv.ErrUnavailable. Reads go on.
type UnwritableError struct {
	Dir   string
	Since time.Time
	Err   error // what happened first
}

func (e *UnwritableError) Error() string {
	return fmt.Sprintf("data folder %s takes no writes since %s: %v", e.Dir, e.Since.UTC().Format(time.RFC3339), e.Err)
}

func (e *UnwritableError) Unwrap() []error { return []error{kv.ErrUnavailable, e.Err} }

// Hint says what to do, in words for the user.
func (e *UnwritableError) Hint() string {
	const restart = "then start the server again; what was acknowledged is safe"
	switch {
	case isFull(e.Err):
		return "make room on its disk, " + restart
	case errors.Is(e.Err, syscall.EROFS), errors.Is(e.Err, fs.ErrPermission):
		return "make the folder writable, " + restart
	case errors.As(e.Err, new(*damagedError)), pebble.IsCorruptionError(e.Err):
		return "stop the server and restore the folder from a backup; keys of other files can still be read"
	}
	return "see to its disk, " + restart
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// health knows whether a store can be written to. The first fault decides for good:
// after a failed write or sync nobody can say what the disk holds, and only opening
// the store again finds out.
type health struct {
	dir string
	now func() time.Time
	log *slog.Logger
	// patience is how long a write may take before its disk counts as gone.
	patience time.Duration

	once   sync.Once
	failed chan struct{} // closed with the first fault
	fault  *UnwritableError
}

func newHealth(o Options) *health {
	return &health{dir: o.Dir, now: o.Now, log: o.Log, patience: writePatience, failed: make(chan struct{})}
}

// fail notes what happened, the first time.
func (h *health) fail(err error) {
	h.once.Do(func() {
		h.fault = &UnwritableError{Dir: h.dir, Since: h.now(), Err: err}
		close(h.failed)
		h.log.Error("no more writes", "error", h.fault, "hint", h.fault.Hint())
	})
}

// err returns the fault, or nil.
func (h *health) err() error {
	select {
	case <-h.failed:
		return h.fault
	default:
		return nil
	}
}

// halt stops the calling goroutine for good, as if its disk never answered. What it
// holds stays as it is until the process ends.
func halt() { select {} }

// within runs work, which uses the disk, and returns its error, or the fault that
// keeps it from ending. Work of which the latter is said may be stuck for ever: what
// it uses is its own from then on.
//
// The limit is waited in two halves: a process that was stopped for a while finds one
// of them over when it goes on, and not both.
func (h *health) within(limit time.Duration, work func() error) error {
	if err := h.err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- work() }()
	half := time.NewTimer(limit / 2)
	defer half.Stop()
	for waits := 0; ; {
		select {
		case err := <-done:
			return err
		case <-h.failed:
			return h.fault
		case <-half.C:
			if waits++; waits == 2 {
				h.fail(fmt.Errorf("the disk has not answered for %s", limit))
				continue
			}
			half.Reset(limit / 2)
		}
	}
}

// Health returns nil while the store can be written to, and else an *UnwritableError,
// which says since when it cannot, why, and what to do.
func (s *Store) Health() error { return s.health.err() }

// commit writes a batch and returns once it is durable as how asks. The batch is
// commit's own from now on. When it fails nobody knows what of the batch is on disk:
// all, or nothing.
func (s *Store) commit(b *pebble.Batch, how *pebble.WriteOptions) error {
	return s.health.within(s.health.patience, func() error {
		if err := b.Commit(how); err != nil {
			return err
		}
		return b.Close()
	})
}

// release closes a snapshot, for which Pebble may wait until a compaction has been
// noted on disk: with the disk broken, for ever.
func (s *Store) release(snapshot *pebble.Snapshot) {
	_ = s.health.within(s.health.patience, snapshot.Close) // fails only when writing does
}
