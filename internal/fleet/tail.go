package fleet

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

//go:embed js/tail.js
var tailCode []byte

// maxTrace bounds the events of a call, in bytes: workerd keeps 256 KiB of a call's console.
const maxTrace = 16 << 20

// tailed says whether a process of the plan tells what its Workers do by tail Workers. That costs a
// request as much as a small Worker does, so that a Worker by itself is spared it while nobody watches: what it
// writes is known to be its own. Where objects live they are always there, as to add them is to end the process.
func (p *plan) tailed() bool {
	return p.watched || len(p.members) > 1 || p.stateful()
}

// tailService names the tail Worker of a version.
func tailService(m *member, v *workers.Version) string { return "tail of " + m.service(v) }

// tail adds to a Worker those that are told of its calls: one of ours, and those that its user named.
func (c *composer) tail(w *workerd.Worker, m *member, v *workers.Version) {
	fleet, account, worker, version := c.fleet, c.account, m.worker.Name, v.ID
	name := tailService(m, v)
	sink := c.served("trace of "+w.Name, func() http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { fleet.traced(account, worker, version, r.Body) })
	})
	c.program.Workers = append(c.program.Workers, workerd.Worker{
		Name: name, CompatibilityDate: oldestDate,
		Modules:  []workerd.Module{{Name: "tail.js", Kind: workerd.ESModule, Content: tailCode}},
		Bindings: []workerd.Binding{{Name: "SINK", Value: workerd.Service{Worker: sink}}},
	})
	c.program.Sockets = append(c.program.Sockets, workerd.Socket{Name: name, Worker: name})
	w.Tails = append(w.Tails, name)
	for _, consumer := range tailConsumers(m.worker) {
		if to := c.member(consumer); to != nil && consumer != worker && handles(&to.main().version, "tail") {
			w.Tails = append(w.Tails, to.service(&to.main().version))
		}
	}
}

// tailConsumers are the Workers that a Worker's settings name to be told of its calls.
func tailConsumers(w workers.Worker) (names []string) {
	var all []struct{ Service string }
	_ = json.Unmarshal(w.Settings.TailConsumers, &all) // kept as it was sent: what is no list names nobody
	for _, one := range all {
		if one.Service != "" && !slices.Contains(names, one.Service) {
			names = append(names, one.Service)
		}
	}
	return names
}

// handles says whether a version has a handler. One that was never tried is taken to have none.
func handles(v *workers.Version, handler string) bool {
	return slices.Contains(v.Trial.Handlers, handler)
}

// Watch makes the processes of an account's Worker tell all, or no longer more than the log needs, as
// Options.Watched says by now. It returns when that is so. When ctx ends before, as code keeps the process from
// answering, it will be so when the process answers again.
func (f *Fleet) Watch(ctx context.Context, account, worker string) error {
	f.settle(account)
	if err := f.Settled(ctx); err != nil {
		return err
	}
	t := f.tenant(account)
	t.mu.RLock()
	r, found := t.routes[worker]
	t.mu.RUnlock()
	if !found || !r.group.running() {
		return nil
	}
	u, err := r.group.acquire(ctx)
	if err != nil {
		return err
	}
	told := make(chan struct{})
	f.tasks.Go(func() {
		defer close(told)
		defer r.group.release(u)
		r.group.tellTails(u)
	})
	select {
	case <-told:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("it keeps its process from answering: %w", ctx.Err())
	}
}

// tellTails tells the tail Workers of a process whether somebody watches. It waits as long as the process does not answer: one
// that ends meanwhile is told no more, as the one that follows it is.
func (g *group) tellTails(u *unit) {
	u.telling.Lock() // who comes later knows better who watches
	defer u.telling.Unlock()
	ctx, cancel := context.WithCancel(g.fleet.life)
	defer cancel()
	go func() {
		select {
		case <-u.process.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	for name, m := range g.plan.members {
		said := "/unwatched"
		if g.fleet.o.Watched(g.plan.account, name) {
			said = "/watched"
		}
		for i := range m.shares {
			to := u.transports[tailService(m, &m.shares[i].version)]
			if to == nil {
				continue
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://tail"+said, nil)
			if err == nil {
				var answer *http.Response
				if answer, err = to.RoundTrip(r); err == nil {
					err = answer.Body.Close()
				}
			}
			if err == nil {
				continue
			}
			select {
			case <-u.process.Done(): // which is why
				return
			case <-g.fleet.life.Done():
				return
			case <-time.After(time.Second):
				g.log("tail Worker not told who watches", "worker", name, "error", err)
			}
		}
	}
}

// traced takes events of a version.
func (f *Fleet) traced(account, worker, version string, body io.Reader) {
	var events []json.RawMessage
	if err := json.NewDecoder(io.LimitReader(body, maxTrace)).Decode(&events); err != nil {
		f.o.Log.Warn("trace events not understood", "account", account, "worker", worker, "error", err)
		return
	}
	for _, raw := range events {
		f.logEvent(account, worker, raw)
	}
	f.o.Trace(account, worker, version, events)
}
