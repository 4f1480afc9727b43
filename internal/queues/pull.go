package queues

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxLease is how long a client may have a message. Source: Cloudflare's "Pull consumers" page.
const MaxLease = 12 * time.Hour

// Leased is a message that a client has for a while. It is delivered again unless the client says by then,
// with the lease, what became of it.
type Leased struct {
	Message
	Lease string
}

// Settled is what Settle did. Warnings are by lease.
type Settled struct {
	Acked, Retried int
	Warnings       map[string]string
}

// Pull leases up to size messages that are due: ErrNotFound, ErrNotPulled. A paused queue has none. A lease is
// a delivery that is written before the message is handed out, so that it outlives the process.
func (s *Queues) Pull(ctx context.Context, account, name string, size int, lease time.Duration) ([]Leased, error) {
	q, setup, err := s.open(ctx, account, name)
	if err != nil {
		return nil, err
	}
	switch {
	case setup.Consumer == nil || !setup.Consumer.Pull:
		return nil, ErrNotPulled
	case setup.Paused:
		return nil, nil
	}
	return s.lease(ctx, q, setup.Consumer, size, lease)
}

// lease is Pull of an open queue. Messages whose last lease has ended go where retries end.
func (s *Queues) lease(ctx context.Context, q *queue, c *Consumer, size int, lease time.Duration) (leased []Leased, err error) {
	dead, err := s.deadLetters(ctx, q, c)
	if err != nil {
		return nil, err
	}
	defer hold(q, dead)()
	if q.deleted {
		return nil, ErrNotFound
	}
	now := s.o.Now()
	batch, spent := q.takeDue(now, size, c.MaxRetries)
	if len(spent) > 0 {
		if err := s.settle(ctx, q, dead, c, spent, Outcome{RetryAll: true}); err != nil {
			q.add(append(batch, spent...)...)
			return nil, err
		}
	}
	if len(batch) == 0 {
		return nil, nil
	}
	messages, err := s.read(ctx, q, batch)
	if err != nil {
		q.add(batch...)
		return nil, err
	}
	set := map[string][]byte{}
	var out []*state
	for i, m := range batch {
		next := *m
		next.Attempts++
		next.Due = now.Add(lease)
		next.write(set, q.id)
		out = append(out, &next)
		leased = append(leased, Leased{Message: messages[i], Lease: next.lease()})
	}
	if err := s.records.Apply(ctx, set, nil); err != nil {
		q.add(batch...)
		return nil, fmt.Errorf("write the leases of messages: %w", err)
	}
	q.add(out...)
	return leased, nil
}

// Settle says what became of messages: those of acks are done, those of retries, by Lease in the place of ID,
// are delivered again: ErrNotFound, ErrNotPulled. A lease that has ended is good for an ack as long as the message is
// there; one of a message that is with another client by now is not good for a retry.
func (s *Queues) Settle(ctx context.Context, account, name string, acks []string, retries []Retry) (Settled, error) {
	done := Settled{Warnings: map[string]string{}}
	q, setup, err := s.open(ctx, account, name)
	if err != nil {
		return done, err
	}
	c := setup.Consumer
	if c == nil || !c.Pull {
		return done, ErrNotPulled
	}
	dead, err := s.deadLetters(ctx, q, c)
	if err != nil {
		return done, err
	}
	defer hold(q, dead)()
	if q.deleted {
		return done, ErrNotFound
	}
	claims := map[string]int{} // by message: the delivery that is to be retried, 0 for an ack
	for _, lease := range acks {
		if id, attempt := parseLease(lease); attempt > 0 {
			claims[id] = 0
		}
	}
	for _, r := range retries {
		id, attempt := parseLease(r.ID)
		if _, acked := claims[id]; !acked && attempt > 0 {
			claims[id] = attempt
		}
	}
	taken := q.takeLeased(claims)
	var batch, former []*state
	for _, m := range taken {
		before := *m
		before.Attempts-- // settle counts the delivery that the lease was
		batch, former = append(batch, &before), append(former, m)
	}
	claim := func(lease string) (id string, ok bool) {
		id, _ = parseLease(lease)
		if ok = taken[id] != nil; ok {
			delete(taken, id)
		} else {
			done.Warnings[lease] = "the lease is not known, or has ended"
		}
		return id, ok
	}
	outcome := Outcome{OK: true}
	for _, lease := range acks {
		if _, ok := claim(lease); ok {
			done.Acked++
		}
	}
	for _, r := range retries {
		if id, ok := claim(r.ID); ok {
			done.Retried++
			outcome.Retried = append(outcome.Retried, Retry{ID: id, Delay: r.Delay})
		}
	}
	if len(batch) == 0 {
		return done, nil
	}
	if err := s.settle(ctx, q, dead, c, batch, outcome); err != nil {
		q.add(former...)
		return Settled{}, err
	}
	return done, nil
}

func (m *state) lease() string { return fmt.Sprintf("%s.%d", m.ID, m.Attempts) }

// parseLease says which delivery of which message a lease is; 0 of what is none.
func parseLease(lease string) (id string, attempt int) {
	id, n, _ := strings.Cut(lease, ".")
	attempt, err := strconv.Atoi(n)
	if err != nil {
		return id, 0
	}
	return id, attempt
}

// takeDue takes up to size messages that are due, and those before them that were leased too often.
func (q *queue) takeDue(now time.Time, size, retries int) (batch, spent []*state) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) > 0 && !q.waiting[0].Due.After(now) {
		tired := q.waiting[0].Attempts > retries
		if !tired && len(batch) == size {
			break
		}
		m := heap.Pop(&q.waiting).(*state)
		q.out[m.ID] = m
		if tired {
			spent = append(spent, m)
		} else {
			batch = append(batch, m)
		}
	}
	return batch, spent
}

// takeLeased takes those of the messages that wait and have been leased: the delivery must be the last one,
// and 0 stands for any.
func (q *queue) takeLeased(deliveries map[string]int) map[string]*state {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := map[string]*state{}
	q.waiting = slices.DeleteFunc(q.waiting, func(m *state) bool {
		n, ok := deliveries[m.ID]
		if ok = ok && m.Attempts > 0 && (n == 0 || n == m.Attempts); ok {
			taken[m.ID], q.out[m.ID] = m, m
		}
		return ok
	})
	heap.Init(&q.waiting)
	return taken
}
