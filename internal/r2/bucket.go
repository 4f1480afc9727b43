package r2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Bucket is the objects of a bucket. It is safe for concurrent use.
type Bucket struct {
	all     *Buckets
	id      string
	content kv.Namespace

	opening sync.Mutex // until swept
	swept   bool

	// locks are held from reading a record to replacing it, each for a part of the keys. All
	// of them are, to set deleted.
	locks   [64]sync.RWMutex
	seed    maphash.Seed
	deleted bool

	mu      sync.Mutex
	reading map[string]int  // streams that need a piece, by its ID
	doomed  map[string]bool // pieces to be removed once nobody reads them
	// uploads is held from reading what an upload has to changing that.
	uploads sync.Mutex
}

// Keys of records, below an id of fixed form.
const (
	keyObject = "o/" // by key
	keyUpload = "u/" // by id
	keyPart   = "p/" // by upload and number
)

func (b *Bucket) key(rest string) string { return "r2/" + b.id + "/" + rest }

func (b *Bucket) stripe(key string) int {
	return int(maphash.String(b.seed, key) % uint64(len(b.locks)))
}

// Head returns what is known of an object: ErrNoSuchKey.
func (b *Bucket) Head(ctx context.Context, key string) (Object, error) {
	r, err := b.find(ctx, key)
	if err != nil {
		return Object{}, err
	}
	return r.Object, nil
}

func (b *Bucket) find(ctx context.Context, key string) (*record, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	r, err := read[record](ctx, b.all.records, b.key(keyObject+key))
	if err == nil && r == nil {
		err = ErrNoSuchKey
	}
	return r, err
}

var errStop = errors.New("stop") // ends a scan

