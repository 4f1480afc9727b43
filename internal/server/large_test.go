package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// pattern is no multiple of what a store cuts values into.
var pattern = []byte(strings.Repeat("0123456789abcdefghijklm", 2000))

// letters yields n bytes of the pattern, and checks that what it is given is it.
type letters struct{ n, at int64 }

func (l *letters) Read(p []byte) (int, error) {
	if l.at == l.n {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), l.n-l.at)]
	n := copy(p, pattern[l.at%int64(len(pattern)):])
	l.at += int64(n)
	return n, nil
}

func (l *letters) Write(p []byte) (int, error) {
	for n := 0; n < len(p); {
		want := pattern[l.at%int64(len(pattern)):]
		want = want[:min(len(want), len(p)-n)]
		if !bytes.Equal(p[n:n+len(want)], want) {
			return n, fmt.Errorf("other bytes than were put, from byte %d on", l.at)
		}
		n += len(want)
		l.at += int64(len(want))
	}
	return len(p), nil
}

// TestLargeValuesTogether: the memory that uploads and downloads take does not depend on
// what they carry. bench has the same with a hundred in a process of its own.
func TestLargeValuesTogether(t *testing.T) {
	const (
		together = 6
		most     = 100 << 20 // of 150 that are under way; under the race detector the cache of 32 MiB and the memtables are on the heap too
	)
	asItIs := func(h http.Handler) http.Handler { return h } // apitest.Check keeps a part of every body
	s := start(t, server.Options{Data: t.TempDir(), Around: asItIs})
	if _, err := s.Platform().EnsureAccount(t.Context(), "test", victimAccount); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Platform().CreateNamespace(t.Context(), victimAccount, victimNamespace, "t"); err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	values := s.BaseURL() + "/accounts/" + victimAccount + "/storage/kv/namespaces/" + victimNamespace + "/values/"

	defer debug.SetGCPercent(debug.SetGCPercent(20)) // what is counted is in use, not garbage
	peak, stop := peakHeap()
	for _, method := range []string{"PUT", "GET"} {
		var g errgroup.Group
		for i := range together {
			g.Go(func() error {
				req, err := http.NewRequest(method, fmt.Sprint(values, i), nil)
				if err != nil {
					return err
				}
				if method == "PUT" {
					req.Body = io.NopCloser(&letters{n: kv.MaxValueBytes})
				}
				req.Header.Set("Authorization", "Bearer "+token)
				res, err := client.Do(req)
				if err != nil {
					return err
				}
				defer res.Body.Close()
				if res.StatusCode != 200 {
					return errors.New(res.Status)
				}
				if method == "PUT" {
					return nil
				}
				got := &letters{}
				if n, err := io.Copy(got, res.Body); err != nil || n != kv.MaxValueBytes {
					return fmt.Errorf("read %d bytes, %v; want %d", n, err, kv.MaxValueBytes)
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
	}
	stop()
	t.Logf("%d MiB at most", *peak>>20)
	if *peak > most {
		t.Errorf("%d MiB were in use for %d values of 25 MiB at a time, want no more than %d", *peak>>20, together, most>>20)
	}
}

// TestLargeValueCutOff: an upload whose client goes away leaves what was there.
func TestLargeValueCutOff(t *testing.T) {
	s := start(t, server.Options{Data: t.TempDir()})
	if _, err := s.Platform().EnsureAccount(t.Context(), "test", victimAccount); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Platform().CreateNamespace(t.Context(), victimAccount, victimNamespace, "t"); err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	key := s.BaseURL() + "/accounts/" + victimAccount + "/storage/kv/namespaces/" + victimNamespace + "/values/key"
	before := strings.Repeat("before ", 50_000)
	if status, body, err := fetch(t, "PUT", key, token, before); err != nil || status != 200 {
		t.Fatalf("put: %d %s, %v", status, body, err)
	}
	for _, length := range []int64{-1, 20 << 20} { // chunked, and with its length said
		req, err := http.NewRequest("PUT", key, io.MultiReader(&letters{n: 5 << 20}, gone{}))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = length
		req.Header.Set("Authorization", "Bearer "+token)
		if _, err := client.Do(req); err == nil {
			t.Fatal("the client did not go away")
		}
		if status, body, err := fetch(t, "GET", key, token, ""); err != nil || status != 200 || body != before {
			t.Errorf("after an upload of length %d was cut off: got %d, %d bytes, %v; want what was there", length, status, len(body), err)
		}
	}
}

// gone is the end of a client.
type gone struct{}

func (gone) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// peakHeap watches the bytes of live and dead objects until stop.
func peakHeap() (peak *uint64, stop func()) {
	peak = new(uint64)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			*peak = max(*peak, sample[0].Value.Uint64())
			select {
			case <-quit:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return peak, func() { close(quit); <-done }
}
