package queues

import (
	"cmp"
	"container/heap"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Keys of records. An id has a fixed form: none is the beginning of another.
const (
	statePrefix = "message/state/"
	bodyPrefix  = "message/body/"
)

func stateKey(queue, id string) string { return statePrefix + queue + "/" + id }
func bodyKey(queue, id string) string  { return bodyPrefix + queue + "/" + id }

// state is what is known of a message beside its body.
type state struct {
	ID       string    `json:"-"`
	Sent     time.Time `json:"sent"`
	Due      time.Time `json:"due"`                // not delivered before
	Attempts int       `json:"attempts,omitempty"` // deliveries that have ended
	Format   Format    `json:"format"`
	Size     int       `json:"size"` // of the body, in bytes
}

func (m *state) write(set map[string][]byte, queue string) {
	set[stateKey(queue, m.ID)], _ = json.Marshal(m) // strings, numbers and times
}

// queue is the messages of one. Whoever changes their records holds keep: for reading, if they are
// those of messages that nobody else changes.
type queue struct {
	id            string
	account, name string // "" until somebody asks for the queue; like served of Queues.mu
	served        bool
	woken         chan struct{}
	changed       chan struct{}

	swept time.Time // of the delivery alone

	keep    sync.RWMutex
	deleted bool

	mu      sync.Mutex
	waiting states
	out     map[string]*state // being delivered
	cleared int               // how often all messages were removed
}

// states is a heap: what is due first, of that what was sent first.
type states []*state

func (s states) Len() int      { return len(s) }
func (s states) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s states) Less(i, j int) bool {
	return cmp.Or(s[i].Due.Compare(s[j].Due), strings.Compare(s[i].ID, s[j].ID)) < 0
}
func (s *states) Push(m any) { *s = append(*s, m.(*state)) }
func (s *states) Pop() any {
	last := len(*s) - 1
	m := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return m
}

func newQueue(id string) *queue {
	return &queue{id: id, woken: make(chan struct{}, 1), changed: make(chan struct{}, 1), out: map[string]*state{}}
}

// load reads the states of all messages.
func (s *Queues) load(ctx context.Context) error {
	err := s.records.Scan(ctx, statePrefix, func(key string, value []byte) error {
		id, message, _ := strings.Cut(strings.TrimPrefix(key, statePrefix), "/")
		m := &state{ID: message}
		if err := json.Unmarshal(value, m); err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		q := s.all[id]
		if q == nil {
			q = newQueue(id)
			s.all[id] = q
		}
		heap.Push(&q.waiting, m)
		s.last = max(s.last, number(message))
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the messages of queues: %w", err)
	}
	return nil
}

// newID makes an id that is in order after those before.
func (s *Queues) newID() string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	return fmt.Sprintf("%016x%x", s.last, random)
}

// number is that of the message of an id; 0 of what is none.
func number(id string) uint64 {
	n, _ := strconv.ParseUint(id[:min(len(id), 16)], 16, 64)
	return n
}

// open returns a queue that the account has, and sees to its delivery.
func (s *Queues) open(ctx context.Context, account, name string) (*queue, Setup, error) {
	setup, err := s.o.Find(ctx, account, name)
	if err != nil {
		return nil, setup, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.all[setup.ID]
	if q == nil {
		q = newQueue(setup.ID)
		s.all[setup.ID] = q
	}
	if q.account == "" {
		q.account, q.name = account, name
	}
	if !q.served && s.deliver != nil && s.life.Err() == nil {
		q.served = true
		s.tasks.Go(func() { s.serve(q) })
	}
	return q, setup, nil
}

// add lets messages wait.
func (q *queue) add(messages ...*state) {
	q.mu.Lock()
	for _, m := range messages {
		delete(q.out, m.ID)
		heap.Push(&q.waiting, m)
	}
	q.mu.Unlock()
	signal(q.woken)
}

// wake lets the delivery look at how the queue is set up.
func (q *queue) wake() { signal(q.changed) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it has not heard the last one yet
	}
}

