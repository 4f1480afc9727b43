// Package tails shows what Workers do while they do it: sessions in which a client is sent
// the trace events of a Worker as they happen, as `wrangler tail` wants them.
//
// Start with [New]. Whoever runs Workers hands in their events by [Hub.Publish]; a client makes
// a session by [Hub.Create] and then opens a WebSocket at its address, which the hub serves
// as an http.Handler. Nothing is kept: an event that happens while nobody is there is gone.
//
// Nothing that a client does holds up a Worker. What it is too slow to take is dropped, and it
// is told so.
package tails

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Limits of sessions.
const (
	MaxSessions = 10            // of a Worker at a time. Source: Cloudflare's limits of real-time logs
	Lifetime    = 6 * time.Hour // of a session. Unverified
	// Patience is how long a session waits for its client, at first and after that has gone.
	Patience = time.Minute
)

var (
	// ErrNotFound: the Worker has no session of this id.
	ErrNotFound = errors.New("tail not found")
	// ErrTooMany: the Worker has as many sessions as it may have.
	ErrTooMany = errors.New("too many tails")
)

// Options of New; the zero value does.
type Options struct {
	// Changed is told when somebody begins to watch a Worker, and when nobody does any more; nil
	// tells nobody. It returns when the Worker's events are on their way.
	Changed func(account, worker string)
	Log     *slog.Logger     // nil: nobody is told
	Now     func() time.Time // nil: time.Now
}

// Session is a client's view of a Worker.
type Session struct {
	ID      string // 32 hex digits, random: who knows it may look
	Expires time.Time
}

// Hub is safe for concurrent use.
type Hub struct {
	o Options

	mu  sync.Mutex
	all map[string]*session // by id
}

// New makes a hub without sessions.
func New(o Options) *Hub {
	if o.Changed == nil {
		o.Changed = func(string, string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Hub{o: o, all: map[string]*session{}}
}

// Create makes a session of a Worker: ErrTooMany, ErrFilter. It waits until the events flow.
func (h *Hub) Create(account, worker string, filters []json.RawMessage) (Session, error) {
	wanted, err := parseFilters(filters)
	if err != nil {
		return Session{}, err
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	s := &session{
		Session: Session{ID: hex.EncodeToString(id[:]), Expires: h.o.Now().Add(Lifetime).UTC()},
		account: account, worker: worker, filters: wanted, wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	h.mu.Lock()
	if len(h.of(account, worker)) >= MaxSessions {
		h.mu.Unlock()
		return Session{}, fmt.Errorf("%w: a Worker has at most %d", ErrTooMany, MaxSessions)
	}
	h.all[s.ID] = s
	s.leave = time.AfterFunc(Patience, func() { h.end(s) })
	h.mu.Unlock()
	h.o.Changed(account, worker)
	return s.Session, nil
}

// List returns a Worker's sessions, the oldest first.
func (h *Hub) List(account, worker string) []Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := []Session{}
	for _, s := range h.of(account, worker) {
		all = append(all, s.Session)
	}
	slices.SortFunc(all, func(a, b Session) int { return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Delete ends a session, and with it the connection of its client: ErrNotFound.
func (h *Hub) Delete(account, worker, id string) error {
	h.mu.Lock()
	s := h.all[id]
	h.mu.Unlock()
	if s == nil || s.account != account || s.worker != worker {
		return ErrNotFound
	}
	h.end(s)
	return nil
}

// Watched says whether a Worker has a session.
func (h *Hub) Watched(account, worker string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.of(account, worker)) > 0
}

// Publish shows events of a Worker's version to whom they matter. It never waits.
func (h *Hub) Publish(account, worker, version string, events []json.RawMessage) {
	h.mu.Lock()
	watching := h.of(account, worker)
	h.mu.Unlock()
	if len(watching) == 0 {
		return
	}
	for _, raw := range events {
		e, err := readEvent(raw, worker, version)
		if err != nil {
			h.o.Log.Warn("trace event not understood", "account", account, "worker", worker, "error", err)
			continue
		}
		for _, s := range watching {
			if s.wants(e) {
				s.put(e.text)
			}
		}
	}
}

// Close ends all sessions: their clients are told that the server goes away.
func (h *Hub) Close() {
	h.mu.Lock()
	all := h.all
	h.all = map[string]*session{}
	h.mu.Unlock()
	for _, s := range all {
		s.end(errServerStops)
	}
}

// of returns the sessions of a Worker; the caller holds h.mu.
func (h *Hub) of(account, worker string) (all []*session) {
	for _, s := range h.all {
		if s.account == account && s.worker == worker {
			all = append(all, s)
		}
	}
	return all
}

func (h *Hub) end(s *session) {
	h.mu.Lock()
	there := h.all[s.ID] == s
	delete(h.all, s.ID)
	last := len(h.of(s.account, s.worker)) == 0
	h.mu.Unlock()
	s.end(nil)
	if there && last {
		h.o.Changed(s.account, s.worker)
	}
}
