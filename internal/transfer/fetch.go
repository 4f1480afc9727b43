package transfer

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/bindery-dev/bindery/internal/kv"
)

const (
	gets       = 4       // bulk gets under way at a time
	groupBytes = 2 << 20 // of values, about, that are asked for in a call
	firstGroup = 2       // keys, while nobody knows how large values are
)

// A list does not say how large values are. sizer goes by those that came last, so that the calls under way do not fill
// the memory: it asks for as many keys at a time as make groupBytes.
type sizer struct{ average atomic.Int64 }

func (s *sizer) saw(keys int, bytes int64) {
	if keys == 0 {
		return
	}
	now := bytes/int64(keys) + 1
	if before := s.average.Load(); now < before {
		now = (now + 3*before) / 4 // small ones among large ones do not make it bold at once
	}
	s.average.Store(now)
}

// group is how many keys to ask for; 0: one after the other, and no more than one of their values in memory.
func (s *sizer) group() int {
	average := s.average.Load()
	switch {
	case average == 0:
		return firstGroup
	case average > groupBytes:
		return 0
	}
	return int(min(groupBytes/average, kv.MaxBulkGet))
}

// group is a part of a page.
type group struct {
	keys   []string
	cursor string // of the page
}

// fetched is what a group holds. A key that has gone has no pair; what comes behind the first so many bytes is left to be
// fetched when it is wanted.
type fetched struct {
	group
	pairs []kv.Pair
	left  []string
}

var errFull = errors.New("enough is in memory")

func (n *Namespace) fetch(ctx context.Context, g group, sizes *sizer) (f fetched, err error) {
	f.group = g
	if sizes.group() == 0 {
		f.left = g.keys
		return f, nil
	}
	var size int64
	err = n.each(ctx, g.keys, func(key string, item kv.Item) error {
		f.pairs = append(f.pairs, kv.Pair{Key: key, Item: item})
		if size += int64(len(item.Value)); size >= 4*groupBytes && key != g.keys[len(g.keys)-1] {
			return errFull
		}
		return nil
	})
	sizes.saw(len(f.pairs), size)
	if errors.Is(err, errFull) {
		last := f.pairs[len(f.pairs)-1].Key
		f.left, err = g.keys[slices.Index(g.keys, last)+1:], nil
	}
	return f, err
}

// items calls found for those of the keys that are there, in order, while the next ones are on their way.
func (n *Namespace) items(ctx context.Context, groups iter.Seq2[group, error], sizes *sizer, found func(g group, p kv.Pair) error) error {
	do := func(ctx context.Context, g group) (fetched, error) { return n.fetch(ctx, g, sizes) }
	for f, err := range ahead(ctx, gets, groups, do) {
		if err != nil {
			return err
		}
		for _, p := range f.pairs {
			if err := found(f.group, p); err != nil {
				return err
			}
		}
		var size int64
		count := 0
		for chunk := range slices.Chunk(f.left, max(1, sizes.group())) {
			err := n.each(ctx, chunk, func(key string, item kv.Item) error {
				count, size = count+1, size+int64(len(item.Value))
				return found(f.group, kv.Pair{Key: key, Item: item})
			})
			if err != nil {
				return err
			}
		}
		sizes.saw(count, size)
	}
	return nil
}

// groups cuts keys into groups.
func (s *sizer) groups(keys []string) iter.Seq2[group, error] {
	return func(yield func(group, error) bool) {
		for len(keys) > 0 {
			n := min(max(1, s.group()), len(keys))
			if !yield(group{keys: keys[:n]}, nil) {
				return
			}
			keys = keys[n:]
		}
	}
}
