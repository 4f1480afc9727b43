package fleet

import (
	"context"
	"strings"
	"sync"
	"time"
)

// previewIdle is how long a version that nobody is served by runs after it was asked for last.
const previewIdle = time.Minute

// previews are the versions of an account that run because somebody asks for them by their own addresses:
// VERSION-WORKER, where VERSION is the first eight digits of the id. As with Cloudflare there are none of a Worker that has
// Durable Objects, whose storage bears one process only, or whose preview URLs are off.
type previews struct {
	mu      sync.Mutex
	running map[string]*preview // by Worker and version
}

type preview struct {
	route
	idle *time.Timer
}

// splitPreview reads the label of a version's address.
func splitPreview(label string) (version, worker string, ok bool) {
	const digits = 8
	if len(label) <= digits+1 || label[digits] != '-' || strings.Trim(label[:digits], "0123456789abcdef") != "" {
		return "", "", false
	}
	return label[:digits], label[digits+1:], true
}

// findPreview returns the route of a version that label names; false if there is none, or it is not shown.
func (t *tenant) findPreview(ctx context.Context, label string) (route, bool, error) {
	prefix, worker, ok := splitPreview(label)
	if !ok {
		return route{}, false, nil
	}
	t.previews.mu.Lock()
	defer t.previews.mu.Unlock()
	if p := t.previews.running[label]; p != nil {
		p.idle.Reset(previewIdle)
		return p.route, true, nil
	}
	plan, m, err := t.fleet.previewPlan(ctx, t.account, worker, prefix)
	if plan == nil || err != nil {
		return route{}, false, err
	}
	p := &preview{route: route{&group{fleet: t.fleet, plan: plan}, m}}
	p.idle = time.AfterFunc(previewIdle, func() { t.endPreview(label, p) })
	if t.previews.running == nil {
		t.previews.running = map[string]*preview{}
	}
	t.previews.running[label] = p
	return p.route, true, nil
}

// endPreview stops a version that nobody asks for any more, once what it has begun is answered.
func (t *tenant) endPreview(label string, p *preview) {
	t.previews.mu.Lock()
	if t.previews.running[label] == p {
		delete(t.previews.running, label)
	}
	t.previews.mu.Unlock()
	p.idle.Stop()
	p.group.retire()
	if u := p.group.take(); u != nil {
		p.group.drain(u, t.fleet.o.Drain)
		p.group.end(u, time.Second)
	}
}

// endPreviews lets no preview go on with what was deployed before.
func (t *tenant) endPreviews() {
	for label, p := range t.takePreviews() {
		t.fleet.tasks.Go(func() { t.endPreview(label, p) })
	}
}

// takePreviews takes those that run, to be stopped.
func (t *tenant) takePreviews() map[string]*preview {
	t.previews.mu.Lock()
	defer t.previews.mu.Unlock()
	all := t.previews.running
	t.previews.running = nil
	for _, p := range all {
		p.idle.Stop()
	}
	return all
}

// previewPlan is the plan by which one version of a Worker runs, with the Workers that it is bound to as they are deployed;
// nil if there is no such version, or it is not shown.
func (f *Fleet) previewPlan(ctx context.Context, account, worker, prefix string) (*plan, *member, error) {
	members, err := f.members(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	for name, m := range members {
		if !strings.EqualFold(name, worker) || !m.worker.Subdomain.PreviewsEnabled {
			continue
		}
		versions, err := f.source.Versions(ctx, account, name)
		if err != nil {
			return nil, nil, err
		}
		for _, v := range versions {
			if !strings.HasPrefix(v.ID, prefix) {
				continue
			}
			alone := &member{worker: m.worker, shares: []share{{v, 100, f.site(account, &v)}}}
			alone.worker.Schedules = nil
			members[name] = alone
			for _, p := range f.grouped(account, members) {
				if p.members[name] == alone && !p.stateful() {
					return p, alone, nil
				}
			}
			return nil, nil, nil
		}
	}
	return nil, nil, nil
}
