package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/bindery-dev/bindery"
)

// reloader keeps the table as the namespace has it.
type reloader struct {
	storage *bindery.Namespace
	log     *slog.Logger
	now     atomic.Pointer[table]
	broken  map[string]string // values that were complained of already
}

func (r *reloader) table() *table { return r.now.Load() }

// keep loads again and again. While the namespace does not answer, the rules are those that were read last.
func (r *reloader) keep(ctx context.Context, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			if err := r.load(ctx); err != nil && ctx.Err() == nil {
				r.log.Warn("rules not read, the former ones count", "error", err)
			}
		}
	}
}

// load reads all rules and policies. One that is broken is left out, and told once.
func (r *reloader) load(ctx context.Context) error {
	t, broken := &table{}, map[string]string{}
	for _, prefix := range []string{rulePrefix, policyPrefix} {
		var names []string
		for key, err := range r.storage.Keys(ctx, prefix) {
			if err != nil {
				return err
			}
			names = append(names, key.Name)
		}
		items, err := r.storage.GetMany(ctx, names)
		if err != nil {
			return err
		}
		for _, name := range names {
			item, there := items[name]
			if !there {
				continue // deleted in between
			}
			if err := t.add(name, item.Value); err != nil {
				if broken[name] = string(item.Value); r.broken[name] != broken[name] {
					r.log.Warn("rule ignored", "key", name, "reason", err)
				}
			}
		}
	}
	t.sort()
	r.broken = broken
	r.now.Store(t)
	return nil
}
