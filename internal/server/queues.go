package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/resources"
)

// openQueues makes what keeps the messages of the queues that accounts have.
func openQueues(o Options, st store, held *resources.Resources) (*queues.Queues, error) {
	return queues.Open(context.Background(), st, queues.Options{Log: o.Log, Now: o.Now, Find: func(ctx context.Context, account, name string) (queues.Setup, error) {
		q, err := held.Get(ctx, account, resources.Queue, name)
		if errors.Is(err, resources.ErrNotFound) || err == nil && q.Name != name { // an id is no name
			return queues.Setup{}, queues.ErrNotFound
		}
		if err != nil {
			return queues.Setup{}, err
		}
		return setup(q)
	}})
}

func setup(q resources.Resource) (queues.Setup, error) {
	d, err := q.Delivery()
	if err != nil {
		return queues.Setup{}, fmt.Errorf("queue %q: %w", q.Name, err)
	}
	s := queues.Setup{ID: q.ID, Delay: d.Delay, Retention: d.Retention, Paused: d.Paused}
	for _, c := range q.Consumers { // one at most
		t, err := c.Taking()
		if err != nil {
			return queues.Setup{}, fmt.Errorf("consumer of queue %q: %w", q.Name, err)
		}
		s.Consumer = &queues.Consumer{
			Pull: c.Pull, Worker: c.Worker, BatchSize: t.BatchSize, Batches: t.Batches, MaxWait: t.MaxWait, MaxRetries: t.MaxRetries, RetryDelay: t.RetryDelay, DeadLetter: c.DeadLetter,
		}
	}
	return s, nil
}

// deliver hands the messages of all queues to their Workers, until Close.
func (s *Server) deliver(ctx context.Context) error {
	accounts, err := s.platform.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	var all []queues.Ref
	for _, a := range accounts {
		list, err := s.held.List(ctx, a.ID, resources.Queue)
		if err != nil {
			return err
		}
		for _, q := range list {
			all = append(all, queues.Ref{Account: a.ID, Name: q.Name})
		}
	}
	return s.messages.Start(ctx, s.fleet.Deliver, all)
}
