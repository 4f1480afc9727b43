package tails

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// Prefix is where the hub is to be served: a session is at Prefix + its id.
const Prefix = "/tails/"

// protocol is the subprotocol that a client has to ask for. Source: wrangler.
const protocol = "trace-v1"

// Limits of a connection.
const (
	slow    = 30 * time.Second // for one message, before a client is cut off
	maxSaid = 64 << 10         // of what a client says at once, bytes
)

// ServeHTTP sends a session's events over a WebSocket. The id in the path is what allows it.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	s := h.all[path.Base(r.URL.Path)]
	h.mu.Unlock()
	if s == nil {
		http.Error(w, "there is no such tail", http.StatusNotFound)
		return
	}
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	if !s.join(client) {
		http.Error(w, "this tail has a client", http.StatusConflict)
		return
	}
	defer s.part()
	upgrader := ws.HTTPUpgrader{Protocol: func(p string) bool { return p == protocol }}
	conn, buffered, shaken, err := upgrader.Upgrade(r, w)
	if err != nil {
		return // it has answered
	}
	_ = conn.SetDeadline(time.Time{}) // those of the request are over
	c := &connection{Conn: conn, gone: make(chan struct{})}
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		c.listen(buffered.Reader, s)
	}()
	if shaken.Protocol != protocol {
		c.leave(ws.StatusPolicyViolation, "the subprotocol is "+protocol)
	} else if c.send(s, s.Expires.Sub(h.o.Now())) {
		h.end(s)
	}
	_ = conn.Close() // ends listen
	<-listening
}

// connection is a client's. Frames are read and written here, not by a library of conversations: wrangler
// sends frames without a mask, which those refuse and Cloudflare does not.
type connection struct {
	net.Conn
	writing sync.Mutex
	gone    chan struct{} // closed when the client is not heard any more
}

func (c *connection) write(code ws.OpCode, content []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.SetWriteDeadline(time.Now().Add(slow)) // fails where writing does
	return ws.WriteFrame(c.Conn, ws.NewFrame(code, true, content))
}

// leave says why the connection ends.
func (c *connection) leave(status ws.StatusCode, why string) {
	_ = c.write(ws.OpClose, ws.NewCloseFrameBody(status, why)) // the client may be gone
}

// listen answers pings, and takes other filters if the client has any to send.
func (c *connection) listen(from *bufio.Reader, s *session) {
	defer close(c.gone)
	for {
		code, said, err := readFrame(from)
		if err != nil {
			return
		}
		switch code {
		case ws.OpPing:
			err = c.write(ws.OpPong, said)
		case ws.OpClose:
			_ = c.write(ws.OpClose, said) // as the protocol asks; nobody may listen
			return
		case ws.OpText:
			err = s.hear(said)
		}
		if err != nil {
			c.leave(ws.StatusPolicyViolation, ErrFilter.Error())
			return
		}
	}
}

// readFrame reads a frame, with or without a mask.
func readFrame(from io.Reader) (ws.OpCode, []byte, error) {
	h, err := ws.ReadHeader(from)
	if err != nil {
		return 0, nil, err
	}
	if h.Length > maxSaid {
		return 0, nil, fmt.Errorf("a frame of %d bytes, at most %d are possible", h.Length, maxSaid)
	}
	content := make([]byte, h.Length)
	if _, err := io.ReadFull(from, content); err != nil {
		return 0, nil, err
	}
	if h.Masked {
		ws.Cipher(content, h.Mask, 0)
	}
	return h.OpCode, content, nil
}

// hear takes what a client says: ErrFilter.
func (s *session) hear(text []byte) error {
	var said struct {
		Filters []json.RawMessage `json:"filters"`
	}
	if json.Unmarshal(text, &said) != nil || said.Filters == nil {
		return nil // as {"debug": false}
	}
	wanted, err := parseFilters(said.Filters)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filters = wanted
	return nil
}

// send sends what waits until the client goes or the session ends; it says whether that has expired.
func (c *connection) send(s *session, life time.Duration) (expired bool) {
	timer := time.NewTimer(life)
	defer timer.Stop()
	for {
		for all := s.take(); len(all) > 0; all = s.take() {
			for _, text := range all {
				if c.write(ws.OpText, text) != nil {
					return false
				}
			}
		}
		select {
		case <-s.wake:
		case <-c.gone:
			return false
		case <-timer.C:
			c.leave(ws.StatusNormalClosure, "the tail has expired")
			return true
		case <-s.ended:
			status := ws.StatusNormalClosure
			if s.why != nil {
				status = ws.StatusGoingAway
			}
			c.leave(status, "the tail has ended")
			return false
		}
	}
}
