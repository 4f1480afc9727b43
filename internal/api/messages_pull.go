package api

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/resources"
)

// wireLeased is a message as clients pull it. The body of a text is that text, of all else base64.
type wireLeased struct {
	ID       string            `json:"id"`
	Body     string            `json:"body"`
	Sent     int64             `json:"timestamp_ms"`
	Attempts int               `json:"attempts"`
	Metadata map[string]string `json:"metadata"`
	Lease    string            `json:"lease_id"`
}

func newLeased(m queues.Leased) wireLeased {
	body := string(m.Body)
	if m.Format != queues.Text {
		body = base64.StdEncoding.EncodeToString(m.Body)
	}
	return wireLeased{
		ID: m.ID, Body: body, Sent: m.Sent.UnixMilli(), Attempts: m.Attempts,
		Metadata: map[string]string{"CF-Content-Type": string(m.Format)}, Lease: m.Lease,
	}
}

// wireBacklog is what waits in a queue, with what clients have pulled and not dealt with.
type wireBacklog struct {
	Count  int   `json:"backlog_count"`
	Bytes  int64 `json:"backlog_bytes"`
	Oldest int64 `json:"oldest_message_timestamp_ms"` // 0 if nothing waits
}

func newBacklog(b queues.Backlog) wireBacklog {
	w := wireBacklog{Count: b.Count, Bytes: b.Bytes}
	if !b.Oldest.IsZero() {
		w.Oldest = b.Oldest.UnixMilli()
	}
	return w
}

// pulled is a queue and how clients pull from it.
func (h *handler) pulled(c *call) (q resources.Resource, how resources.Taking, err error) {
	q, err = h.resources.Get(c.r.Context(), c.account, resources.Queue, c.item)
	if err != nil {
		return q, how, ofKind(err)
	}
	if len(q.Consumers) == 0 || !q.Consumers[0].Pull {
		return q, how, queues.ErrNotPulled
	}
	how, err = q.Consumers[0].Taking()
	return q, how, err
}

// pullMessages leases messages to the client.
func (h *handler) pullMessages(c *call) error {
	q, how, err := h.pulled(c)
	if err != nil {
		return err
	}
	var body struct {
		Size       *int64 `json:"batch_size"`
		Visibility *int64 `json:"visibility_timeout_ms"`
		Timeout    *int64 `json:"visibility_timeout"` // the same, as Cloudflare's guide names it
	}
	if c.r.ContentLength != 0 {
		if err := c.decode(&body); err != nil {
			return err
		}
	}
	if body.Visibility == nil {
		body.Visibility = body.Timeout
	}
	if n := body.Size; n != nil {
		if *n < 1 || *n > queues.MaxBatch {
			return fmt.Errorf("%w: batch_size is %d, must be 1 to %d", resources.ErrSettings, *n, queues.MaxBatch)
		}
		how.BatchSize = int(*n)
	}
	if ms := body.Visibility; ms != nil {
		if *ms < 1 || *ms > queues.MaxLease.Milliseconds() {
			return fmt.Errorf("%w: visibility_timeout_ms is %d, must be 1 to %d", resources.ErrSettings, *ms, queues.MaxLease.Milliseconds())
		}
		how.Visibility = time.Duration(*ms) * time.Millisecond
	}
	ctx := c.r.Context()
	messages, err := h.messages.Pull(ctx, c.account, q.Name, how.BatchSize, how.Visibility)
	if err != nil {
		return ofQueue(err)
	}
	backlog, err := h.messages.Backlog(ctx, c.account, q.Name)
	if err != nil {
		return ofQueue(err)
	}
	all := []wireLeased{}
	for _, m := range messages {
		all = append(all, newLeased(m))
	}
	return c.ok(map[string]any{
		"message_backlog_count": backlog.Count, "messages": all,
		"metadata": map[string]any{"metrics": newBacklog(backlog)},
	})
}

// ackMessages takes from the client what became of messages that it pulled.
func (h *handler) ackMessages(c *call) error {
	q, _, err := h.pulled(c)
	if err != nil {
		return err
	}
	var body struct {
		Acks []struct {
			Lease string `json:"lease_id"`
		} `json:"acks"`
		Retries []struct {
			Lease string `json:"lease_id"`
			Delay *int64 `json:"delay_seconds"`
		} `json:"retries"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	var acks []string
	for _, a := range body.Acks {
		acks = append(acks, a.Lease)
	}
	var retries []queues.Retry
	for _, r := range body.Retries {
		delay, err := queues.Delay(r.Delay)
		if err != nil {
			return err
		}
		retries = append(retries, queues.Retry{ID: r.Lease, Delay: delay})
	}
	done, err := h.messages.Settle(c.r.Context(), c.account, q.Name, acks, retries)
	if err != nil {
		return ofQueue(err)
	}
	return c.ok(map[string]any{"ackCount": done.Acked, "retryCount": done.Retried, "warnings": done.Warnings})
}
