package transfer

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// undoFolder holds, of each batch, what it replaced: one compressed file a batch, there before the batch is written.
const undoFolder = "undo"

// replaced is a line of it: what was under a key, and what the job put there.
type replaced struct {
	record
	Absent bool   `json:"absent,omitempty"` // nothing was
	Wrote  string `json:"wrote,omitempty"`  // digest of what was put there; "" if the key was deleted
	Until  int64  `json:"until,omitempty"`  // when that expires
}

// itemDigest tells items apart; metadata by what it means.
func itemDigest(i kv.Item) string {
	h := sha256.New()
	metadata, _ := decodeAny(i.Metadata) // what is no JSON never was in a namespace
	canonical, _ := json.Marshal(metadata)
	fmt.Fprintf(h, "%d %d %s\n", len(i.Value), i.Expiration, canonical)
	h.Write(i.Value)
	return hex.EncodeToString(h.Sum(nil))
}

// Recorder writes down what a job replaces in a namespace.
type Recorder struct {
	Job   *Job
	To    *Namespace
	sizes sizer
}

// Puts writes down what a batch is going to replace.
func (r *Recorder) Puts(ctx context.Context, batch []kv.Pair) error {
	wrote := make(map[string]replaced, len(batch))
	keys := make([]string, len(batch))
	for i, p := range batch {
		keys[i] = p.Key
		wrote[p.Key] = replaced{Wrote: itemDigest(p.Normalize().Item), Until: p.Expiration}
	}
	return r.record(ctx, keys, wrote, !r.Job.Empty || r.Job.Phase == Following)
}

// Deletes writes down what is going to be deleted.
func (r *Recorder) Deletes(ctx context.Context, keys []string) error {
	return r.record(ctx, keys, nil, true)
}

