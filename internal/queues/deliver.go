package queues

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Deliver hands a batch to a Worker, and waits until it has dealt with it. An error says that the
// Worker was not reached: then the delivery is not counted.
type Deliver func(ctx context.Context, account, worker, queue string, batch []Message) (Outcome, error)

// Outcome is what a Worker has done with a batch. What it says of a message goes before what it says of
// all; a message of which nothing was said is done if OK, and else delivered again.
type Outcome struct {
	OK         bool // the handler ended well
	AckAll     bool
	Acked      []string // ids
	RetryAll   bool
	RetryDelay *time.Duration // of RetryAll; nil for the consumer's
	Retried    []Retry
}

// Retry is a message that is to be delivered again.
type Retry struct {
	ID    string
	Delay *time.Duration // nil for that of all
}

// Ref names a queue.
type Ref struct{ Account, Name string }

// Start begins to deliver. Of queues that are not among all, messages are removed: a process was
// killed while it deleted those.
func (s *Queues) Start(ctx context.Context, deliver Deliver, all []Ref) error {
	s.mu.Lock()
	s.deliver = deliver
	s.mu.Unlock()
	for _, ref := range all {
		if _, _, err := s.open(ctx, ref.Account, ref.Name); err != nil {
			return fmt.Errorf("open queue %q: %w", ref.Name, err)
		}
	}
	s.mu.Lock()
	var gone []*queue
	for id, q := range s.all {
		if q.account == "" {
			gone = append(gone, q)
			delete(s.all, id)
		}
	}
	s.mu.Unlock()
	for _, q := range gone {
		if err := s.clear(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

const (
	sweepEvery = time.Minute      // for messages that are kept no longer
	maxBackOff = 10 * time.Second // between attempts to reach a Worker
)

// serve delivers a queue's messages, as many batches at a time as its consumer takes, until it is deleted.
func (s *Queues) serve(q *queue) {
	ended, running, failures := make(chan error), 0, 0
	defer func() {
		for ; running > 0; running-- {
			<-ended
		}
	}()
	for err := error(nil); ; {
		wait, woken := sweepEvery, q.woken
		var deliver func() error
		if err == nil {
			deliver, wait, err = s.round(q, running)
		}
		switch {
		case s.life.Err() != nil || errors.Is(err, ErrNotFound):
			return
		case err != nil:
			failures++
			wait, woken = min(100*time.Millisecond<<min(failures-1, 10), maxBackOff), nil // no message makes the Worker come back
			s.o.Log.Warn("queue not delivered", "account", q.account, "queue", q.name, "error", err, "again", wait)
		case deliver != nil:
			running++
			go func() { ended <- deliver() }()
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
			err = nil
		case <-woken:
		case <-q.changed:
			err = nil
		case err = <-ended:
			running--
			if err == nil {
				failures = 0
			}
		case <-s.life.Done():
		}
		timer.Stop()
	}
}

// round returns what delivers a batch, if there is one and the consumer takes one more than are running;
// wait is how long there may be none.
func (s *Queues) round(q *queue, running int) (deliver func() error, wait time.Duration, err error) {
	setup, err := s.o.Find(s.life, q.account, q.name)
	if err != nil {
		return nil, 0, err
	}
	if setup.ID != q.id {
		return nil, 0, ErrNotFound // another has the name now
	}
	now := s.o.Now()
	if now.Sub(q.swept) >= sweepEvery {
		n, err := s.expire(s.life, q, now.Add(-setup.Retention))
		if err != nil {
			return nil, 0, err
		}
		if n > 0 {
			s.o.Log.Warn("messages removed that nobody has dealt with", "account", q.account, "queue", q.name, "messages", n, "after", setup.Retention)
		}
		q.swept = now
	}
	c := setup.Consumer
	switch {
	case c == nil || setup.Paused:
		return nil, sweepEvery, nil
	case c.Pull:
		_, err := s.lease(s.life, q, c, 0, 0)
		return nil, sweepEvery, err
	case running >= max(c.Batches, 1):
		return nil, sweepEvery, nil
	}
	batch, cleared, next := q.take(now, c)
	if batch != nil {
		return func() error { return s.handOver(q, c, batch, cleared) }, 0, nil
	}
	wait = sweepEvery
	if !next.IsZero() {
		wait = max(min(wait, next.Sub(now)), time.Millisecond)
	}
	return nil, wait, nil
}

// handOver delivers a batch. On an error it waits again, as if nothing had been.
func (s *Queues) handOver(q *queue, c *Consumer, batch []*state, cleared int) error {
	messages, err := s.read(s.life, q, batch)
	var outcome Outcome
	if err == nil {
		outcome, err = s.deliver(s.life, q.account, c.Worker, q.name, messages)
	}
	// Close waits until what the Worker has answered is written.
	ctx := context.WithoutCancel(s.life)
	var dead *queue
	if err == nil {
		dead, err = s.deadLetters(ctx, q, c)
	}
	defer hold(q, dead)()
	if q.times() != cleared {
		return nil // they are no more, and those that wait are others
	}
	if err == nil {
		err = s.settle(ctx, q, dead, c, batch, outcome)
	}
	if err != nil {
		q.add(batch...)
	}
	return err
}

// deadLetters returns the queue of messages that retries did not help; nil if there is none.
func (s *Queues) deadLetters(ctx context.Context, q *queue, c *Consumer) (*queue, error) {
	if c.DeadLetter == "" || c.DeadLetter == q.name {
		return nil, nil
	}
	dead, _, err := s.open(ctx, q.account, c.DeadLetter)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return dead, err
}

// hold keeps queues from being purged or deleted until what it returns is called. All hold them in the
// same order, so that none waits for another.
func hold(q, dead *queue) (free func()) {
	both := []*queue{q}
	if dead != nil {
		both = append(both, dead)
	}
	slices.SortFunc(both, func(a, b *queue) int { return strings.Compare(a.id, b.id) })
	for _, q := range both {
		q.keep.RLock()
	}
	return func() {
		for _, q := range both {
			q.keep.RUnlock()
		}
	}
}

// settle writes what becomes of a batch, all at once.
func (s *Queues) settle(ctx context.Context, q, dead *queue, c *Consumer, batch []*state, o Outcome) error {
	now := s.o.Now()
	set, remove := map[string][]byte{}, []string{}
	var again, moved []*state
	dropped := 0
	for _, m := range batch {
		delay, retried := o.retries(m.ID, c.RetryDelay)
		if !retried {
			remove = append(remove, stateKey(q.id, m.ID), bodyKey(q.id, m.ID))
			continue
		}
		next := *m
		next.Attempts++
		next.Due = now.Add(delay)
		if m.Attempts < c.MaxRetries {
			next.write(set, q.id)
			again = append(again, &next)
			continue
		}
		remove = append(remove, stateKey(q.id, m.ID), bodyKey(q.id, m.ID))
		if dead == nil || dead.deleted {
			dropped++
			continue
		}
		bodies, err := s.read(ctx, q, []*state{m})
		if err != nil {
			return err
		}
		next.Attempts, next.Due = 0, now
		next.write(set, dead.id)
		set[bodyKey(dead.id, m.ID)] = bodies[0].Body
		moved = append(moved, &next)
	}
	if err := s.records.Apply(ctx, set, remove); err != nil {
		return fmt.Errorf("write what became of messages: %w", err)
	}
	q.done(batch)
	if len(again) > 0 {
		q.add(again...)
	}
	log := s.o.Log.With("account", q.account, "queue", q.name, "worker", c.Worker)
	log.Debug("batch delivered", "messages", len(batch), "again", len(again))
	if len(moved) > 0 {
		dead.add(moved...)
		log.Warn("messages moved to the dead letter queue", "to", dead.name, "messages", len(moved))
	}
	if dropped > 0 {
		log.Warn("messages removed that were retried too often", "messages", dropped, "retries", c.MaxRetries)
	}
	return nil
}

// retries says whether a message is to be delivered again, and after what delay.
func (o *Outcome) retries(id string, delay time.Duration) (time.Duration, bool) {
	if o.RetryAll && o.RetryDelay != nil {
		delay = *o.RetryDelay
	}
	if i := slices.IndexFunc(o.Retried, func(r Retry) bool { return r.ID == id }); i >= 0 {
		if d := o.Retried[i].Delay; d != nil {
			delay = *d
		}
		return delay, true
	}
	return delay, !o.AckAll && !slices.Contains(o.Acked, id) && (o.RetryAll || !o.OK)
}
