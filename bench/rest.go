package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

const valueBytes = 288 // the median value in Workers KV

// measureREST puts the same load on `bindery serve` and on bare handlers, in turns, each in a process of its own.
func measureREST(ctx context.Context, bindery, dir string, rounds int, turn time.Duration) ([]row, error) {
	ours, stop, err := serveNamespace(ctx, bindery, filepath.Join(dir, "rest"), fewKeys)
	if err != nil {
		return nil, err
	}
	defer stop()
	var rows []row
	for _, one := range []struct{ method, peer, name string }{
		{http.MethodGet, peerBare, "bare handler"},
		{http.MethodPut, peerSynced, "handler doing one synced write"},
	} {
		process, err := startPeer(ctx, one.peer, filepath.Join(dir, one.peer))
		if err != nil {
			return nil, err
		}
		defer process.stop()
		for _, connections := range []int{16, 64} {
			name := fmt.Sprintf("REST %s, %d connections", map[string]string{"GET": "get", "PUT": "put"}[one.method], connections)
			rate := row{what: name, peerName: one.name, better: "higher", ours: samples{unit: "ops/s"}, peer: samples{unit: "ops/s"}}
			p99 := row{what: name + ", 99th percentile", peerName: one.name, better: "bounded", ours: samples{unit: "ms"}, peer: samples{unit: "ms"}}
			err := compete(ctx, one.method, connections, rounds, turn,
				contender{ours.values(), &rate.ours, &p99.ours},
				contender{plain(process, fewKeys), &rate.peer, &p99.peer})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			rows = append(rows, rate, p99)
		}
	}
	return rows, nil
}

// The peers that this program itself is, with -peer.
const (
	peerBare   = "bare"   // answers every request with the same value, from nowhere
	peerSynced = "synced" // writes the body of every request under its path, and syncs
)

func startPeer(ctx context.Context, peer, dir string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, exec.Command(self, "-peer", peer, "-dir", dir))
}

// servePeer is a peer until ctx ends.
func servePeer(ctx context.Context, peer, dir string) error {
	handler := func(w http.ResponseWriter, _ *http.Request) { w.Write(value) }
	switch peer {
	case peerBare:
	case peerSynced:
		db, err := pebble.Open(dir, &pebble.Options{Logger: quiet{}})
		if err != nil {
			return err
		}
		defer db.Close()
		handler = func(w http.ResponseWriter, r *http.Request) {
			value, err := io.ReadAll(r.Body)
			if err == nil {
				err = db.Set([]byte(r.URL.Path), value, pebble.Sync)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}
	default:
		return fmt.Errorf("no peer is named %q: bare and synced are", peer)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: http.HandlerFunc(handler)}
	defer context.AfterFunc(ctx, func() { srv.Close() })()
	fmt.Printf("http://%s\n", l.Addr())
	if err := srv.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// quiet takes what Pebble has to say.
type quiet struct{}

func (quiet) Infof(string, ...any)              {}
func (quiet) Errorf(string, ...any)             {}
func (quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// Calls of a turn, each of the largest size, over so many connections.
const (
	bulkPuts        = 20
	bulkGets        = 500
	listPages       = 500
	bulkConnections = 4
)

// measureBulk has the largest bulk calls and list pages there are. Every bulk put brings keys that are new.
func measureBulk(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	n, stop, err := serveNamespace(ctx, bindery, filepath.Join(dir, "bulk"), 100*fewKeys)
	if err != nil {
		return nil, err
	}
	defer stop()
	list := row{what: "list page of 1000", better: "lower", ours: samples{unit: "ms"}}
	get := row{what: "bulk get of 100 keys", better: "higher", ours: samples{unit: "keys/s"}}
	put := row{what: "bulk put of 10000 pairs, durable", better: "higher", ours: samples{unit: "pairs/s"}}
	for range rounds {
		took, err := repeat(ctx, listPages, 1, func(int) error { return n.list(ctx) })
		if err != nil {
			return nil, err
		}
		list.ours.add(millis(took) / listPages)
	}
	for range rounds {
		took, err := repeat(ctx, bulkGets, bulkConnections, func(int) error { return n.bulkGet(ctx) })
		if err != nil {
			return nil, err
		}
		get.ours.add(bulkGets * kv.MaxBulkGet / took.Seconds())
	}
	for range rounds {
		bodies := make([][]byte, bulkPuts)
		for i := range bodies {
			if bodies[i], err = pairs(n.keys, kv.MaxBulkPut); err != nil {
				return nil, err
			}
			n.keys += kv.MaxBulkPut
		}
		took, err := repeat(ctx, bulkPuts, bulkConnections, func(i int) error {
			_, err := send(ctx, n.client, http.MethodPut, n.url+"/bulk", n.token, bodies[i])
			return err
		})
		if err != nil {
			return nil, err
		}
		put.ours.add(bulkPuts * kv.MaxBulkPut / took.Seconds())
	}
	return []row{list, get, put}, nil
}

// repeat calls do so many times, over so many connections, and says how long that took.
func repeat(ctx context.Context, times, connections int, do func(i int) error) (time.Duration, error) {
	begin := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(connections)
	for i := range times {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return do(i)
		})
	}
	err := g.Wait()
	return time.Since(begin), err
}

// pairs is the body of a bulk put.
func pairs(first, count int) ([]byte, error) {
	all := make([]wire.BulkPair, count)
	for i := range all {
		text := string(randomText(first + i))
		all[i] = wire.BulkPair{Key: largeKey(first + i), Value: &text}
	}
	return json.Marshal(all)
}

// bulkGet asks for keys from anywhere.
func (n *namespace) bulkGet(ctx context.Context) error {
	asked := wire.BulkGetRequest{Keys: make([]string, kv.MaxBulkGet)}
	for i := range asked.Keys {
		asked.Keys[i] = largeKey(rand.IntN(n.keys))
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	got, err := send(ctx, n.client, http.MethodPost, n.url+"/bulk/get", n.token, body)
	if err == nil && got < kv.MaxBulkGet*valueBytes*9/10 { // a key may be asked for twice
		err = fmt.Errorf("a bulk get returned %d bytes", got)
	}
	return err
}
