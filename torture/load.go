package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
)

// keysOfEach is how many keys a worker writes to: few, so that they are overwritten
// and deleted often.
const keysOfEach = 40

// worker is a client that writes to a namespace of its own, one request after the
// other: what is in doubt is its last write alone.
type worker struct {
	ledger  *ledger
	id      int
	rng     *rand.Rand
	n       int // versions given out
	ns      *space
	entries map[string]*entry
	passing []*space // namespaces that come and go
	titles  int
}

// space is a namespace with the state that it is in.
type space struct {
	title string
	id    string // "" until the server has said it
	state state
	holds []*entry
}

type state string

const (
	creating state = "being created"
	live     state = "created"
	deleting state = "being deleted"
)

func newLedger(seed uint64, workers int) *ledger {
	l := &ledger{}
	for id := range workers {
		w := &worker{
			ledger: l, id: id, rng: rand.New(rand.NewPCG(seed, uint64(id)+1)),
			ns: &space{title: fmt.Sprintf("worker %d", id), state: creating}, entries: map[string]*entry{},
		}
		for i := range keysOfEach {
			key := fmt.Sprintf("%d/%d", id, i)
			w.entries[key] = &entry{key: key, may: []*version{nil}}
		}
		l.workers = append(l.workers, w)
	}
	return l
}

// load lets the workers work and kills the server after a while. An error of the
// server while it lives is one of the campaign.
func (l *ledger) load(ctx context.Context, s *victim, token string, round int, after time.Duration) error {
	timer := time.AfterFunc(after, s.kill)
	defer timer.Stop()
	var g errgroup.Group
	for _, w := range l.workers {
		g.Go(func() error {
			client := s.client(token)
			defer client.Close()
			for ctx.Err() == nil {
				if err := w.step(ctx, client, round); err != nil {
					if s.killed.Load() {
						return nil
					}
					// The connection may break a moment before we hear of the kill.
					time.Sleep(100 * time.Millisecond)
					if s.killed.Load() {
						return nil
					}
					return brokenf("worker %d: the living server answered: %w", w.id, err)
				}
			}
			return ctx.Err()
		})
	}
	err := g.Wait()
	s.kill()
	return err
}

// step is one request, mostly.
func (w *worker) step(ctx context.Context, c *cloudflare.Client, round int) error {
	if w.ns.state != live {
		return w.create(ctx, c, w.ns)
	}
	ns := c.Namespace(account, w.ns.id)
	e := w.entries[fmt.Sprintf("%d/%d", w.id, w.rng.IntN(keysOfEach))]
	switch dice := w.rng.IntN(100); {
	case dice < 50:
		return w.write(round, "put", []*entry{e}, []*version{w.version(e.key)}, func(v []kv.Pair) error { return ns.Put(ctx, v[0]) })
	case dice < 62:
		return w.write(round, "delete", []*entry{e}, []*version{nil}, func([]kv.Pair) error { return ns.Delete(ctx, e.key) })
	case dice < 74:
		some := w.some()
		versions := make([]*version, len(some))
		for i, e := range some {
			versions[i] = w.version(e.key)
			versions[i].size %= 10_000
		}
		return w.write(round, "bulk put", some, versions, func(v []kv.Pair) error { return ns.(kv.Bulk).PutMany(ctx, v) })
	case dice < 79:
		some := w.some()
		keys := make([]string, len(some))
		for i, e := range some {
			keys[i] = e.key
		}
		return w.write(round, "bulk delete", some, make([]*version, len(some)), func([]kv.Pair) error { return ns.(kv.Bulk).DeleteMany(ctx, keys) })
	case dice < 88:
		return e.get(ctx, ns)
	case dice < 92:
		_, err := ns.List(ctx, kv.ListQuery{Limit: 10 + w.rng.IntN(50)})
		return err
	}
	return w.comeAndGo(ctx, c, round)
}

// version makes one up: mostly small, some in chunks; some expire soon, some late.
func (w *worker) version(key string) *version {
	w.n++
	v := &version{key: key, n: w.n, size: w.rng.IntN(600)}
	switch w.rng.IntN(20) {
	case 0:
		v.size = 500_000 + w.rng.IntN(3_000_000)
	case 1, 2:
		v.size = w.rng.IntN(100_000)
	}
	switch w.rng.IntN(4) {
	case 0:
		v.expiration = time.Now().Add(kv.MinTTL + 5*time.Second).Unix()
	case 1:
		v.expiration = time.Now().Add(24 * time.Hour).Unix()
	}
	return v
}

// some are a few different keys.
func (w *worker) some() []*entry {
	var some []*entry
	for _, i := range w.rng.Perm(keysOfEach)[:2+w.rng.IntN(15)] {
		some = append(some, w.entries[fmt.Sprintf("%d/%d", w.id, i)])
	}
	return some
}

// write sends one request that gives entries their versions.
func (w *worker) write(round int, what string, entries []*entry, versions []*version, send func([]kv.Pair) error) error {
	var pairs []kv.Pair
	for i, e := range entries {
		e.begin(round, what, versions[i])
		if versions[i] != nil {
			pairs = append(pairs, versions[i].pair())
		}
	}
	err := send(pairs)
	for _, e := range entries {
		e.end(err)
	}
	w.count(err)
	return err
}

func (w *worker) count(err error) {
	if err == nil {
		w.ledger.acknowledged.Add(1)
	} else {
		w.ledger.cutOff.Add(1)
	}
}

func (w *worker) create(ctx context.Context, c *cloudflare.Client, s *space) error {
	info, err := c.CreateNamespace(ctx, account, s.title)
	w.count(err)
	if err == nil {
		s.id, s.state = info.ID, live
	}
	return err
}

// comeAndGo makes a namespace with a few keys, or deletes one.
func (w *worker) comeAndGo(ctx context.Context, c *cloudflare.Client, round int) error {
	if len(w.passing) < 3 {
		w.titles++
		s := &space{title: fmt.Sprintf("worker %d passing %d", w.id, w.titles), state: creating}
		w.passing = append(w.passing, s)
		if err := w.create(ctx, c, s); err != nil {
			return err
		}
		var versions []*version
		for i := range 5 {
			e := &entry{key: fmt.Sprintf("%s/%d", s.title, i), may: []*version{nil}}
			s.holds = append(s.holds, e)
			versions = append(versions, &version{key: e.key, n: i, size: w.rng.IntN(1000)})
		}
		return w.write(round, "bulk put", s.holds, versions, func(v []kv.Pair) error {
			return c.Namespace(account, s.id).(kv.Bulk).PutMany(ctx, v)
		})
	}
	s := w.passing[0]
	s.state = deleting
	err := c.DeleteNamespace(ctx, account, s.id)
	w.count(err)
	if err == nil {
		w.passing = w.passing[1:]
	}
	return err
}
