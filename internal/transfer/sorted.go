package transfer

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/kv"
)

const (
	runBytes = 8 << 20 // of keys and metadata that are sorted in memory
	maxRuns  = 64      // that are merged at once
)

// Sorted is a source in byte order of keys that another one was not in. Its values lie in a temporary folder, until
// Close.
type Sorted struct {
	dir    string
	values *os.File
	size   int64 // of values
	runs   []string
	made   int
}

// spooled is a pair whose value lies in the file of values.
type spooled struct {
	Key        string          `json:"k"`
	Metadata   json.RawMessage `json:"m,omitempty"`
	Expiration int64           `json:"e,omitempty"`
	Offset     int64           `json:"o"`
	Size       int64           `json:"s"`
}

// Sort reads all of a source that has an order of its own into a folder of temporary files. Of a key that it has twice,
// the later is kept.
func Sort(ctx context.Context, src Source, f Filter) (s *Sorted, err error) {
	dir, err := os.MkdirTemp("", "bindery-sort-")
	if err != nil {
		return nil, err
	}
	s = &Sorted{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.values, err = os.Create(filepath.Join(dir, "values")); err != nil {
		return nil, err
	}
	var run []spooled
	bytes := 0
	for e, err := range src.Scan(ctx, Query{Filter: f}) {
		if err != nil {
			return nil, err
		}
		if _, err := s.values.Write(e.Value); err != nil {
			return nil, err
		}
		run = append(run, spooled{e.Key, e.Metadata, e.Expiration, s.size, e.Size})
		s.size += e.Size
		if bytes += len(e.Key) + len(e.Metadata) + 128; bytes >= runBytes {
			if err := s.add(run); err != nil {
				return nil, err
			}
			run, bytes = run[:0], 0
		}
	}
	return s, s.add(run)
}

// add sorts a run and writes it down. Where there are many, they become one.
func (s *Sorted) add(run []spooled) error {
	slices.SortStableFunc(run, func(a, b spooled) int { return cmp.Compare(a.Key, b.Key) })
	if err := s.write(slices.Values(run)); err != nil || len(s.runs) < maxRuns {
		return err
	}
	before := s.runs
	s.runs = nil
	var failed error
	err := s.write(func(yield func(spooled) bool) {
		for r, err := range merge(before) {
			if err != nil {
				failed = err
				return
			}
			if !yield(r) {
				return
			}
		}
	})
	for _, name := range before {
		err = errors.Join(err, os.Remove(name))
	}
	return errors.Join(failed, err)
}

// write makes a run of records in order; of those with one key, the last is kept.
func (s *Sorted) write(records iter.Seq[spooled]) error {
	s.made++
	name := filepath.Join(s.dir, fmt.Sprint("run", s.made))
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	var last *spooled
	for r := range records {
		if last != nil && last.Key != r.Key {
			err = errors.Join(err, e.Encode(last))
		}
		last = &r
	}
	if last != nil {
		err = errors.Join(err, e.Encode(last))
	}
	s.runs = append(s.runs, name)
	return errors.Join(err, w.Flush(), f.Close())
}

// merge yields the records of runs in order of keys. Of one key, that of the last run comes last.
func merge(names []string) iter.Seq2[spooled, error] {
	return func(yield func(spooled, error) bool) {
		var h runHeap
		defer func() {
			for _, r := range h {
				r.f.Close()
			}
		}()
		for i, name := range names {
			f, err := os.Open(name)
			if err != nil {
				yield(spooled{}, err)
				return
			}
			r := &runReader{f: f, d: json.NewDecoder(bufio.NewReader(f)), age: i}
			h = append(h, r)
			if err := r.next(); err != nil {
				yield(spooled{}, err)
				return
			}
		}
		heap.Init(&h)
		for len(h) > 0 && !h[0].ended {
			if !yield(h[0].record, nil) {
				return
			}
			if err := h[0].next(); err != nil {
				yield(spooled{}, err)
				return
			}
			heap.Fix(&h, 0)
		}
	}
}

type runReader struct {
	f      *os.File
	d      *json.Decoder
	age    int
	record spooled
	ended  bool
}

func (r *runReader) next() error {
	r.record = spooled{}
	err := r.d.Decode(&r.record)
	if err == io.EOF {
		r.ended = true
		return nil
	}
	return err
}

// runHeap has the reader on top that comes next; those that have ended lie at its bottom.
type runHeap []*runReader

func (h runHeap) Len() int { return len(h) }
func (h runHeap) Less(i, j int) bool {
	if h[i].ended || h[j].ended {
		return !h[i].ended
	}
	return cmp.Or(strings.Compare(h[i].record.Key, h[j].record.Key), cmp.Compare(h[i].age, h[j].age)) < 0
}
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)   { *h = append(*h, x.(*runReader)) }
func (h *runHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// Ordered: that is what it is for.
func (s *Sorted) Ordered() bool { return true }

// Scan implements Source.
func (s *Sorted) Scan(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := s.scan(ctx, q, yield); err != nil {
			yield(Entry{}, err)
		}
	}
}

func (s *Sorted) scan(ctx context.Context, q Query, yield func(Entry, error) bool) error {
	var read int64
	for r, err := range latest(merge(s.runs)) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		read++
		if read <= q.From.Read || !q.Filter.key(r.Key) || !q.Filter.size(r.Size) {
			continue
		}
		item := kv.Item{Metadata: r.Metadata, Expiration: r.Expiration}
		if !q.KeysOnly {
			item.Value = make([]byte, r.Size)
			if _, err := s.values.ReadAt(item.Value, r.Offset); err != nil {
				return err
			}
		}
		if !yield(Entry{Pair: kv.Pair{Key: r.Key, Item: item}, Size: r.Size, At: Position{Read: read}}, nil) {
			return nil
		}
	}
	return nil
}

// latest yields the last of the records that follow each other with one key.
func latest(all iter.Seq2[spooled, error]) iter.Seq2[spooled, error] {
	return func(yield func(spooled, error) bool) {
		var last *spooled
		for r, err := range all {
			if err != nil {
				yield(spooled{}, err)
				return
			}
			if last != nil && last.Key != r.Key && !yield(*last, nil) {
				return
			}
			last = &r
		}
		if last != nil {
			yield(*last, nil)
		}
	}
}

// Close removes the temporary files.
func (s *Sorted) Close() error {
	if s.values != nil {
		s.values.Close()
	}
	return os.RemoveAll(s.dir)
}
