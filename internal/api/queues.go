package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/resources"
)

type wireQueue struct {
	ID             string          `json:"queue_id"`
	Name           string          `json:"queue_name"`
	Created        time.Time       `json:"created_on"`
	Modified       time.Time       `json:"modified_on"`
	Producers      []wireProducer  `json:"producers"`
	ProducersCount int             `json:"producers_total_count"`
	Consumers      []wireConsumer  `json:"consumers"`
	ConsumersCount int             `json:"consumers_total_count"`
	Settings       json.RawMessage `json:"settings,omitempty"`
}

type wireProducer struct {
	Type   string `json:"type"`
	Script string `json:"script"`
}

type wireConsumer struct {
	ID         string          `json:"consumer_id"`
	Type       string          `json:"type"`
	Script     string          `json:"script,omitempty"`
	ScriptName string          `json:"script_name,omitempty"`
	DeadLetter string          `json:"dead_letter_queue,omitempty"`
	Settings   json.RawMessage `json:"settings"`
	Created    time.Time       `json:"created_on"`
}

// Types of consumers.
const (
	consumerWorker = "worker"
	consumerPull   = "http_pull"
)

func newConsumer(k resources.Consumer) wireConsumer {
	c := wireConsumer{ID: k.ID, Type: consumerWorker, Script: k.Worker, ScriptName: k.Worker, DeadLetter: k.DeadLetter, Settings: k.Settings, Created: k.Created}
	if k.Pull {
		c.Type = consumerPull
	}
	if c.Settings == nil {
		c.Settings = json.RawMessage("{}") // wrangler looks into it
	}
	return c
}

// queue is how one is answered; producers are the Workers that bind it.
func (h *handler) queue(c *call, q resources.Resource) (wireQueue, error) {
	answer := wireQueue{ID: q.ID, Name: q.Name, Created: q.Created, Modified: q.Modified, Settings: q.Settings, Producers: []wireProducer{}, Consumers: []wireConsumer{}}
	for _, k := range q.Consumers {
		answer.Consumers = append(answer.Consumers, newConsumer(k))
	}
	all, err := h.workers.List(c.r.Context(), c.account)
	if err != nil {
		return answer, err
	}
	for _, k := range all {
		v, err := h.latest(c, k.Name)
		if err != nil {
			return answer, err
		}
		for _, b := range v.Bindings {
			if b.Type == "queue" && b.Field("queue_name") == q.Name {
				answer.Producers = append(answer.Producers, wireProducer{Type: "worker", Script: k.Name})
			}
		}
	}
	answer.ProducersCount, answer.ConsumersCount = len(answer.Producers), len(answer.Consumers)
	return answer, nil
}

