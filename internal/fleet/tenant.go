package fleet

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// tenant is an account's part of the fleet.
type tenant struct {
	fleet   *Fleet
	account string

	changing sync.Mutex // one change at a time
	mu       sync.RWMutex
	loaded   bool
	routes   map[string]route // by Worker
	previews previews
}

// route says who serves a Worker. The member is that of the latest plan, which may share requests
// otherwise than the plan that the process was started with.
type route struct {
	group  *group
	member *member
}

// find returns the route of a Worker, whose name is compared as a host is: without case, unless
// there are two.
func (t *tenant) find(ctx context.Context, worker string) (route, bool, error) {
	t.mu.RLock()
	loaded := t.loaded
	t.mu.RUnlock()
	if !loaded {
		if err := t.reconcile(ctx); err != nil {
			return route{}, false, err
		}
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if r, ok := t.routes[worker]; ok {
		return r, true, nil
	}
	for name, r := range t.routes {
		if strings.EqualFold(name, worker) {
			return r, true, nil
		}
	}
	return route{}, false, nil
}

// distinct returns the groups that serve.
func (t *tenant) distinct() map[string]*group {
	t.mu.RLock()
	defer t.mu.RUnlock()
	all := map[string]*group{}
	for _, r := range t.routes {
		all[fmt.Sprintf("%p", r.group)] = r.group
	}
	return all
}

// reconcile makes the groups those that the deployments ask for. Where one does not start, the
// group before it goes on serving.
func (t *tenant) reconcile(ctx context.Context) error {
	t.changing.Lock()
	defer t.changing.Unlock()
	wanted, err := t.fleet.plans(ctx, t.account)
	if err != nil {
		return fmt.Errorf("read the deployments: %w", err)
	}
	before := t.distinct()
	var held []func()
	for _, p := range wanted {
		g := t.takeOver(p, before, &held)
		t.mu.Lock()
		if t.routes == nil {
			t.routes = map[string]route{}
		}
		for name, m := range p.members {
			if g != nil {
				t.routes[name] = route{g, m}
			}
		}
		t.mu.Unlock()
	}
	t.mu.Lock()
	deployed := map[string]bool{}
	for _, p := range wanted {
		for name := range p.members {
			deployed[name] = true
		}
	}
	for name := range t.routes {
		if !deployed[name] {
			delete(t.routes, name)
		}
	}
	t.loaded = true
	t.mu.Unlock()
	t.retireUnused(before)
	t.endPreviews()
	for _, free := range held {
		free()
	}
	return nil
}

// takeOver returns the group that is to serve a plan: the one that does, or another, which runs if
// any before it ran. It returns nil when that does not start: then nothing is to change.
// Of groups that had to stop for it, requests are held; they are let go when all routes are as they will be.
func (t *tenant) takeOver(p *plan, before map[string]*group, held *[]func()) *group {
	g := &group{fleet: t.fleet, plan: p}
	var former []*group
	rests := true // nothing of the former groups runs
	for _, old := range before {
		if old.plan.key == p.key && len(old.plan.members) == len(p.members) {
			return old
		}
		for name := range p.members {
			if old.plan.members[name] != nil {
				former = append(former, old)
				rests = rests && !old.running()
				break
			}
		}
	}
	if rests || !p.runs() {
		if p.stateful() && len(former) == 0 {
			t.fleet.tasks.Go(func() { _ = g.start(t.fleet.life) }) // for its alarms; logs what is wrong
		}
		return g
	}
	began := time.Now()
	for _, old := range former {
		if p.sharesObjects(old.plan) { // one process at a time
			*held = append(*held, old.hold())
			if u := old.take(); u != nil {
				old.drain(u, min(t.fleet.o.Drain, holdDrain))
				old.end(u, time.Second)
			}
		}
	}
	if err := g.start(t.fleet.life); err != nil {
		return nil // logged by start; a group that was stopped for this starts again when asked
	}
	g.fleet.o.Log.Info("process took over", "account", p.account, "workers", g.names(), "took", time.Since(began).Round(time.Millisecond))
	return g
}

// holdDrain is how long requests wait for those before them where two processes may not overlap.
const holdDrain = 5 * time.Second

// retireUnused stops, once their requests are answered, the groups that serve nothing any more.
func (t *tenant) retireUnused(before map[string]*group) {
	serving := t.distinct()
	for key, g := range before {
		if serving[key] != nil {
			continue
		}
		g.retire()
		t.fleet.tasks.Go(func() {
			u := g.take()
			if u == nil {
				return
			}
			g.drain(u, t.fleet.o.Drain)
			select {
			case <-time.After(t.fleet.o.Linger):
			case <-t.fleet.life.Done():
			}
			g.end(u, time.Second)
		})
	}
}
