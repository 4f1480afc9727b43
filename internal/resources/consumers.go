package resources

import (
	"context"
	"slices"
)

// AddConsumer hands a queue (by name or id) to a Worker: ErrNotFound, ErrConsumerTaken.
func (r *Resources) AddConsumer(ctx context.Context, account, queue string, c Consumer) (Consumer, error) {
	id, err := r.newID()
	if err != nil {
		return Consumer{}, err
	}
	c.ID, c.Created = id, r.now().UTC()
	return c, r.changeQueue(ctx, account, queue, func(q *Resource) error {
		if len(q.Consumers) > 0 {
			return &Error{ErrConsumerTaken, Queue, q.Name}
		}
		q.Consumers = append(q.Consumers, c)
		return nil
	})
}

// SetConsumer changes how a consumer takes messages: ErrNotFound, ErrConsumerNotFound.
func (r *Resources) SetConsumer(ctx context.Context, account, queue, id string, c Consumer) (Consumer, error) {
	err := r.changeQueue(ctx, account, queue, func(q *Resource) error {
		i := q.consumer(id)
		if i < 0 {
			return &Error{ErrConsumerNotFound, Queue, id}
		}
		c.ID, c.Created = id, q.Consumers[i].Created
		q.Consumers[i] = c
		return nil
	})
	return c, err
}

// RemoveConsumer takes a queue away from a Worker: ErrNotFound, ErrConsumerNotFound.
func (r *Resources) RemoveConsumer(ctx context.Context, account, queue, id string) error {
	return r.changeQueue(ctx, account, queue, func(q *Resource) error {
		i := q.consumer(id)
		if i < 0 {
			return &Error{ErrConsumerNotFound, Queue, id}
		}
		q.Consumers = slices.Delete(q.Consumers, i, i+1)
		return nil
	})
}

// ConsumedBy names the queues that a Worker consumes.
func (r *Resources) ConsumedBy(ctx context.Context, account, worker string) (queues []string, err error) {
	all, err := r.List(ctx, account, Queue)
	for _, q := range all {
		if slices.ContainsFunc(q.Consumers, func(c Consumer) bool { return c.Worker == worker }) {
			queues = append(queues, q.Name)
		}
	}
	return queues, err
}

func (q *Resource) consumer(id string) int {
	return slices.IndexFunc(q.Consumers, func(c Consumer) bool { return c.ID == id })
}

func (r *Resources) changeQueue(ctx context.Context, account, queue string, change func(*Resource) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	q, err := r.find(ctx, account, Queue, queue)
	if err != nil {
		return err
	}
	if err := change(&q); err != nil {
		return err
	}
	q.Modified = r.now().UTC()
	return r.save(ctx, account, q)
}

// Release takes a queue away from a Worker that is gone.
func (r *Resources) Release(ctx context.Context, account, queue, worker string) error {
	return r.changeQueue(ctx, account, queue, func(q *Resource) error {
		q.Consumers = slices.DeleteFunc(q.Consumers, func(c Consumer) bool { return c.Worker == worker })
		return nil
	})
}
