package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

const (
	benchKeys   = 10_000
	valueBytes  = 288 // the median value in Workers KV
	connections = 8
)

// side is one of the two servers under load.
type side struct {
	url   func(key string) string
	token string
}

// measureREST puts the same load on bindery's API and on a bare handler, in turns.
// Each has a store of its own on the same disk.
func measureREST(ctx context.Context, dir string, rounds int, turn time.Duration) ([]row, error) {
	ours, stop, err := startBindery(ctx, filepath.Join(dir, "rest"))
	if err != nil {
		return nil, err
	}
	defer stop()
	bare, stop, err := startBare(filepath.Join(dir, "bare"))
	if err != nil {
		return nil, err
	}
	defer stop()

	get := row{what: "REST get", peerName: "bare handler", better: "higher"}
	put := row{what: "REST put", peerName: "bare handler", better: "higher"}
	get.ours.unit, get.peer.unit, put.ours.unit, put.peer.unit = "ops/s", "ops/s", "ops/s", "ops/s"
	for _, s := range []side{ours, bare} {
		if err := fill(ctx, s); err != nil {
			return nil, err
		}
	}
	for range rounds {
		for _, one := range []struct {
			method string
			s      side
			into   *samples
		}{
			{http.MethodGet, ours, &get.ours}, {http.MethodGet, bare, &get.peer},
			{http.MethodPut, ours, &put.ours}, {http.MethodPut, bare, &put.peer},
		} {
			rate, err := load(ctx, one.s, one.method, turn)
			if err != nil {
				return nil, err
			}
			one.into.add(rate)
		}
	}
	return []row{get, put}, nil
}

func startBindery(ctx context.Context, dir string) (side, func(), error) {
	srv, err := server.Open(server.Options{Data: dir})
	if err != nil {
		return side{}, nil, err
	}
	stop := func() { srv.Close() }
	account, err := srv.Platform().EnsureAccount(ctx, "bench", "")
	if err != nil {
		return side{}, stop, err
	}
	ns, err := srv.Platform().CreateNamespace(ctx, account.ID, "", "bench")
	if err != nil {
		return side{}, stop, err
	}
	token, _, err := srv.Platform().CreateToken(ctx, platform.TokenInfo{Name: "bench", Accounts: []string{account.ID}, Permission: platform.Edit})
	if err != nil {
		return side{}, stop, err
	}
	if err := srv.Listen(); err != nil {
		return side{}, stop, err
	}
	base := srv.BaseURL() + "/accounts/" + account.ID + "/storage/kv/namespaces/" + ns.ID + "/values/"
	return side{url: func(key string) string { return base + key }, token: token}, stop, nil
}

// startBare serves GET and PUT of /KEY over a store with nothing in between.
func startBare(dir string) (side, func(), error) {
	store, err := pebblekv.Open(pebblekv.Options{Dir: dir})
	if err != nil {
		return side{}, nil, err
	}
	ns := store.Namespace("00000000000000000000000000000000")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{key}", func(w http.ResponseWriter, r *http.Request) {
		item, err := ns.Get(r.Context(), r.PathValue("key"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		w.Write(item.Value)
	})
	mux.HandleFunc("PUT /{key}", func(w http.ResponseWriter, r *http.Request) {
		value, err := io.ReadAll(r.Body)
		if err == nil {
			err = ns.Put(r.Context(), kv.Pair{Key: r.PathValue("key"), Item: kv.Item{Value: value}})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	srv := httptest.NewServer(mux)
	return side{url: func(key string) string { return srv.URL + "/" + key }}, func() { srv.Close(); store.Close() }, nil
}

func fill(ctx context.Context, s side) error {
	client := newClient()
	defer client.CloseIdleConnections()
	keys := make(chan int)
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range 4 * connections {
		wg.Go(func() {
			for i := range keys {
				if err := request(ctx, client, s, http.MethodPut, strconv.Itoa(i)); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	for i := range benchKeys {
		keys <- i
	}
	close(keys)
	wg.Wait()
	if err := failed.Load(); err != nil {
		return fmt.Errorf("fill: %w", *err)
	}
	return nil
}

// load keeps all connections busy for one turn and returns requests a second.
func load(ctx context.Context, s side, method string, turn time.Duration) (float64, error) {
	client := newClient()
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, turn)
	defer cancel()
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	for range connections {
		wg.Go(func() {
			for ctx.Err() == nil {
				err := request(ctx, client, s, method, strconv.Itoa(rand.IntN(benchKeys)))
				if err != nil && ctx.Err() == nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(start).Seconds(), nil
}

var value = bytes.Repeat([]byte("v"), valueBytes)

// methodList is a get whose answer is no value.
const methodList = "LIST"

func request(ctx context.Context, client *http.Client, s side, method, key string) error {
	var body io.Reader
	if method == http.MethodPut {
		body = bytes.NewReader(value)
	}
	list := method == methodList
	if list {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url(key), body)
	if err != nil {
		return err
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, key, resp.Status)
	}
	if method == http.MethodGet && !list && n != valueBytes {
		return errors.New("a get returned other bytes")
	}
	return nil
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4 * connections, DisableCompression: true}}
}
