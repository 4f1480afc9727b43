// Package resources is what an account holds beside KV namespaces and Workers, by name:
// R2 buckets, D1 databases, queues. It knows that they exist and how they are set up;
// what is in them is kept elsewhere.
//
// Start with [Open], then [Resources.Create]. Everything is looked up as (account, kind,
// name or id): a bucket of another account does not exist.
package resources

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Kind is a kind of resource.
type Kind string

// The kinds.
const (
	Bucket   Kind = "bucket"
	Database Kind = "database"
	Queue    Kind = "queue"
)

var (
	// ErrNotFound: the account has none of this kind and name, or id.
	ErrNotFound = errors.New("resource not found")
	// ErrTaken: the account has one of this kind and name.
	ErrTaken = errors.New("resource name is taken")
	// ErrNameInvalid: the name is not one of its kind.
	ErrNameInvalid = errors.New("resource name is not valid")
	// ErrConsumerNotFound: the queue has no consumer of this id.
	ErrConsumerNotFound = errors.New("consumer not found")
	// ErrConsumerTaken: a queue is handed to one Worker.
	ErrConsumerTaken = errors.New("queue has a consumer")
)

// Error is one of the errors above, of a resource.
type Error struct {
	Err  error
	Kind Kind
	Name string // or id, as it was asked for
}

func (e *Error) Error() string { return fmt.Sprintf("%s %q: %v", e.Kind, e.Name, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Resource is a bucket, a database or a queue.
type Resource struct {
	Kind     Kind      `json:"kind"`
	ID       string    `json:"id"`   // a UUID for databases, else 32 hex digits; once in the account
	Name     string    `json:"name"` // once in the account and kind
	Created  time.Time `json:"created_on"`
	Modified time.Time `json:"modified_on"`

	// Settings are what its kind has beside a name, as it was sent: locations, classes
	// of storage, delays of delivery.
	Settings json.RawMessage `json:"settings,omitempty"`
	// Consumers are whom a queue is handed to.
	Consumers []Consumer `json:"consumers,omitempty"`
}

// Consumer is a Worker to which a queue's messages go, or stands for clients that pull them.
type Consumer struct {
	ID         string          `json:"consumer_id"`    // 32 hex digits
	Pull       bool            `json:"pull,omitempty"` // then there is no Worker
	Worker     string          `json:"script_name"`
	DeadLetter string          `json:"dead_letter_queue,omitempty"` // a queue's name
	Settings   json.RawMessage `json:"settings,omitempty"`          // batch_size, max_retries, max_wait_time_ms, …
	Created    time.Time       `json:"created_on"`
}

// Records keeps small records, ordered by key; a write is atomic and durable when it
// returns nil.
type Records interface {
	Apply(ctx context.Context, set map[string][]byte, remove []string) error
	Scan(ctx context.Context, prefix string, visit func(key string, value []byte) error) error
}

// Options of Open.
type Options struct {
	Now  func() time.Time // nil means time.Now
	Rand io.Reader        // nil means crypto/rand
}

// Resources is safe for concurrent use. It reads records when it is asked, as few are
// there and nobody asks often.
type Resources struct {
	records Records
	now     func() time.Time
	rand    io.Reader
	mu      sync.RWMutex // held for writing from looking up a name to storing it
}

// Open returns the resources kept in records.
func Open(records Records, o Options) *Resources {
	r := &Resources{records: records, now: o.Now, rand: o.Rand}
	if r.now == nil {
		r.now = time.Now
	}
	if r.rand == nil {
		r.rand = rand.Reader
	}
	return r
}

// An account's id and a kind have a fixed form, and so has an id: no key can lie under
// another's prefix.
func recordKey(account string, kind Kind, id string) string {
	return "resource/" + account + "/" + string(kind) + "/" + id
}

// Create makes a resource: ErrTaken, ErrNameInvalid.
func (r *Resources) Create(ctx context.Context, account string, kind Kind, name string, settings json.RawMessage) (Resource, error) {
	id, err := r.newID()
	if err != nil {
		return Resource{}, err
	}
	if kind == Database {
		id = id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-8" + id[17:20] + "-" + id[20:]
	}
	return r.Add(ctx, account, kind, id, name, settings)
}

// Add makes a resource that has its id from elsewhere: ErrTaken, ErrNameInvalid.
func (r *Resources) Add(ctx context.Context, account string, kind Kind, id, name string, settings json.RawMessage) (Resource, error) {
	if err := checkName(kind, name); err != nil {
		return Resource{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch _, err := r.find(ctx, account, kind, name); {
	case err == nil:
		return Resource{}, &Error{ErrTaken, kind, name}
	case !errors.Is(err, ErrNotFound):
		return Resource{}, err
	}
	now := r.now().UTC()
	made := Resource{Kind: kind, ID: id, Name: name, Created: now, Modified: now, Settings: settings}
	return made, r.save(ctx, account, made)
}

// List returns an account's resources of a kind, by name.
func (r *Resources) List(ctx context.Context, account string, kind Kind) ([]Resource, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.list(ctx, account, kind)
}

// Get returns one by its name or its id: ErrNotFound.
func (r *Resources) Get(ctx context.Context, account string, kind Kind, nameOrID string) (Resource, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.find(ctx, account, kind, nameOrID)
}

// Delete removes one by its name or its id: ErrNotFound.
func (r *Resources) Delete(ctx context.Context, account string, kind Kind, nameOrID string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err := r.find(ctx, account, kind, nameOrID)
	if err != nil {
		return err
	}
	if err := r.records.Apply(ctx, nil, []string{recordKey(account, kind, found.ID)}); err != nil {
		return fmt.Errorf("remove %s %q: %w", kind, found.Name, err)
	}
	return nil
}

func (r *Resources) list(ctx context.Context, account string, kind Kind) ([]Resource, error) {
	all := []Resource{}
	err := r.records.Scan(ctx, recordKey(account, kind, ""), func(key string, value []byte) error {
		var one Resource
		if err := json.Unmarshal(value, &one); err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		all = append(all, one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the %ss of account %s: %w", kind, account, err)
	}
	slices.SortFunc(all, func(a, b Resource) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

func (r *Resources) find(ctx context.Context, account string, kind Kind, nameOrID string) (Resource, error) {
	all, err := r.list(ctx, account, kind)
	if err != nil {
		return Resource{}, err
	}
	for _, by := range []func(Resource) string{func(one Resource) string { return one.Name }, func(one Resource) string { return one.ID }} {
		if i := slices.IndexFunc(all, func(one Resource) bool { return by(one) == nameOrID }); i >= 0 {
			return all[i], nil
		}
	}
	return Resource{}, &Error{ErrNotFound, kind, nameOrID}
}

func (r *Resources) save(ctx context.Context, account string, one Resource) error {
	text, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if err := r.records.Apply(ctx, map[string][]byte{recordKey(account, one.Kind, one.ID): text}, nil); err != nil {
		return fmt.Errorf("record %s %q: %w", one.Kind, one.Name, err)
	}
	return nil
}

func (r *Resources) newID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r.rand, b[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
