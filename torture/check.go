package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
)

// check compares all that a server holds with the ledger.
func (l *ledger) check(ctx context.Context, s *victim, token string) error {
	c := s.client(token)
	defer c.Close()
	all, err := c.Namespaces(ctx, account)
	if err != nil {
		return brokenf("list namespaces: %w", err)
	}
	ids := map[string]string{}
	for _, info := range all {
		ids[info.Title] = info.ID
	}
	for _, w := range l.workers {
		if err := w.settle(w.ns, ids); err != nil {
			return err
		}
		var still []*space
		for _, s := range w.passing {
			if err := w.settle(s, ids); err != nil {
				return err
			}
			if s.state == live {
				still = append(still, s)
			}
		}
		w.passing = still
	}
	for title, id := range ids {
		return brokenf("namespace %q (%s) is there, and should not be", title, id)
	}
	var g errgroup.Group
	for _, w := range l.workers {
		g.Go(func() error { return w.check(ctx, c) })
	}
	return g.Wait()
}

// settle decides what became of a namespace, and takes it out of ids.
func (w *worker) settle(s *space, ids map[string]string) error {
	id, there := ids[s.title]
	delete(ids, s.title)
	switch {
	case s.state == live && (!there || id != s.id):
		return brokenf("namespace %q: its creation as %s was acknowledged; now there is %q", s.title, s.id, id)
	case there:
		s.id, s.state = id, live
	case s.state == deleting:
		s.state = "gone"
	}
	return nil
}

func (w *worker) check(ctx context.Context, c *cloudflare.Client) error {
	if w.ns.state == live {
		var entries []*entry
		for _, e := range w.entries {
			entries = append(entries, e)
		}
		if err := checkSpace(ctx, c.Namespace(account, w.ns.id), entries); err != nil {
			return err
		}
	}
	for _, s := range w.passing {
		if err := checkSpace(ctx, c.Namespace(account, s.id), s.holds); err != nil {
			return fmt.Errorf("namespace %q: %w", s.title, err)
		}
	}
	return nil
}

// get compares what the server says of a key with the ledger.
func (e *entry) get(ctx context.Context, ns kv.Namespace) error {
	begin := time.Now()
	item, err := ns.Get(ctx, e.key)
	switch {
	case errors.Is(err, kv.ErrKeyNotFound):
		return e.found(nil, begin, time.Now())
	case err != nil:
		return err
	}
	return e.found(&item, begin, time.Now())
}

// checkSpace gets every key of a namespace, and wants its list to agree.
func checkSpace(ctx context.Context, ns kv.Namespace, entries []*entry) error {
	begin := time.Now()
	page, err := ns.List(ctx, kv.ListQuery{})
	if err != nil {
		return brokenf("list: %w", err)
	}
	listed := map[string]kv.KeyInfo{}
	for _, info := range page.Keys {
		listed[info.Name] = info
	}
	if len(listed) != len(page.Keys) || !slices.IsSortedFunc(page.Keys, func(a, b kv.KeyInfo) int { return strings.Compare(a.Name, b.Name) }) {
		return brokenf("the list of %d keys is out of order", len(page.Keys))
	}
	for _, e := range entries {
		if err := e.get(ctx, ns); err != nil {
			return err
		}
		info, there := listed[e.key]
		delete(listed, e.key)
		v := e.may[0]
		switch {
		case v != nil && kv.Expired(v.expiration, time.Now()):
			if there && kv.Expired(v.expiration, begin) {
				return e.broken("it has expired, and is in the list")
			}
		case there != (v != nil):
			return e.broken("a list says there: %v", there)
		case there && (string(info.Metadata) != string(v.pair().Metadata) || info.Expiration != v.expiration):
			return e.broken("a list says metadata %s, expiration %d", info.Metadata, info.Expiration)
		}
	}
	for name := range listed {
		return brokenf("key %s is in a list, and was never written", name)
	}
	return nil
}

// checkExpired opens the folder two minutes ahead of time, when all that was to
// expire soon has: it must be gone, and stay gone when the time is the present again.
func (l *ledger) checkExpired(ctx context.Context, data string) (expired int, err error) {
	clocks := []func() time.Time{func() time.Time { return time.Now().Add(2 * time.Minute) }, time.Now}
	var due []*entry
	for _, now := range clocks {
		store, err := pebblekv.Open(pebblekv.Options{Dir: data, Now: now, SweepEvery: -1})
		if err != nil {
			return 0, brokenf("open the folder: %w", err)
		}
		for _, w := range l.workers {
			for _, e := range w.entries {
				v := e.may[0]
				if v == nil || v.expiration == 0 || !kv.Expired(v.expiration, clocks[0]()) || w.ns.id == "" {
					continue
				}
				due = append(due, e)
				if _, err := store.Namespace(w.ns.id).Get(ctx, e.key); !errors.Is(err, kv.ErrKeyNotFound) {
					return 0, errors.Join(e.broken("it has expired and was removed; got error %v", err), store.Close())
				}
			}
		}
		_, err = store.Sweep(ctx)
		if err = errors.Join(err, store.Close()); err != nil {
			return 0, err
		}
	}
	return len(due) / len(clocks), nil
}