// listQueues lists those that the query names, or all.
func (h *handler) listQueues(c *call) error {
	all, err := h.resources.List(c.r.Context(), c.account, resources.Queue)
	if err != nil {
		return err
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	var found []wireQueue
	for _, q := range all {
		if names := query["name"]; len(names) > 0 && !slices.Contains(names, q.Name) {
			continue
		}
		one, err := h.queue(c, q)
		if err != nil {
			return err
		}
		found = append(found, one)
	}
	return page(c, found, func(q wireQueue) wireQueue { return q })
}

func (h *handler) createQueue(c *call) error {
	var body struct {
		Name     string          `json:"queue_name"`
		Settings json.RawMessage `json:"settings"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if _, err := (&resources.Resource{Settings: body.Settings}).Delivery(); err != nil {
		return err
	}
	q, err := h.resources.Create(c.r.Context(), c.account, resources.Queue, body.Name, body.Settings)
	if err != nil {
		return ofKind(err)
	}
	return h.answerQueue(c, q)
}

func (h *handler) getQueue(c *call) error {
	q, err := h.resources.Get(c.r.Context(), c.account, resources.Queue, c.item)
	if err != nil {
		return ofKind(err)
	}
	return h.answerQueue(c, q)
}

func (h *handler) answerQueue(c *call, q resources.Resource) error {
	answer, err := h.queue(c, q)
	if err != nil {
		return err
	}
	return c.ok(answer)
}

func (h *handler) deleteQueue(c *call) error {
	ctx := c.r.Context()
	q, err := h.resources.Get(ctx, c.account, resources.Queue, c.item)
	if err != nil {
		return ofKind(err)
	}
	err = h.messages.Delete(ctx, c.account, q.Name, func() error {
		return ofKind(h.resources.Delete(ctx, c.account, resources.Queue, q.ID))
	})
	if err != nil {
		return ofQueue(err)
	}
	return c.ok(nil)
}

func (h *handler) listConsumers(c *call) error {
	q, err := h.resources.Get(c.r.Context(), c.account, resources.Queue, c.item)
	if err != nil {
		return ofKind(err)
	}
	return page(c, q.Consumers, newConsumer)
}

// consumer reads the body of a call that hands a queue to a Worker, which must be there, or lets clients pull
// from it. A dead letter queue that is not there is made, as by Cloudflare.
func (h *handler) consumer(c *call) (resources.Consumer, error) {
	var body struct {
		Type       string          `json:"type"`
		Script     string          `json:"script_name"`
		DeadLetter string          `json:"dead_letter_queue"`
		Settings   json.RawMessage `json:"settings"`
	}
	if err := c.decode(&body); err != nil {
		return resources.Consumer{}, err
	}
	k := resources.Consumer{Worker: body.Script, DeadLetter: body.DeadLetter, Settings: body.Settings}
	switch body.Type {
	case consumerPull:
		k.Pull, k.Worker = true, ""
	case "", consumerWorker:
		if _, err := h.workers.Worker(c.r.Context(), c.account, body.Script); err != nil {
			return k, err
		}
	default:
		return k, fmt.Errorf("%w: type is %q, must be %s or %s", resources.ErrSettings, body.Type, consumerWorker, consumerPull)
	}
	if _, err := k.Taking(); err != nil {
		return k, err
	}
	if k.DeadLetter != "" {
		_, err := h.resources.Create(c.r.Context(), c.account, resources.Queue, k.DeadLetter, nil)
		if err != nil && !errors.Is(err, resources.ErrTaken) {
			return k, ofKind(err)
		}
	}
	return k, nil
}

func (h *handler) createConsumer(c *call) error {
	k, err := h.consumer(c)
	if err != nil {
		return err
	}
	if k, err = h.resources.AddConsumer(c.r.Context(), c.account, c.item, k); err != nil {
		return ofKind(err)
	}
	if err := h.changed(c, c.item); err != nil {
		return err
	}
	return c.ok(newConsumer(k))
}

func (h *handler) putConsumer(c *call) error {
	k, err := h.consumer(c)
	if err != nil {
		return err
	}
	if k, err = h.resources.SetConsumer(c.r.Context(), c.account, c.item, c.consumer, k); err != nil {
		return ofKind(err)
	}
	if err := h.changed(c, c.item); err != nil {
		return err
	}
	return c.ok(newConsumer(k))
}

func (h *handler) deleteConsumer(c *call) error {
	if err := h.resources.RemoveConsumer(c.r.Context(), c.account, c.item, c.consumer); err != nil {
		return ofKind(err)
	}
	return c.ok(nil)
}

// ofKind tells the errors of buckets, databases and queues apart: each service has codes
// of its own.
func ofKind(err error) error {
	var at *resources.Error
	if !errors.As(err, &at) {
		return err
	}
	for kind, all := range map[error]map[resources.Kind]error{
		resources.ErrNotFound:    {resources.Bucket: errBucketNotFound, resources.Database: errDatabaseNotFound, resources.Queue: errQueueNotFound},
		resources.ErrTaken:       {resources.Bucket: errBucketTaken, resources.Database: errDatabaseTaken, resources.Queue: errQueueTaken},
		resources.ErrNameInvalid: {resources.Bucket: errBucketName, resources.Database: errDatabaseName, resources.Queue: errQueueName},
	} {
		if errors.Is(err, kind) {
			return &kindError{all[at.Kind], at}
		}
	}
	return err
}

// kindError is an error of a resource as its service has it.
type kindError struct {
	kind error
	at   *resources.Error
}

func (e *kindError) Error() string   { return fmt.Sprintf("%v: %v", e.kind, e.at.Err) }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.at} }
