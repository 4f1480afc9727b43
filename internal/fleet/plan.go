package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/assets"
	"github.com/bindery-dev/bindery/internal/workers"
)

// plan is what one process is to run: Workers of one account that are bound to each other.
type plan struct {
	account string
	members map[string]*member
	watched bool   // somebody watches one of them
	key     string // equal for plans that run the same
	// databases: it runs no Workers of the account, but its D1 databases
	databases bool
}

// member is a Worker with the versions that serve.
type member struct {
	worker workers.Worker
	shares []share
}

type share struct {
	version    workers.Version
	percentage float64
	site       func() *assets.Site // of its static files, made when they are first asked for; nil: it has none
}

// main is the version with most requests, of equals the newest: it has the Durable Objects, and
// is what a service binding leads to.
func (m *member) main() *share {
	best := &m.shares[0]
	for i := range m.shares {
		s := &m.shares[i]
		if s.percentage > best.percentage || s.percentage == best.percentage && s.version.Number > best.version.Number {
			best = s
		}
	}
	return best
}

// service names a version in the configuration of its process.
func (m *member) service(v *workers.Version) string { return m.worker.Name + "@" + v.ID }

// runs says whether the plan has any code: what has none needs no process.
func (p *plan) runs() bool {
	for _, m := range p.members {
		for i := range m.shares {
			if len(m.shares[i].version.Modules) > 0 {
				return true
			}
		}
	}
	return false
}

// stateful says whether a process of the plan keeps Durable Objects.
func (p *plan) stateful() bool {
	for _, m := range p.members {
		if len(m.worker.Classes) > 0 {
			return true
		}
	}
	return false
}

// loopLimit is for how long code of the process may run at a time: limit, or the longest that one of
// its Workers asks for (limits.cpu_ms).
func (p *plan) loopLimit(limit time.Duration) time.Duration {
	for _, m := range p.members {
		for _, s := range m.shares {
			var own struct {
				Milliseconds int `json:"cpu_ms"`
			}
			_ = json.Unmarshal(s.version.Rest["limits"], &own) // it is kept as it was sent: what says nothing asks for nothing
			limit = max(limit, time.Duration(own.Milliseconds)*time.Millisecond)
		}
	}
	return limit
}

// sharesObjects says whether two plans keep objects of the same Worker.
func (p *plan) sharesObjects(o *plan) bool {
	for name, m := range p.members {
		if other := o.members[name]; other != nil && other.worker.Tag == m.worker.Tag && len(m.worker.Classes)+len(other.worker.Classes) > 0 {
			return true
		}
	}
	return false
}

// plans reads what an account's deployments ask for.
func (f *Fleet) plans(ctx context.Context, account string) ([]*plan, error) {
	members, err := f.members(ctx, account)
	if err != nil {
		return nil, err
	}
	return f.grouped(account, members), nil
}

// members are the Workers of an account of which something serves.
func (f *Fleet) members(ctx context.Context, account string) (map[string]*member, error) {
	list, err := f.source.List(ctx, account)
	if err != nil {
		return nil, err
	}
	members := map[string]*member{}
	for _, w := range list {
		m, err := f.readMember(ctx, account, w)
		if err != nil {
			return nil, err
		}
		if m != nil {
			members[w.Name] = m
		}
	}
	return members, nil
}

// grouped are the processes that Workers are to run in.
func (f *Fleet) grouped(account string, members map[string]*member) (all []*plan) {
	for _, names := range connected(members) {
		p := &plan{account: account, members: map[string]*member{}}
		for _, name := range names {
			p.members[name] = members[name]
			p.watched = p.watched || f.o.Watched(account, name)
		}
		p.key = p.describe(names)
		all = append(all, p)
	}
	return all
}

// readMember returns nil for a Worker of which nothing serves, or which was deleted meanwhile.
func (f *Fleet) readMember(ctx context.Context, account string, w workers.Worker) (*member, error) {
	deployments, err := f.source.Deployments(ctx, account, w.Name)
	if errors.Is(err, workers.ErrNotFound) || err == nil && len(deployments) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := &member{worker: w}
	for _, s := range deployments[0].Versions {
		v, err := f.source.Version(ctx, account, w.Name, s.VersionID)
		if errors.Is(err, workers.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		m.shares = append(m.shares, share{v, s.Percentage, f.site(account, &v)})
	}
	return m, nil
}

// connected groups Workers by the bindings between them; groups and names in them are in order.
func connected(members map[string]*member) (groups [][]string) {
	leader := map[string]string{}
	var find func(string) string
	find = func(name string) string {
		if leader[name] == name {
			return name
		}
		leader[name] = find(leader[name])
		return leader[name]
	}
	for name := range members {
		leader[name] = name
	}
	for name, m := range members {
		for _, s := range m.shares {
			for _, b := range s.version.Bindings {
				if to := target(b); members[to] != nil {
					leader[find(name)] = find(to)
				}
			}
		}
		for _, to := range tailConsumers(m.worker) {
			if members[to] != nil {
				leader[find(name)] = find(to)
			}
		}
		for _, to := range m.worker.Moved {
			if members[to.Worker] != nil {
				leader[find(name)] = find(to.Worker)
			}
		}
	}
	byLeader := map[string][]string{}
	for name := range members {
		byLeader[find(name)] = append(byLeader[find(name)], name)
	}
	for _, names := range byLeader {
		slices.Sort(names)
		groups = append(groups, names)
	}
	slices.SortFunc(groups, slices.Compare)
	return groups
}

// target is the other Worker that a binding leads to; "" if there is none.
func target(b workers.Binding) string {
	switch b.Type {
	case "service":
		return b.Field("service")
	case "durable_object_namespace":
		return b.Field("script_name")
	}
	return ""
}

// whereIs returns the Worker that has a class now, and its name there: renames and transfers are followed.
func (p *plan) whereIs(worker, class string) (string, string) {
	steps := 0
	for _, m := range p.members {
		steps += len(m.worker.Moved)
	}
	for range steps { // a Worker that was deleted and made again may lead in a circle
		m := p.members[worker]
		if m == nil {
			break
		}
		to, moved := m.worker.Moved[class]
		if _, own := m.worker.Classes[class]; own || !moved {
			break
		}
		worker, class = to.Worker, to.Class
	}
	return worker, class
}

// describe is the text of all that makes one process differ from another. What only says how
// requests are shared is not in it.
func (p *plan) describe(names []string) string {
	var b strings.Builder
	for _, name := range names {
		m := p.members[name]
		b.WriteString(m.worker.Tag + " " + m.main().version.ID)
		for _, s := range m.shares {
			b.WriteString(" " + s.version.ID)
		}
		classes, _ := json.Marshal(m.worker.Classes) // strings and booleans
		b.Write(classes)
		for _, consumer := range tailConsumers(m.worker) {
			b.WriteString(" to " + consumer)
		}
	}
	if p.tailed() {
		b.WriteString(" tailed")
	}
	return b.String()
}
