package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

// queue is a binding that sends to a queue of the account.
func (c *composer) queue(b workers.Binding) workerd.Value {
	if c.fleet.o.Queue == nil {
		return refuse("binding %s: this server does not serve bindings of type %s", b.Name, b.Type)
	}
	name := b.Field("queue_name")
	var seconds int64
	_ = json.Unmarshal(b.Raw("delivery_delay"), &seconds) // it is kept as it was sent: what says nothing asks for nothing
	delay := time.Duration(seconds) * time.Second
	return workerd.Queue(c.served(fmt.Sprintf("queue %s after %s", name, delay), func() http.Handler { return c.fleet.o.Queue(c.account, name, delay) }))
}

// sentMessage is a message as the router is sent it.
type sentMessage struct {
	ID       string        `json:"id"`
	Sent     int64         `json:"sent"` // Unix milliseconds
	Attempts int           `json:"attempts"`
	Format   queues.Format `json:"format"`
	Body     []byte        `json:"body"`
}

// queueResult is what workerd says of a batch.
type queueResult struct {
	AckAll     bool `json:"ackAll"`
	RetryBatch struct {
		Retry bool   `json:"retry"`
		Delay *int64 `json:"delaySeconds"`
	} `json:"retryBatch"`
	Acked   []string `json:"explicitAcks"`
	Retried []struct {
		ID    string `json:"msgId"`
		Delay *int64 `json:"delaySeconds"`
	} `json:"retryMessages"`
}

// Deliver hands a batch of a queue to a Worker; see queues.Deliver. ErrNoWorker, ErrNoHandler. What the
// Worker does not survive is a failure of its handler.
func (f *Fleet) Deliver(ctx context.Context, account, worker, queue string, batch []queues.Message) (queues.Outcome, error) {
	e := event{Worker: worker, Queue: queue}
	for _, m := range batch {
		e.Messages = append(e.Messages, sentMessage{m.ID, m.Sent.UnixMilli(), m.Attempts, m.Format, m.Body})
	}
	var r queueResult
	outcome, err := f.send(ctx, account, e, &r)
	if err != nil {
		return queues.Outcome{}, err
	}
	all := queues.Outcome{
		OK: outcome == "ok", AckAll: r.AckAll, Acked: r.Acked,
		RetryAll: r.RetryBatch.Retry, RetryDelay: seconds(r.RetryBatch.Delay),
	}
	for _, m := range r.Retried {
		all.Retried = append(all.Retried, queues.Retry{ID: m.ID, Delay: seconds(m.Delay)})
	}
	return all, nil
}

func seconds(n *int64) *time.Duration {
	if n == nil {
		return nil
	}
	d := min(max(time.Duration(*n)*time.Second, 0), queues.MaxDelay)
	return &d
}
