package tails

import (
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// maxWaiting bounds what waits for a client, in bytes.
const maxWaiting = 4 << 20

// errServerStops is why a session ends that nobody has ended.
var errServerStops = errors.New("the server stops")

// session is a Session with what waits for its client.
type session struct {
	Session
	account, worker string
	leave           *time.Timer // ends it when no client comes
	wake            chan struct{}
	ended           chan struct{} // closed by end; why says why then

	mu        sync.Mutex
	why       error // nil: it was asked for
	connected bool
	filters   []filter
	client    string // its address
	waiting   [][]byte
	size      int  // of waiting, bytes
	dropping  bool // events were dropped, and the client has not caught up since
}

// Messages about the session itself, in the place of an event of the Worker.
var (
	overload     = about("overload", "events come faster than this client takes them: some are dropped. Filters make them fewer.")
	overloadStop = about("overload-stop", "no event is dropped any more.")
)

func about(kind, message string) []byte {
	text, _ := json.Marshal(map[string]any{ // strings
		"outcome": "ok", "scriptName": nil, "exceptions": []any{}, "logs": []any{}, "eventTimestamp": nil,
		"event": map[string]string{"type": kind, "message": message},
	})
	return text
}

func (s *session) wants(e *event) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.connected {
		return false
	}
	for i := range s.filters {
		if !s.filters[i].passes(e, s.client) {
			return false
		}
	}
	return true
}

// put lets a message wait for the client, or drops it.
func (s *session) put(text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.size+len(text) <= maxWaiting:
		s.add(text)
	case !s.dropping:
		s.dropping = true
		s.add(overload)
	}
}

// add wakes whoever sends; the caller holds s.mu.
func (s *session) add(text []byte) {
	s.waiting, s.size = append(s.waiting, text), s.size+len(text)
	select {
	case s.wake <- struct{}{}:
	default: // is awake
	}
}

// take returns what waits. A client that has taken all before has caught up.
func (s *session) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.waiting
	if len(all) == 0 && s.dropping {
		s.dropping = false
		return [][]byte{overloadStop}
	}
	s.waiting, s.size = nil, 0
	return all
}

// join says that a client is there; false if one is already, or the session has ended.
func (s *session) join(client string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ended:
		return false
	default:
	}
	if s.connected {
		return false
	}
	s.connected, s.client = true, client
	s.leave.Stop()
	return true
}

// part says that the client has gone; another may come for a while.
func (s *session) part() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connected, s.waiting, s.size, s.dropping = false, nil, 0, false
	s.leave.Reset(Patience)
}

func (s *session) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave.Stop()
	select {
	case <-s.ended:
	default:
		s.why = why
		close(s.ended)
	}
}
