package pebblekv

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
)

// stripes are locks that keys share by hash. A write holds the one of its key from
// reading what it replaces until it is on disk: the chunks and the expiry of the
// former value are removed by exactly one writer. Writes to different keys seldom
// meet in a stripe, so that they go on sharing syncs.
type stripes struct {
	seed  maphash.Seed
	locks [1024]stripe
}

// stripe also knows what was written last under it, as keys that are written are often
// written again: looking for what a put replaces takes longer than the rest of putting it.
// Whoever holds the lock is the only one to read this and to write these keys, so that it
// is never out of date.
type stripe struct {
	sync.Mutex
	written []written
	oldest  int // of written, once it is full
}

// written is a key with its header, without metadata; nil if the key was removed.
type written struct {
	namespace, key string
	header         *header
}

// stripeKeys are remembered in a stripe, 16,384 in all.
const stripeKeys = 16

func (s *stripes) of(namespace, key string) int {
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(namespace)
	h.WriteString(key)
	return int(h.Sum64() % uint64(len(s.locks)))
}

// lock locks stripes, which are in order and each there once, so that no two callers wait for
// each other.
func (s *stripes) lock(which []int) (unlock func()) {
	for _, i := range which {
		s.locks[i].Lock()
	}
	return func() {
		for _, i := range which {
			s.locks[i].Unlock()
		}
	}
}

// forget is called, under their locks, when what stripes know may have changed.
func (s *stripes) forget(which []int) {
	for _, i := range which {
		s.locks[i].written, s.locks[i].oldest = nil, 0
	}
}

// lockAll also forgets everything: whoever locks all stripes removes all keys of a namespace.
func (s *stripes) lockAll() {
	for i := range s.locks {
		s.locks[i].Lock()
		s.locks[i].written, s.locks[i].oldest = nil, 0
	}
}

func (s *stripes) unlockAll() {
	for i := range s.locks {
		s.locks[i].Unlock()
	}
}

// recall returns the header of a key, if it is among those that were written last.
func (s *stripe) recall(namespace, key string) (h *header, ok bool) {
	if i := s.find(namespace, key); i >= 0 {
		return s.written[i].header, true
	}
	return nil, false
}

// learn takes in what is on disk now.
func (s *stripe) learn(namespace, key string, h *header) {
	now := written{namespace, strings.Clone(key), h} // of a longer string, often: a request's path
	switch i := s.find(namespace, key); {
	case i >= 0:
		s.written[i] = now
	case len(s.written) < stripeKeys:
		s.written = append(s.written, now)
	default:
		s.written[s.oldest] = now
		s.oldest = (s.oldest + 1) % stripeKeys
	}
}

func (s *stripe) find(namespace, key string) int {
	return slices.IndexFunc(s.written, func(w written) bool { return w.key == key && w.namespace == namespace })
}
