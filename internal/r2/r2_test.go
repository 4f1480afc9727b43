package r2_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/r2"
)

const mib = 1 << 20

// store is what keeps a bucket, in memory or on disk.
type store interface {
	r2.Records
	r2.Data
}

// find has one bucket, of the account a.
func find(_ context.Context, account, name string) (string, error) {
	if account != "a" || name != "bucket" {
		return "", r2.ErrBucketNotFound
	}
	return "0123", nil
}

func open(t testing.TB, s store) (*r2.Buckets, *r2.Bucket) {
	t.Helper()
	all := r2.Open(s, s, r2.Options{Find: find})
	b, err := all.Bucket(t.Context(), "a", "bucket")
	if err != nil {
		t.Fatal(err)
	}
	return all, b
}

func openDisk(t testing.TB, dir string) *pebblekv.Store {
	t.Helper()
	s, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// content is size bytes that depend on a seed, without being in memory.
func content(seed uint64, size int64) io.Reader {
	var key [32]byte
	key[0] = byte(seed)
	return io.LimitReader(rand.NewChaCha8(key), size)
}

func put(t testing.TB, b *r2.Bucket, key, value string) r2.Object {
	t.Helper()
	o, err := b.Put(t.Context(), key, strings.NewReader(value), r2.PutOptions{})
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	return o
}

func get(t testing.TB, b *r2.Bucket, key string) string {
	t.Helper()
	o, err := b.Get(t.Context(), key, r2.GetOptions{})
	if err != nil {
		return err.Error()
	}
	defer o.Close()
	text, err := io.ReadAll(o)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	return string(text)
}

// pieces counts what a bucket's content takes.
func pieces(t testing.TB, s store) int {
	t.Helper()
	page, err := s.Namespace("r2-0123").List(t.Context(), kv.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Keys)
}

// What is replaced or removed gives its room back, but not before those who read it have read it.
func TestRoomComesBack(t *testing.T) {
	s := memkv.New(memkv.Options{})
	_, b := open(t, s)
	put(t, b, "k", "one")
	o, err := b.Get(t.Context(), "k", r2.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, b, "k", "two")
	if got := pieces(t, s); got != 2 {
		t.Errorf("while the old object is read there are %d pieces, want 2", got)
	}
	if text, err := io.ReadAll(o); err != nil || string(text) != "one" {
		t.Errorf("read %q, %v while it was replaced; want what was there", text, err)
	}
	if err := errors.Join(o.Close(), o.Close()); err != nil {
		t.Error(err)
	}
	if got := pieces(t, s); got != 1 {
		t.Errorf("after it was read there are %d pieces, want 1", got)
	}
	if err := b.Delete(t.Context(), "k", "nothing"); err != nil {
		t.Fatal(err)
	}
	if got := pieces(t, s); got != 0 {
		t.Errorf("after delete there are %d pieces, want none", got)
	}
}

// broken fails after some bytes.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// A put that fails leaves what was there, and nothing of its own.
func TestPutWholeOrNotAtAll(t *testing.T) {
	s := memkv.New(memkv.Options{})
	_, b := open(t, s)
	put(t, b, "k", "before")
	for name, row := range map[string]struct {
		content io.Reader
		options r2.PutOptions
		want    error
	}{
		"breaks off":     {broken{content(1, 9*mib)}, r2.PutOptions{}, r2.ErrArgument},
		"wrong checksum": {content(1, 9*mib), r2.PutOptions{Checksums: r2.Checksums{SHA1: "00"}}, r2.ErrDigest},
		"condition":      {content(1, 9*mib), r2.PutOptions{OnlyIf: &r2.Condition{Matches: []r2.ETag{{Value: "other"}}}}, r2.ErrPrecondition},
		"metadata":       {content(1, 9*mib), r2.PutOptions{Custom: []r2.Field{{Name: "k", Value: strings.Repeat("v", r2.MaxMetadataLength)}}}, r2.ErrMetadata},
		"storage class":  {content(1, 9*mib), r2.PutOptions{StorageClass: "Cold"}, r2.ErrArgument},
	} {
		if _, err := b.Put(t.Context(), "k", row.content, row.options); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
		if got := get(t, b, "k"); got != "before" || pieces(t, s) != 1 {
			t.Errorf("%s: the object is %q in %d pieces, want what was there, in 1", name, got, pieces(t, s))
		}
	}
}

// Of many who put if nothing is there, one succeeds.
func TestConditionsAreAtomic(t *testing.T) {
	s := memkv.New(memkv.Options{})
	_, b := open(t, s)
	var all sync.WaitGroup
	results := make(chan error, 16)
	for i := range cap(results) {
		all.Go(func() {
			_, err := b.Put(t.Context(), "k", strings.NewReader(fmt.Sprint(i)), r2.PutOptions{OnlyIf: &r2.Condition{DoesNotMatch: []r2.ETag{{Wildcard: true}}}})
			results <- err
		})
	}
	all.Wait()
	close(results)
	succeeded := 0
	for err := range results {
		switch {
		case err == nil:
			succeeded++
		case !errors.Is(err, r2.ErrPrecondition):
			t.Errorf("got %v, want %v", err, r2.ErrPrecondition)
		}
	}
	if succeeded != 1 || pieces(t, s) != 1 {
		t.Errorf("%d puts succeeded and left %d pieces, want 1 and 1", succeeded, pieces(t, s))
	}
}

// large is the size of an object that does not fit into what may be allocated for it.
var large int64 = 128 * mib

// An object is many times larger than what putting and reading it takes of memory.
func TestLargeObjectsAreStreamed(t *testing.T) {
	s := openDisk(t, t.TempDir())
	_, b := open(t, s)
	size := large
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sum := md5.New()
	o, err := b.Put(t.Context(), "large", io.TeeReader(content(1, size), sum), r2.PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := hex.EncodeToString(sum.Sum(nil)); o.ETag != want || o.Size != size {
		t.Errorf("put %d bytes with ETag %s, want %d with %s", o.Size, o.ETag, size, want)
	}
	got, err := b.Get(t.Context(), "large", r2.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	read := md5.New()
	if n, err := io.Copy(read, got); err != nil || n != size || hex.EncodeToString(read.Sum(nil)) != o.ETag {
		t.Errorf("read %d bytes, %v, with another checksum than was put", n, err)
	}
	runtime.ReadMemStats(&after)
	if all := after.TotalAlloc - before.TotalAlloc; all > uint64(size)/2 && large == 128*mib { // of all that was ever allocated: much less is in use at a time
		t.Errorf("putting and reading %d MiB allocated %d MiB", size/mib, all/mib)
	}
	offset, length := int64(8*mib-2), int64(4)
	part, err := b.Get(t.Context(), "large", r2.GetOptions{Range: r2.Range{Offset: &offset, Length: &length}})
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	text, err := io.ReadAll(part)
	want := make([]byte, length)
	whole := content(1, size)
	_, _ = io.CopyN(io.Discard, whole, offset)
	_, _ = io.ReadFull(whole, want)
	if err != nil || !bytes.Equal(text, want) {
		t.Errorf("4 bytes over the end of a piece: got %x, %v; want %x", text, err, want)
	}
}

func TestDeleteBucket(t *testing.T) {
	s := memkv.New(memkv.Options{})
	all, b := open(t, s)
	put(t, b, "k", "v")
	if _, err := b.CreateUpload(t.Context(), "u", r2.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	removed := false
	remove := func() error { removed = true; return nil }
	if err := all.Delete(t.Context(), "a", "bucket", remove); !errors.Is(err, r2.ErrNotEmpty) || removed {
		t.Errorf("delete of a bucket with an object: got %v, removed %v; want %v", err, removed, r2.ErrNotEmpty)
	}
	if err := b.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if err := all.Delete(t.Context(), "a", "bucket", remove); err != nil || !removed {
		t.Errorf("delete of an empty bucket: %v, removed %v", err, removed)
	}
	if _, err := b.Put(t.Context(), "k", strings.NewReader("v"), r2.PutOptions{}); !errors.Is(err, r2.ErrBucketNotFound) {
		t.Errorf("put into a deleted bucket: got %v, want %v", err, r2.ErrBucketNotFound)
	}
	left := 0
	if err := s.Scan(t.Context(), "r2/", func(string, []byte) error { left++; return nil }); err != nil || left > 0 {
		t.Errorf("%d records are left of a deleted bucket, %v", left, err)
	}
	if _, err := all.Bucket(t.Context(), "b", "bucket"); !errors.Is(err, r2.ErrBucketNotFound) {
		t.Errorf("the bucket of another account: got %v, want %v", err, r2.ErrBucketNotFound)
	}
}

// Uploads in parts that nobody ended are forgotten after a week, with what they hold.
func TestForgottenUploads(t *testing.T) {
	s := memkv.New(memkv.Options{})
	_, b := open(t, s)
	id, err := b.CreateUpload(t.Context(), "k", r2.PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.UploadPart(t.Context(), "k", id, 1, strings.NewReader("part")); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ days, pieces int }{{6, 1}, {8, 0}} {
		later := r2.Open(s, s, r2.Options{Find: find, Now: func() time.Time { return time.Now().AddDate(0, 0, row.days) }})
		if _, err := later.Bucket(t.Context(), "a", "bucket"); err != nil {
			t.Fatal(err)
		}
		if got := pieces(t, s); got != row.pieces {
			t.Errorf("after %d days there are %d pieces, want %d", row.days, got, row.pieces)
		}
	}
}
