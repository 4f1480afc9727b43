package api

import (
	"encoding/json"
	"time"

	"github.com/bindery-dev/bindery/internal/tails"
)

type wireTail struct {
	ID      string    `json:"id"`
	URL     string    `json:"url"`
	Expires time.Time `json:"expires_at"`
}

// tail is how a session is answered. Its address is on the host that the client asked.
func (c *call) tail(s tails.Session) wireTail {
	scheme := "ws://"
	if c.r.TLS != nil {
		scheme = "wss://"
	}
	return wireTail{ID: s.ID, URL: scheme + c.r.Host + tails.Prefix + s.ID, Expires: s.Expires}
}

// tailed says whether the Worker of the path is there, and whether it can be watched.
func (h *handler) tailed(c *call) error {
	if _, err := h.workers.Worker(c.r.Context(), c.account, c.worker); err != nil {
		return err
	}
	if h.tails == nil {
		return errTailNotServed
	}
	return nil
}

// postTail makes a session, whose WebSocket the client then opens.
func (h *handler) postTail(c *call) error {
	if err := h.tailed(c); err != nil {
		return err
	}
	var body struct {
		Filters []json.RawMessage `json:"filters"`
	}
	if c.r.ContentLength != 0 {
		if err := c.decode(&body); err != nil {
			return err
		}
	}
	s, err := h.tails.Create(c.account, c.worker, body.Filters)
	if err != nil {
		return err
	}
	return c.ok(c.tail(s))
}

func (h *handler) listTails(c *call) error {
	if err := h.tailed(c); err != nil {
		return err
	}
	return page(c, h.tails.List(c.account, c.worker), c.tail)
}

func (h *handler) deleteTail(c *call) error {
	if err := h.tailed(c); err != nil {
		return err
	}
	if err := h.tails.Delete(c.account, c.worker, c.item); err != nil {
		return err
	}
	return c.ok(nil)
}
