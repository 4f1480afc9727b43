package api

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/resources"
)

const queuePath = queuesPath + "/{queue}"

// messageRoutes are those of what is in queues, and of how it is handed on.
var messageRoutes = []route{
	{"PATCH", queuePath, platform.Edit, "", (*handler).editQueue},
	{"POST", queuePath + "/messages", platform.Edit, "", (*handler).sendMessage},
	{"POST", queuePath + "/messages/batch", platform.Edit, "", (*handler).sendMessages},
	{"POST", queuePath + "/messages/pull", platform.Edit, "", (*handler).pullMessages},
	{"POST", queuePath + "/messages/ack", platform.Edit, "", (*handler).ackMessages},
	{"POST", queuePath + "/purge", platform.Edit, "", (*handler).purgeQueue},
}

// sentMessage is a message as clients of the API send it: JSON, or with content_type text a string.
type sentMessage struct {
	Body   json.RawMessage `json:"body"`
	Format string          `json:"content_type"`
	Delay  *int64          `json:"delay_seconds"`
}

// sending makes of it what a queue takes; delay is that of messages without one.
func (m *sentMessage) sending(delay *int64) (queues.Sending, error) {
	s := queues.Sending{Format: queues.Format(orElse(m.Format, string(queues.JSON))), Body: m.Body}
	if m.Delay != nil {
		delay = m.Delay
	}
	var err error
	if s.Delay, err = queues.Delay(delay); err != nil {
		return s, err
	}
	switch s.Format {
	case queues.JSON:
		return s, nil
	case queues.Text:
		var text string
		if err := json.Unmarshal(m.Body, &text); err != nil {
			return s, fmt.Errorf("%w: a text must be a string", queues.ErrInvalid)
		}
		s.Body = []byte(text)
		return s, nil
	}
	return s, fmt.Errorf("%w: content_type %q, must be json or text", queues.ErrInvalid, m.Format)
}

func (h *handler) sendMessage(c *call) error {
	var m sentMessage
	if err := c.decode(&m); err != nil {
		return err
	}
	return h.sendAll(c, nil, []sentMessage{m})
}

func (h *handler) sendMessages(c *call) error {
	var body struct {
		Messages []sentMessage `json:"messages"`
		Delay    *int64        `json:"delay_seconds"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	return h.sendAll(c, body.Delay, body.Messages)
}

func (h *handler) sendAll(c *call, delay *int64, messages []sentMessage) error {
	q, err := h.resources.Get(c.r.Context(), c.account, resources.Queue, c.item)
	if err != nil {
		return ofKind(err)
	}
	var all []queues.Sending
	for _, m := range messages {
		s, err := m.sending(delay)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	if err := h.messages.Send(c.r.Context(), c.account, q.Name, all...); err != nil {
		return ofQueue(err)
	}
	return c.ok(nil)
}

func (h *handler) purgeQueue(c *call) error {
	q, err := h.resources.Get(c.r.Context(), c.account, resources.Queue, c.item)
	if err != nil {
		return ofKind(err)
	}
	if err := h.messages.Purge(c.r.Context(), c.account, q.Name); err != nil {
		return ofQueue(err)
	}
	return h.answerQueue(c, q)
}

// editQueue changes the settings that are sent. A queue keeps its name.
func (h *handler) editQueue(c *call) error {
	var body struct {
		Settings map[string]json.RawMessage `json:"settings"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	q, err := h.resources.SetQueue(c.r.Context(), c.account, c.item, body.Settings)
	if err != nil {
		return ofKind(err)
	}
	if err := h.changed(c, q.Name); err != nil {
		return err
	}
	return h.answerQueue(c, q)
}

// changed lets the delivery of a queue, by name or id, know that it is set up otherwise.
func (h *handler) changed(c *call, queue string) error {
	q, err := h.resources.Get(c.r.Context(), c.account, resources.Queue, queue)
	if err != nil {
		return ofKind(err)
	}
	return ofQueue(h.messages.Changed(c.r.Context(), c.account, q.Name))
}

// ofQueue makes of an error the one that the table knows.
func ofQueue(err error) error {
	if errors.Is(err, queues.ErrNotFound) {
		return errQueueNotFound
	}
	return err
}
