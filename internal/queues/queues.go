// Package queues keeps the messages of queues until a consumer has dealt with them, and speaks the
// protocol of a producer's binding.
//
// Start with [Open], then [Queues.Send] (or [Handler], for workerd), and [Queues.Start] to have
// messages delivered, or [Queues.Pull] and [Queues.Settle] where clients fetch them. Which queues an account has, and who consumes them, is not known here:
// Options.Find says so.
//
// A message is two records, its state and its body, written together: once Send returns nil it is
// delivered at least once, whatever becomes of the process. Of a message that waits only the state is
// in memory. How often a message was delivered is written when it is to be delivered again: what was
// out when the process was killed goes out once more, and that delivery has not been counted.
package queues

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Limits of Queues. Sources: Cloudflare's "Queues limits" page; of a batch, miniflare, which like
// Cloudflare allows for what is sent beside the bodies.
const (
	MaxMessageBytes = 128_000
	MaxBatchBytes   = 288_000
	MaxBatch        = 100 // messages in one call
	MaxDelay        = 24 * time.Hour
)

var (
	// ErrNotFound: the account has no queue of this name.
	ErrNotFound = errors.New("queue not found")
	// ErrTooLarge: a message or a batch exceeds the limits above.
	ErrTooLarge = errors.New("message too large")
	// ErrInvalid: a message is not what it says, or its delay is out of bounds.
	ErrInvalid = errors.New("message is not valid")
	// ErrNotPulled: clients do not pull the messages of the queue.
	ErrNotPulled = errors.New("queue is not pulled")
)

// Format says what the bytes of a body are.
type Format string

// The formats, as the content types of Workers name them.
const (
	JSON  Format = "json"
	Text  Format = "text"
	Bytes Format = "bytes"
	V8    Format = "v8" // as V8 serialises a value
)

// Message is one of a queue.
type Message struct {
	ID       string // 32 hex digits; those of a queue are in order of being sent
	Sent     time.Time
	Attempts int // deliveries, with the one that is under way
	Format   Format
	Body     []byte
}

// Sending is a message to be sent. Delay is nil for what the queue has.
type Sending struct {
	Format Format
	Body   []byte
	Delay  *time.Duration
}

// Setup is how a queue is set up.
type Setup struct {
	ID        string        // no other queue ever has it
	Delay     time.Duration // of messages that are sent without one
	Retention time.Duration // after which a message is removed that nobody has dealt with
	Paused    bool          // nothing is delivered
	Consumer  *Consumer     // nil: messages wait
}

// Consumer is the Worker that a queue's messages go to, or says that clients pull them.
type Consumer struct {
	Pull       bool // nothing is delivered; see Queues.Pull
	Worker     string
	BatchSize  int           // messages in a call, at least 1
	Batches    int           // under way at a time; 0 is 1
	MaxWait    time.Duration // for a batch to become full
	MaxRetries int           // deliveries after the first
	RetryDelay time.Duration // of messages that are retried without one
	DeadLetter string        // queue of messages that MaxRetries did not help; "": they are removed
}

// Backlog is what waits in a queue.
type Backlog struct {
	Count  int
	Bytes  int64     // of bodies
	Oldest time.Time // zero if nothing waits
}

// Records keeps small records, ordered by key; a write is atomic and durable when it returns nil.
type Records interface {
	Apply(ctx context.Context, set map[string][]byte, remove []string) error
	Scan(ctx context.Context, prefix string, visit func(key string, value []byte) error) error
}

// Options of Open. Find is needed.
type Options struct {
	// Find returns how an account's queue is set up: ErrNotFound.
	Find func(ctx context.Context, account, name string) (Setup, error)
	Now  func() time.Time // nil: time.Now
	Log  *slog.Logger     // nil: nobody is told
}

// Queues is safe for concurrent use.
type Queues struct {
	records Records
	o       Options

	mu      sync.Mutex
	all     map[string]*queue // by id
	last    uint64            // number of the last message
	deliver Deliver           // nil before Start
	life    context.Context   // of the deliveries
	stop    context.CancelFunc
	tasks   sync.WaitGroup
}

