package kvtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
)

// streams opens a namespace in both of its forms.
func (s suite) streams(t *testing.T) (kv.Namespace, kv.Streamer) {
	t.Helper()
	ns := s.open(t)
	streams, ok := ns.(kv.Streamer)
	if !ok {
		t.Fatalf("%T does not implement kv.Streamer", ns)
	}
	return ns, streams
}

// begin begins an upload that is closed when the test ends, at the latest.
func begin(t *testing.T, streams kv.Streamer, key string) kv.Upload {
	t.Helper()
	u, err := streams.Upload(t.Context(), key)
	if err != nil {
		t.Fatalf("Upload(%q): %v", key, err)
	}
	t.Cleanup(func() { u.Close() })
	return u
}

func write(t *testing.T, u kv.Upload, value []byte) {
	t.Helper()
	if n, err := io.Copy(u, bytes.NewReader(value)); err != nil || n != int64(len(value)) {
		t.Fatalf("write of %d bytes: wrote %d, %v", len(value), n, err)
	}
}

func finish(t *testing.T, u kv.Upload, item kv.Item) {
	t.Helper()
	if err := errors.Join(u.Commit(item.Metadata, item.Expiration), u.Close()); err != nil {
		t.Fatalf("Commit, Close: %v", err)
	}
}

// stream opens a value that is closed when the test ends, at the latest.
func stream(t *testing.T, streams kv.Streamer, key string) kv.Stream {
	t.Helper()
	opened, err := streams.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("Open(%q): %v", key, err)
	}
	t.Cleanup(func() { opened.Value.Close() })
	return opened
}

// drain reads what is left of a stream.
func drain(opened kv.Stream) (kv.Item, error) {
	var value bytes.Buffer
	_, err := io.Copy(&value, opened.Value)
	return kv.Item{Value: value.Bytes(), Metadata: opened.Metadata, Expiration: opened.Expiration}, errors.Join(err, opened.Value.Close())
}

// streamSizes lie around what stores may cut values at.
var streamSizes = []int{0, 1, 288, 128<<10 - 1, 128 << 10, 128<<10 + 1, 256 << 10, 256<<10 + 1, 1_000_003, 4 << 20}