// record writes a segment. What was there goes from the namespace to the file, a value at a time; without read nothing
// was.
func (r *Recorder) record(ctx context.Context, keys []string, wrote map[string]replaced, read bool) (err error) {
	segments, err := r.Job.segments()
	if err != nil {
		return err
	}
	path := r.Job.segment(len(segments) + 1)
	file, err := os.OpenFile(path+".partial", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the undo: %w", err)
	}
	defer file.Close() // a second time where all went well
	packed, err := compress(file, ".zst")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(packed)
	add := func(line replaced, key string) error {
		line.Wrote, line.Until = wrote[key].Wrote, wrote[key].Until
		text, err := encodeLine(line)
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	there := map[string]bool{}
	if read {
		err := r.To.items(ctx, r.sizes.groups(keys), &r.sizes, func(_ group, p kv.Pair) error {
			there[p.Key] = true
			return add(replaced{record: recordOf(p)}, p.Key)
		})
		if err != nil {
			return fmt.Errorf("read what is replaced: %w", err)
		}
	}
	for _, key := range keys {
		if !there[key] {
			err = errors.Join(err, add(replaced{record: record{Key: key}, Absent: true}, key))
		}
	}
	if err := errors.Join(err, w.Flush(), packed.Close(), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write the undo: %w", err)
	}
	return os.Rename(path+".partial", path)
}

func (j *Job) segment(n int) string {
	return filepath.Join(j.dir, undoFolder, fmt.Sprintf("%08d.ndjson.zst", n))
}

// segments are the whole ones, in their order.
func (j *Job) segments() ([]string, error) {
	return filepath.Glob(filepath.Join(j.dir, undoFolder, "*.zst"))
}

// Undo puts back what a job replaced.
type Undo struct {
	Job   *Job
	To    *Namespace
	Now   func() time.Time
	Force bool // what somebody changed since, too
	// Changed is told each key that somebody else has changed since; it is left as it is without Force.
	Changed  func(key string)
	Progress func(UndoCounts)
}

// UndoCounts are what an undo did so far.
type UndoCounts struct {
	Restored int64 `json:"restored"` // to what they were
	Deleted  int64 `json:"deleted"`  // as they were not there, or have expired since
	Same     int64 `json:"same"`     // were as before already
	Changed  int64 `json:"changed"`  // by somebody else since
}

// Run undoes batch after batch, the last one first. Stopped at any place and run again, it goes on.
func (u *Undo) Run(ctx context.Context) (counts UndoCounts, err error) {
	segments, err := u.Job.segments()
	if err != nil {
		return counts, err
	}
	left := len(segments)
	if u.Job.Phase == Undoing {
		left = min(left, u.Job.State.Segments)
	}
	for ; left > 0; left-- {
		err := u.Job.Reached(State{Phase: Undoing, At: u.Job.At, Counts: u.Job.Counts, Segments: left})
		if err == nil {
			err = u.segment(ctx, segments[left-1], &counts)
		}
		if err != nil {
			return counts, err
		}
		if u.Progress != nil {
			u.Progress(counts)
		}
	}
	return counts, u.Job.Reached(State{Phase: Undone, At: u.Job.At, Counts: u.Job.Counts})
}

// segment undoes one batch, in calls of few keys and bytes.
func (u *Undo) segment(ctx context.Context, path string, counts *UndoCounts) error {
	err := withFile(path, func(r io.Reader) error {
		lines, err := newLineReader(r)
		if err != nil {
			return err
		}
		var batch []replaced
		size := 0
		for {
			text, err := lines.next()
			if err == io.EOF {
				return u.restore(ctx, batch, counts)
			}
			if err != nil {
				return err
			}
			var line replaced
			if err := decodeStrict(text, &line); err != nil {
				return fmt.Errorf("line %d: %w", lines.number, err)
			}
			batch, size = append(batch, line), size+len(text)
			if len(batch) < kv.MaxBulkGet && size < maxBatch {
				continue
			}
			if err := u.restore(ctx, batch, counts); err != nil {
				return err
			}
			batch, size = nil, 0
		}
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &JobError{u.Job.ID, "cannot be undone: a file of what it replaced is damaged", "its folder was changed since", false}
	}
	return err
}

// restore looks what is under the keys now, and puts back what was there.
func (u *Undo) restore(ctx context.Context, batch []replaced, counts *UndoCounts) error {
	keys := make([]string, len(batch))
	for i, r := range batch {
		keys[i] = r.Key
	}
	now := map[string]string{} // digest of what is there
	err := u.To.each(ctx, keys, func(key string, item kv.Item) error {
		now[key] = itemDigest(item)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	var puts []kv.Pair
	var deletes []string
	for _, r := range batch {
		before := kv.Pair{Key: r.Key}
		if !r.Absent {
			if before, err = r.pair(); err != nil {
				return fmt.Errorf("key %q: %w", printable(r.Key), err)
			}
		}
		gone := r.Absent || kv.Expired(before.Expiration, u.Now().Add(kv.MinTTL))
		is, there := now[r.Key]
		ours := is == r.Wrote || !there && kv.Expired(r.Until, u.Now()) // "" is both, nothing there and a key deleted
		switch {
		case gone && !there, !r.Absent && there && is == itemDigest(before.Item):
			counts.Same++
			continue
		case !ours && u.Changed != nil:
			u.Changed(r.Key)
		}
		if !ours {
			counts.Changed++
			if !u.Force {
				continue
			}
		}
		if gone {
			deletes = append(deletes, r.Key)
			counts.Deleted++
		} else {
			puts = append(puts, before)
			counts.Restored++
		}
	}
	slices.SortFunc(puts, func(a, b kv.Pair) int { return cmp.Compare(a.Key, b.Key) })
	return errors.Join(u.put(ctx, puts), u.To.Delete(ctx, deletes))
}

// put writes what memory and a bulk put take: a value that is large goes alone.
func (u *Undo) put(ctx context.Context, pairs []kv.Pair) error {
	w := newBatchWriter(&Copier{To: u.To, Now: u.Now})
	defer func() { _ = w.wait() }()
	for _, p := range pairs {
		if err := w.add(ctx, Entry{Pair: p}); err != nil {
			return err
		}
	}
	return w.finish(ctx)
}
