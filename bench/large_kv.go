package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// fewKeys is the namespace that a large one is compared with.
const fewKeys = 10_000

// opsATurn of get and put; pages are fewer.
const opsATurn = 5_000

// measureLargeKV compares a namespace of many keys with one of few, on a server each: what
// a list page, a get and a put cost in processor time of the whole process, client
// included, in turns. Then it starts `bindery serve` on the many, that have settled.
func measureLargeKV(ctx context.Context, bindery, dir string, keys, rounds int) ([]row, error) {
	many, err := fillNamespace(ctx, filepath.Join(dir, "many"), keys)
	if err != nil {
		return nil, err
	}
	few, err := fillNamespace(ctx, filepath.Join(dir, "few"), fewKeys)
	if err != nil {
		return nil, err
	}
	for _, n := range []*namespace{many, few} {
		if err := n.open(ctx); err != nil {
			return nil, err
		}
		defer n.server.Close()
	}
	var rows []row
	for _, one := range []struct {
		what string
		ops  int
		do   func(*namespace, context.Context) error
	}{
		{"get", opsATurn, (*namespace).get},
		{"put", opsATurn, (*namespace).put},
		{"list page of 1000", opsATurn / 50, (*namespace).list},
	} {
		r := row{
			what:     fmt.Sprintf("REST %s, %d keys, processor time", one.what, keys),
			peerName: fmt.Sprintf("%d keys", fewKeys), better: "lower",
			ours: samples{unit: "µs"}, peer: samples{unit: "µs"},
		}
		for round := range rounds + 1 {
			for _, side := range []struct {
				n    *namespace
				into *samples
			}{{many, &r.ours}, {few, &r.peer}} {
				cost, err := processorTime(func() error {
					for range one.ops {
						if err := one.do(side.n, ctx); err != nil {
							return fmt.Errorf("%s: %w", one.what, err)
						}
					}
					return nil
				})
				if err != nil {
					return nil, err
				}
				if round > 0 { // the first warms the caches
					side.into.add(float64(cost.Microseconds()) / float64(one.ops))
				}
			}
		}
		rows = append(rows, r)
	}
	if err := many.server.Close(); err != nil {
		return nil, err
	}
	start := row{what: fmt.Sprintf("start until the first answer, %d keys", keys), better: "lower"}
	idle := row{what: fmt.Sprintf("idle memory, %d keys", keys), better: "lower"}
	start.ours.unit, idle.ours.unit = "ms", "MiB"
	for range rounds {
		if err := startAndRest(ctx, exec.Command(bindery, "serve", "--data", many.dir, "--listen", "127.0.0.1:0"), &start.ours, &idle.ours); err != nil {
			return nil, fmt.Errorf("bindery serve: %w", err)
		}
	}
	return append(rows, start, idle), nil
}

// namespace is one in a data folder of its own.
type namespace struct {
	dir   string
	path  string // of the namespace, on a server
	token string
	keys  int

	server *server.Server // nil until open
	client *http.Client   // nil until open, or served
	url    string         // of the namespace
}

func largeKey(i int) string { return fmt.Sprintf("user:%010d", i*7919%10_000_000_000) }

// fillNamespace makes a data folder with one namespace, and puts keys straight into it.
func fillNamespace(ctx context.Context, dir string, keys int) (*namespace, error) {
	srv, err := server.Open(server.Options{Data: dir})
	if err != nil {
		return nil, err
	}
	account, err := srv.Platform().EnsureAccount(ctx, "bench", "")
	if err != nil {
		return nil, errors.Join(err, srv.Close())
	}
	ns, err := srv.Platform().CreateNamespace(ctx, account.ID, "", "bench")
	if err != nil {
		return nil, errors.Join(err, srv.Close())
	}
	data, err := srv.Platform().Namespace(ctx, account.ID, ns.ID)
	if err != nil {
		return nil, errors.Join(err, srv.Close())
	}
	begin := time.Now()
	for first := 0; first < keys; first += kv.MaxBulkPut {
		pairs := make([]kv.Pair, 0, kv.MaxBulkPut)
		for i := first; i < min(first+kv.MaxBulkPut, keys); i++ {
			pairs = append(pairs, kv.Pair{Key: largeKey(i), Item: kv.Item{Value: randomText(i), Metadata: json.RawMessage(`{"n":` + strconv.Itoa(i) + `}`)}})
		}
		if err := data.(kv.Bulk).PutMany(ctx, pairs); err != nil {
			return nil, errors.Join(err, srv.Close())
		}
	}
	if took := time.Since(begin).Seconds(); keys > fewKeys {
		fmt.Fprintf(os.Stderr, "bench: %d keys put in %.0f s, %.0f a second\n", keys, took, float64(keys)/took)
	}
	token, _, err := srv.Platform().CreateToken(ctx, platform.TokenInfo{Name: "bench", Permission: platform.Edit})
	if err != nil {
		return nil, errors.Join(err, srv.Close())
	}
	path := "/client/v4/accounts/" + account.ID + "/storage/kv/namespaces/" + ns.ID
	return &namespace{dir: dir, path: path, token: token, keys: keys}, srv.Close()
}

// serveNamespace makes a namespace of so many keys and has a `bindery serve` serve it.
func serveNamespace(ctx context.Context, bindery, dir string, keys int) (n *namespace, stop func(), err error) {
	if n, err = fillNamespace(ctx, dir, keys); err != nil {
		return nil, nil, err
	}
	p, err := start(ctx, exec.Command(bindery, "serve", "--data", dir, "--listen", "127.0.0.1:0"))
	if err != nil {
		return nil, nil, err
	}
	n.client, n.url = newClient(bulkConnections), p.url+n.path
	return n, p.stop, nil
}

// randomText is a value that compresses about as well as JSON does.
func randomText(seed int) []byte {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	b := make([]byte, valueBytes)
	for i := range b {
		b[i] = "0123456789abcdef"[rng.IntN(16)]
	}
	return b
}

// open starts a server on the folder and waits until it has settled.
func (n *namespace) open(ctx context.Context) error {
	var err error
	if n.server, err = server.Open(server.Options{Data: n.dir}); err != nil {
		return err
	}
	if err := n.server.Listen(); err != nil {
		return err
	}
	n.client, n.url = newClient(1), n.server.URL()+n.path
	for {
		cost, err := processorTime(func() error {
			select {
			case <-time.After(500 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err != nil || cost < 25*time.Millisecond {
			return err
		}
	}
}

func (n *namespace) values() side {
	return side{url: func(key string) string { return n.url + "/values/" + key }, token: n.token, keys: n.keys}
}

func (n *namespace) get(ctx context.Context) error {
	return request(ctx, n.client, n.values(), http.MethodGet, largeKey(rand.IntN(n.keys)))
}

func (n *namespace) put(ctx context.Context) error {
	return request(ctx, n.client, n.values(), http.MethodPut, largeKey(rand.IntN(n.keys)))
}

// list asks for a page from anywhere in the namespace.
func (n *namespace) list(ctx context.Context) error {
	cursor := kv.MakeCursor("", largeKey(rand.IntN(n.keys/2)))
	s := side{url: func(string) string { return n.url + "/keys?cursor=" + cursor }, token: n.token}
	return request(ctx, n.client, s, methodList, "")
}

// processorTime is what this process spends while f runs.
func processorTime(f func() error) (time.Duration, error) {
	before, err := usage()
	if err != nil {
		return 0, err
	}
	if err := f(); err != nil {
		return 0, err
	}
	after, err := usage()
	return after - before, err
}

func usage() (time.Duration, error) {
	var ru syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano()), err
}