func (s suite) testStreams(t *testing.T) {
	ns, streams := s.streams(t)
	for _, size := range streamSizes {
		t.Run(fmt.Sprint(size, " bytes"), func(t *testing.T) {
			want := kv.Item{Value: noise(size), Metadata: json.RawMessage(`{"n":1}`), Expiration: s.now().Add(time.Hour).Unix()}
			u := begin(t, streams, "uploaded")
			write(t, u, want.Value)
			finish(t, u, want)
			wantItem(t, ns, "uploaded", want)

			mustPut(t, ns, kv.Pair{Key: "put", Item: want})
			for _, key := range []string{"uploaded", "put"} {
				opened := stream(t, streams, key)
				if opened.Size != int64(size) {
					t.Errorf("Open(%q): size %d, want %d", key, opened.Size, size)
				}
				got, err := drain(opened)
				if diff := diffItem(got, want); err != nil || diff != "" {
					t.Errorf("Open(%q): %v; %s", key, err, diff)
				}
			}
		})
	}
	t.Run("in pieces of all sizes", func(t *testing.T) {
		want := kv.Item{Value: noise(700 << 10)}
		u := begin(t, streams, "pieces")
		for rest, n := want.Value, 1; len(rest) > 0; n = n*3 + 1 {
			n := min(n, len(rest))
			if _, err := u.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		finish(t, u, want)
		wantItem(t, ns, "pieces", want)
		opened := stream(t, streams, "pieces")
		got, err := io.ReadAll(iotest.OneByteReader(io.LimitReader(opened.Value, 1000)))
		if err != nil || !bytes.Equal(got, want.Value[:1000]) {
			t.Errorf("the first bytes, one by one: got %.20q…, %v; want %.20q…", got, err, want.Value)
		}
		rest, err := drain(opened)
		if err != nil || !bytes.Equal(rest.Value, want.Value[1000:]) {
			t.Errorf("the rest: got %d bytes, %v; want %d", len(rest.Value), err, len(want.Value)-1000)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		large, small := kv.Item{Value: noise(200 << 10)}, kv.Item{Value: []byte("s"), Metadata: json.RawMessage(`{"n":2}`), Expiration: s.now().Add(time.Hour).Unix()}
		mustPut(t, ns, kv.Pair{Key: "many/large", Item: large}, kv.Pair{Key: "many/small", Item: small})
		keys := []string{"many/", "many/large", "many/small", "many/large", "many/zzz"}
		opened, err := streams.OpenMany(t.Context(), keys)
		if err != nil || len(opened) != len(keys) {
			t.Fatalf("OpenMany(%q): %d, %v", keys, len(opened), err)
		}
		for i, want := range []*kv.Item{nil, &large, &small, &large, nil} {
			if opened[i] == nil || want == nil {
				if opened[i] != nil || want != nil {
					t.Errorf("%q: got %v, want %v", keys[i], opened[i], want)
				}
				continue
			}
			got, err := drain(*opened[i])
			if diff := diffItem(got, *want); err != nil || diff != "" {
				t.Errorf("%q: %v; %s", keys[i], err, diff)
			}
		}
	})
	t.Run("of a key that is not there", func(t *testing.T) {
		_, err := streams.Open(t.Context(), "missing")
		wantError(t, "Open", err, kv.ErrKeyNotFound)
	})
	t.Run("of a key outside the rules", func(t *testing.T) {
		_, err := streams.Open(t.Context(), "..")
		wantError(t, "Open", err, kv.ErrKeyInvalid)
		_, err = streams.OpenMany(t.Context(), []string{"fine", ".."})
		wantError(t, "OpenMany", err, kv.ErrKeyInvalid)
		_, err = streams.Upload(t.Context(), "..")
		wantError(t, "Upload", err, kv.ErrKeyInvalid)
	})
}

// testUploadUnseen: until Commit, and without it, nothing has happened.
func (s suite) testUploadUnseen(t *testing.T) {
	ns, streams := s.streams(t)
	before := kv.Item{Value: noise(300 << 10), Metadata: json.RawMessage(`"before"`)}
	mustPut(t, ns, kv.Pair{Key: "there", Item: before})
	for name, end := range map[string]func(t *testing.T, u kv.Upload) error{
		"given up":            func(t *testing.T, u kv.Upload) error { return errors.New("no Commit") },
		"metadata is no JSON": func(t *testing.T, u kv.Upload) error { return u.Commit(json.RawMessage(`{`), 0) },
		"expired already":     func(t *testing.T, u kv.Upload) error { return u.Commit(nil, 1) },
		"too large": func(t *testing.T, u kv.Upload) error {
			_, err := io.Copy(u, bytes.NewReader(noise(kv.MaxValueBytes)))
			wantError(t, "write of more than the largest value", err, kv.ErrValueTooLarge)
			return err
		},
		"the source fails": func(t *testing.T, u kv.Upload) error {
			_, err := io.Copy(u, io.MultiReader(bytes.NewReader(noise(200<<10)), iotest.ErrReader(io.ErrUnexpectedEOF)))
			wantError(t, "copy from a source that fails", err, io.ErrUnexpectedEOF)
			return err
		},
	} {
		for _, key := range []string{"there", "new"} {
			t.Run(name+", key "+key, func(t *testing.T) {
				u := begin(t, streams, key)
				write(t, u, noise(400<<10))
				wantItem(t, ns, "there", before)
				wantGone(t, ns, "new")
				if err := end(t, u); err == nil {
					t.Error("no error")
				}
				for range 2 {
					if err := u.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
				wantItem(t, ns, "there", before)
				wantGone(t, ns, "new")
			})
		}
	}
	t.Run("its context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		u, err := streams.Upload(ctx, "new")
		if err != nil {
			t.Fatal(err)
		}
		defer u.Close()
		write(t, u, noise(400<<10))
		cancel()
		wantError(t, "Commit", u.Commit(nil, 0), context.Canceled)
		wantGone(t, ns, "new")
	})
}

// testStreamHolds: a value that is read stays what it was.
func (s suite) testStreamHolds(t *testing.T) {
	ns, streams := s.streams(t)
	for name, change := range map[string]func() error{
		"overwritten": func() error { return ns.Put(t.Context(), pair("key", "new")) },
		"replaced by an upload": func() error {
			u, err := streams.Upload(t.Context(), "key")
			if err != nil {
				return err
			}
			defer u.Close()
			_, err = u.Write(bytes.Repeat([]byte("other "), 100_000))
			return errors.Join(err, u.Commit(nil, 0))
		},
		"deleted": func() error { return ns.Delete(t.Context(), "key") },
	} {
		t.Run(name, func(t *testing.T) {
			want := kv.Item{Value: noise(3 << 20), Metadata: json.RawMessage(`1`)}
			mustPut(t, ns, kv.Pair{Key: "key", Item: want})
			opened := stream(t, streams, "key")
			first := make([]byte, 200<<10)
			if _, err := io.ReadFull(opened.Value, first); err != nil {
				t.Fatal(err)
			}
			if err := change(); err != nil {
				t.Fatal(err)
			}
			got, err := drain(opened)
			got.Value = append(first, got.Value...)
			if diff := diffItem(got, want); err != nil || diff != "" {
				t.Errorf("%v; %s", err, diff)
			}
		})
	}
}

// testStreamsTogether has several upload one key at a time, while others read it.
func (s suite) testStreamsTogether(t *testing.T) {
	_, streams := s.streams(t)
	const size = 500 << 10
	upload := func(n int) error {
		u, err := streams.Upload(t.Context(), "key")
		if err != nil {
			return err
		}
		defer u.Close()
		piece := bytes.Repeat([]byte{byte(n)}, size/10)
		for range 10 {
			if _, err := u.Write(piece); err != nil {
				return err
			}
		}
		return u.Commit(json.RawMessage(fmt.Sprint(n)), 0)
	}
	if err := upload(0); err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	for w := range 3 {
		g.Go(func() error {
			for i := range 5 {
				if err := upload(10*w + i); err != nil {
					return err
				}
			}
			return nil
		})
		g.Go(func() error {
			for range 10 {
				opened, err := streams.Open(t.Context(), "key")
				if err != nil {
					return err
				}
				got, err := drain(opened)
				if err != nil {
					return err
				}
				if len(got.Value) != size || fmt.Sprint(got.Value[0]) != string(got.Metadata) ||
					!bytes.Equal(got.Value, bytes.Repeat(got.Value[:1], size)) {
					return fmt.Errorf("got %d bytes that begin with %d, metadata %s: want those of one upload", len(got.Value), got.Value[0], got.Metadata)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}
