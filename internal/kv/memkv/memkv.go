// Package memkv keeps namespaces in memory: for tests, and for servers that are
// thrown away, as in a rehearsal. Start with [New].
//
// A [Store] is also a place for the platform's records, so that a whole server can
// live in one.
package memkv

import (
	"context"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Options tune a store; the zero value is useful.
type Options struct {
	Now func() time.Time // nil means time.Now
}

// Store holds namespaces and records. It is safe for concurrent use.
type Store struct {
	now func() time.Time

	mu         sync.Mutex
	namespaces map[string]*Namespace
	records    sortedMap[[]byte]
}

// New makes an empty store.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{now: o.Now, namespaces: map[string]*Namespace{}}
}

// Namespace opens the namespace with this id, making it if it is not there.
// Everybody who opens the same id gets the same *Namespace.
func (s *Store) Namespace(id string) kv.Namespace {
	s.mu.Lock()
	defer s.mu.Unlock()
	ns := s.namespaces[id]
	if ns == nil {
		ns = &Namespace{now: s.now}
		s.namespaces[id] = ns
	}
	return ns
}

// DeleteNamespace removes a namespace with all its keys. Those who still hold it
// open are answered kv.ErrNamespaceNotFound; whoever opens the id afterwards gets
// an empty one.
func (s *Store) DeleteNamespace(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ns := s.namespaces[id]; ns != nil {
		ns.delete()
		delete(s.namespaces, id)
	}
	return nil
}

// Close is there so that memory and disk can stand in for each other.
func (s *Store) Close() error { return nil }