// Open returns the queues kept in records. Nothing is delivered before Start.
func Open(ctx context.Context, records Records, o Options) (*Queues, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Queues{records: records, o: o, all: map[string]*queue{}, last: uint64(o.Now().UnixNano())}
	s.life, s.stop = context.WithCancel(context.Background())
	return s, s.load(ctx)
}

// Send puts messages into a queue, all or none: ErrNotFound, ErrTooLarge, ErrInvalid.
func (s *Queues) Send(ctx context.Context, account, name string, messages ...Sending) error {
	if err := validate(messages); err != nil {
		return err
	}
	q, setup, err := s.open(ctx, account, name)
	if err != nil {
		return err
	}
	q.keep.RLock()
	defer q.keep.RUnlock()
	if q.deleted {
		return ErrNotFound
	}
	now := s.o.Now()
	set := map[string][]byte{}
	var sent []*state
	for _, m := range messages {
		delay := setup.Delay
		if m.Delay != nil {
			delay = *m.Delay
		}
		one := &state{ID: s.newID(), Sent: now, Due: now.Add(delay), Format: m.Format, Size: len(m.Body)}
		one.write(set, q.id)
		set[bodyKey(q.id, one.ID)] = m.Body
		sent = append(sent, one)
	}
	if err := s.records.Apply(ctx, set, nil); err != nil {
		return fmt.Errorf("keep messages of queue %q: %w", name, err)
	}
	q.add(sent...)
	return nil
}

func validate(messages []Sending) error {
	if len(messages) > MaxBatch {
		return fmt.Errorf("%w: %d messages at a time, at most %d are taken", ErrTooLarge, len(messages), MaxBatch)
	}
	total := 0
	for _, m := range messages {
		if len(m.Body) > MaxMessageBytes {
			return fmt.Errorf("%w: %d bytes, of at most %d", ErrTooLarge, len(m.Body), MaxMessageBytes)
		}
		total += len(m.Body)
		if err := m.validate(); err != nil {
			return err
		}
	}
	if total > MaxBatchBytes {
		return fmt.Errorf("%w: %d bytes at a time, of at most %d", ErrTooLarge, total, MaxBatchBytes)
	}
	return nil
}

// Backlog says what waits in a queue: ErrNotFound.
func (s *Queues) Backlog(ctx context.Context, account, name string) (Backlog, error) {
	q, _, err := s.open(ctx, account, name)
	if err != nil {
		return Backlog{}, err
	}
	return q.backlog(), nil
}

// Purge removes what waits in a queue: ErrNotFound. What is being delivered is not delivered again.
func (s *Queues) Purge(ctx context.Context, account, name string) error {
	q, _, err := s.open(ctx, account, name)
	if err != nil {
		return err
	}
	q.keep.Lock()
	defer q.keep.Unlock()
	return s.clear(ctx, q)
}

// Delete removes a queue with all messages: ErrNotFound. Nothing is sent to it meanwhile; remove makes
// it unknown to Options.Find.
func (s *Queues) Delete(ctx context.Context, account, name string, remove func() error) error {
	q, _, err := s.open(ctx, account, name)
	if err != nil {
		return err
	}
	q.keep.Lock()
	defer q.keep.Unlock()
	if err := remove(); err != nil {
		return err
	}
	q.deleted = true
	s.mu.Lock()
	delete(s.all, q.id)
	s.mu.Unlock()
	q.wake()
	if err := s.clear(ctx, q); err != nil {
		s.o.Log.Error("messages of a deleted queue not removed", "queue", name, "error", err) // Start removes them
	}
	return nil
}

// Changed is to be called when a queue is set up otherwise.
func (s *Queues) Changed(ctx context.Context, account, name string) error {
	q, _, err := s.open(ctx, account, name)
	if err == nil {
		q.wake()
	}
	return err
}

// Close ends deliveries, and waits for those under way. What they have not answered is delivered again.
func (s *Queues) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.tasks.Wait()
}
