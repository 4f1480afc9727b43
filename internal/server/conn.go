package server

import (
	"net"
	"sync"
	"time"
)

// stallListener gives each connection Stall to take what is written to it.
type stallListener struct {
	net.Listener
	stall time.Duration
}

func (l stallListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, stall: l.stall}, nil
}

// conn is a client's connection. It is cut off when the client takes nothing of what is
// written for stall, and a quarter longer at the most: the deadline is moved when less
// than stall is left of it, which of a busy connection is seldom. Moving it before every
// write costs a short answer as much as finding the token that asked for it.
type conn struct {
	net.Conn
	stall time.Duration

	writing  sync.Mutex
	deadline time.Time
}

// pieceBytes are written under one deadline.
const pieceBytes = 32 << 10

func (c *conn) Write(p []byte) (n int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	for more := true; more && err == nil; more = n < len(p) {
		if now := time.Now(); c.deadline.Sub(now) < c.stall {
			c.deadline = now.Add(c.stall + c.stall/4)
			if err := c.Conn.SetWriteDeadline(c.deadline); err != nil {
				return n, err
			}
		}
		var m int
		m, err = c.Conn.Write(p[n:min(n+pieceBytes, len(p))])
		n += m
	}
	return n, err
}

// SetWriteDeadline does nothing: net/http has none of its own, and takes off the one there
// is after every answer.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline sets the one for reading.
func (c *conn) SetDeadline(t time.Time) error { return c.Conn.SetReadDeadline(t) }