// take takes a batch that is to be delivered now, and says how often the queue had been cleared; or
// none, and when there may be one (zero: nothing waits).
func (q *queue) take(now time.Time, c *Consumer) (batch []*state, cleared int, next time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := 0
	for len(q.waiting) > 0 && len(batch) < c.BatchSize {
		m := q.waiting[0]
		if m.Due.After(now) || len(batch) > 0 && size+m.Size > MaxBatchBytes {
			break
		}
		size += m.Size
		batch = append(batch, heap.Pop(&q.waiting).(*state))
	}
	if len(q.waiting) > 0 {
		next = q.waiting[0].Due
	}
	if len(batch) == 0 {
		return nil, 0, next
	}
	patience := batch[0].Due.Add(c.MaxWait)
	full := len(batch) == c.BatchSize || len(q.waiting) > 0 && !next.After(now)
	if !full && patience.After(now) {
		for _, m := range batch {
			heap.Push(&q.waiting, m)
		}
		if next.IsZero() || patience.Before(next) {
			next = patience
		}
		return nil, 0, next
	}
	for _, m := range batch {
		q.out[m.ID] = m
	}
	return batch, q.cleared, time.Time{}
}

// done forgets messages that were out.
func (q *queue) done(messages []*state) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range messages {
		delete(q.out, m.ID)
	}
}

// times says how often the queue was cleared.
func (q *queue) times() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.cleared
}

func (q *queue) backlog() (b Backlog) {
	q.mu.Lock()
	defer q.mu.Unlock()
	count := func(m *state) {
		b.Count++
		b.Bytes += int64(m.Size)
		if b.Oldest.IsZero() || m.Sent.Before(b.Oldest) {
			b.Oldest = m.Sent
		}
	}
	for _, m := range q.waiting {
		count(m)
	}
	for _, m := range q.out {
		count(m)
	}
	return b
}

// clear removes all messages; the caller holds q.keep.
func (s *Queues) clear(ctx context.Context, q *queue) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var remove []string
	for _, m := range q.waiting {
		remove = append(remove, stateKey(q.id, m.ID), bodyKey(q.id, m.ID))
	}
	for id := range q.out {
		remove = append(remove, stateKey(q.id, id), bodyKey(q.id, id))
	}
	if err := s.records.Apply(ctx, nil, remove); err != nil {
		return fmt.Errorf("remove the messages of queue %q: %w", q.name, err)
	}
	q.waiting, q.out = nil, map[string]*state{}
	q.cleared++
	return nil
}

// expire removes what was sent before a time, and says how many messages that were.
func (s *Queues) expire(ctx context.Context, q *queue, before time.Time) (int, error) {
	q.keep.RLock()
	defer q.keep.RUnlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	var remove []string
	for _, m := range q.waiting {
		if m.Sent.Before(before) {
			remove = append(remove, stateKey(q.id, m.ID), bodyKey(q.id, m.ID))
		}
	}
	if remove == nil {
		return 0, nil
	}
	if err := s.records.Apply(ctx, nil, remove); err != nil {
		return 0, fmt.Errorf("remove expired messages: %w", err)
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(m *state) bool { return m.Sent.Before(before) })
	heap.Init(&q.waiting)
	return len(remove) / 2, nil
}

var errBodyMissing = errors.New("the body of a message is missing")

// read returns messages with their bodies.
func (s *Queues) read(ctx context.Context, q *queue, batch []*state) (messages []Message, err error) {
	for _, m := range batch {
		found := false
		one := Message{ID: m.ID, Sent: m.Sent, Attempts: m.Attempts + 1, Format: m.Format}
		err := s.records.Scan(ctx, bodyKey(q.id, m.ID), func(_ string, value []byte) error {
			one.Body, found = slices.Clone(value), true
			return nil
		})
		if err == nil && !found {
			err = fmt.Errorf("%w: %s", errBodyMissing, m.ID)
		}
		if err != nil {
			return nil, err
		}
		messages = append(messages, one)
	}
	return messages, nil
}