// read returns a record; nil if there is none.
func read[T any](ctx context.Context, records Records, key string) (found *T, err error) {
	err = records.Scan(ctx, key, func(k string, text []byte) error {
		if k != key {
			return errStop
		}
		found = new(T)
		if err := json.Unmarshal(text, found); err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		return errStop // whatever else begins so
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	return found, nil
}

// GetOptions say which part of an object is wanted, and on what condition.
type GetOptions struct {
	Range  Range
	OnlyIf *Condition
}

// Got is an object that is read. The caller closes it.
type Got struct {
	Object
	Offset, Length int64 // what of it is read
	io.ReadCloser
}

// Get opens an object as it is now, whatever is put while it is read: ErrNoSuchKey, ErrRange; with
// ErrPrecondition the object comes without content.
func (b *Bucket) Get(ctx context.Context, key string, o GetOptions) (Got, error) {
	lock := &b.locks[b.stripe(key)] // from reading the record to claiming its pieces
	lock.RLock()
	defer lock.RUnlock()
	r, err := b.find(ctx, key)
	if err != nil {
		return Got{}, err
	}
	if !o.OnlyIf.holds(&r.Object) {
		return Got{Object: r.Object, Length: r.Size}, ErrPrecondition
	}
	offset, length, err := o.Range.of(r.Size)
	if err != nil {
		return Got{}, err
	}
	return Got{Object: r.Object, Offset: offset, Length: length, ReadCloser: b.read(ctx, r.Pieces, offset, length)}, nil
}

// PutOptions are what is put with an object's content.
type PutOptions struct {
	HTTP         HTTP
	Custom       []Field
	StorageClass string    // "" is Standard
	Checksums    Checksums // that the content is to have
	OnlyIf       *Condition
}

// Put stores an object: ErrKeyInvalid, ErrTooLarge, ErrMetadata, ErrDigest, ErrPrecondition.
func (b *Bucket) Put(ctx context.Context, key string, content io.Reader, o PutOptions) (Object, error) {
	if err := checkKey(key); err != nil {
		return Object{}, err
	}
	said := about{o.HTTP, o.Custom, o.StorageClass}
	if err := said.check(); err != nil {
		return Object{}, err
	}
	sums := newSums(o.Checksums)
	pieces, size, err := b.write(ctx, content, sums, MaxObjectBytes)
	if err != nil {
		return Object{}, err
	}
	checksums, err := sums.check(o.Checksums)
	if err != nil {
		b.remove(ctx, pieces)
		return Object{}, err
	}
	r := &record{b.object(key, said), pieces}
	r.Size, r.ETag, r.Checksums = size, checksums.MD5, checksums
	err = b.replace(ctx, r, o.OnlyIf, nil, nil)
	if err != nil {
		b.remove(ctx, pieces)
	}
	return r.Object, err
}

// object is one that is put now.
func (b *Bucket) object(key string, said about) Object {
	return Object{
		Key: key, Version: newID(), Uploaded: b.all.o.Now().UTC(),
		HTTP: said.HTTP, Custom: said.Custom, StorageClass: said.StorageClass,
	}
}

// replace makes r the object of its key, in one step with other changes, if the condition holds.
func (b *Bucket) replace(ctx context.Context, r *record, onlyIf *Condition, set map[string][]byte, remove []string) error {
	former, err := b.swap(ctx, r, onlyIf, set, remove)
	if err == nil && former != nil {
		b.remove(ctx, former.Pieces)
	}
	return err
}

// swap is replace, and returns the object before.
func (b *Bucket) swap(ctx context.Context, r *record, onlyIf *Condition, set map[string][]byte, remove []string) (former *record, err error) {
	lock := &b.locks[b.stripe(r.Key)]
	lock.Lock()
	defer lock.Unlock()
	if b.deleted {
		return nil, ErrBucketNotFound
	}
	var before *Object
	switch former, err = b.find(ctx, r.Key); {
	case err == nil:
		before = &former.Object
	case !errors.Is(err, ErrNoSuchKey):
		return nil, err
	}
	if !onlyIf.holds(before) {
		return nil, ErrPrecondition
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{b.key(keyObject + r.Key): text}
	maps.Copy(all, set)
	if err := b.all.records.Apply(ctx, all, remove); err != nil {
		return nil, fmt.Errorf("record an object: %w", err)
	}
	return former, nil
}

// Delete removes objects, in one step. Those that are not there are no error.
func (b *Bucket) Delete(ctx context.Context, keys ...string) error {
	var locks []int
	for _, key := range keys {
		if err := checkKey(key); err != nil {
			return err
		}
		locks = append(locks, b.stripe(key))
	}
	slices.Sort(locks) // all take them in one order
	for _, i := range slices.Compact(locks) {
		b.locks[i].Lock()
		defer b.locks[i].Unlock()
	}
	var records []string
	var pieces []piece
	for _, key := range keys {
		r, err := b.find(ctx, key)
		if errors.Is(err, ErrNoSuchKey) {
			continue
		}
		if err != nil {
			return err
		}
		records, pieces = append(records, b.key(keyObject+key)), append(pieces, r.Pieces...)
	}
	if len(records) == 0 {
		return nil
	}
	if err := b.all.records.Apply(ctx, nil, records); err != nil {
		return fmt.Errorf("remove objects: %w", err)
	}
	b.remove(ctx, pieces)
	return nil
}

// sweep removes what a killed process left: pieces that no record names, and multipart uploads that
// nobody has ended for a week. The caller lets nobody use the bucket meanwhile.
func (b *Bucket) sweep(ctx context.Context) error {
	if err := b.sweepUploads(ctx); err != nil {
		return err
	}
	named := map[string]bool{}
	err := b.all.records.Scan(ctx, b.key(""), func(key string, text []byte) error {
		var r struct {
			Pieces []piece `json:"pieces"`
		}
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("record %s: %w", strings.TrimPrefix(key, b.key("")), err)
		}
		for _, p := range r.Pieces {
			named[p.ID] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for q := (kv.ListQuery{}); ; {
		page, err := b.content.List(ctx, q)
		if err != nil {
			return fmt.Errorf("list pieces: %w", err)
		}
		var orphans []piece
		for _, k := range page.Keys {
			if !named[k.Name] {
				orphans = append(orphans, piece{ID: k.Name})
			}
		}
		b.remove(ctx, orphans)
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return nil
		}
	}
}
