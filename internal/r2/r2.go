// Package r2 keeps the objects of R2 buckets, and speaks the protocol of an R2 binding.
//
// Start with [Open], then [Buckets.Bucket]; [Handler] serves a bucket to workerd. Which buckets an
// account has is not known here: Options.Find says so.
//
// An object is a record, and its content pieces of at most 8 MiB in a namespace of the bucket's own.
// Pieces come first: an object is there, whole and durable, when its record is, and until then
// whatever it replaces stays. Pieces that no record names (a process was killed while they came) are
// removed when the bucket is first used after that. What a call keeps in memory does not depend on
// the size of an object.
package r2

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Limits of R2. Source: Cloudflare's "R2 limits" page, and miniflare.
const (
	MaxKeyBytes       = 1024
	MaxObjectBytes    = 5<<30 - 5<<20 // in one put
	MaxMetadataLength = 8192          // of the custom metadata, names and values; twice that length if it is not Latin-1
	MaxListed         = 1000          // objects and prefixes in a page
	MaxListedWhole    = 100           // of those with metadata
	MinPartBytes      = 5 << 20       // but for the last part
	MaxPart           = 10_000        // number of a part, from 1

	uploadLife = 7 * 24 * time.Hour // of a multipart upload that nobody ends
)

// Records keeps small records, ordered by key; a write is atomic and durable when it returns nil.
type Records interface {
	Apply(ctx context.Context, set map[string][]byte, remove []string) error
	Scan(ctx context.Context, prefix string, visit func(key string, value []byte) error) error
}

// Data opens places for content, apart from each other. Namespaces that are a kv.Streamer keep
// memory small.
type Data interface {
	Namespace(id string) kv.Namespace
	DeleteNamespace(ctx context.Context, id string) error
}

// Options of Open. Find is needed.
type Options struct {
	// Find returns the id of an account's bucket, which no other bucket ever has:
	// ErrBucketNotFound.
	Find func(ctx context.Context, account, name string) (id string, err error)
	Now  func() time.Time // nil: time.Now
	Log  *slog.Logger     // nil: nobody is told of what could not be removed
}

// Buckets is safe for concurrent use.
type Buckets struct {
	records Records
	data    Data
	o       Options

	mu   sync.Mutex
	used map[string]*Bucket // by id
}

// Open returns the buckets kept in records and data. Nothing is read before it is asked for.
func Open(records Records, data Data, o Options) *Buckets {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Buckets{records: records, data: data, o: o, used: map[string]*Bucket{}}
}

// Bucket opens a bucket: ErrBucketNotFound. What a killed process left in it is removed first.
func (s *Buckets) Bucket(ctx context.Context, account, name string) (*Bucket, error) {
	id, err := s.o.Find(ctx, account, name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	b := s.used[id]
	if b == nil {
		b = &Bucket{all: s, id: id, content: s.data.Namespace("r2-" + id), seed: maphash.MakeSeed(), reading: map[string]int{}, doomed: map[string]bool{}}
		s.used[id] = b
	}
	s.mu.Unlock()
	b.opening.Lock()
	defer b.opening.Unlock()
	if !b.swept {
		if err := b.sweep(ctx); err != nil {
			return nil, fmt.Errorf("open bucket %q: %w", name, err)
		}
		b.swept = true
	}
	return b, nil
}

// Delete removes a bucket with what is left of uploads in it, unless it has objects: ErrNotEmpty.
// Nothing is put into it meanwhile; remove makes it unknown to Options.Find.
func (s *Buckets) Delete(ctx context.Context, account, name string, remove func() error) error {
	b, err := s.Bucket(ctx, account, name)
	if err != nil {
		return err
	}
	for i := range b.locks {
		b.locks[i].Lock()
		defer b.locks[i].Unlock()
	}
	page, err := b.List(ctx, ListOptions{Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Objects) > 0 {
		return ErrNotEmpty
	}
	if err := remove(); err != nil {
		return err
	}
	b.deleted = true
	s.mu.Lock()
	delete(s.used, b.id)
	s.mu.Unlock()
	var keys []string
	err = s.records.Scan(ctx, b.key(""), func(key string, _ []byte) error {
		keys = append(keys, key)
		return nil
	})
	if err == nil {
		err = s.records.Apply(ctx, nil, keys)
	}
	if err == nil {
		err = s.data.DeleteNamespace(ctx, "r2-"+b.id)
	}
	if err != nil {
		s.o.Log.Error("rest of a bucket not removed", "bucket", name, "error", err)
	}
	return nil
}

func newID() string { return fmt.Sprintf("%032x", [16]byte(randomBytes(16))) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
