package server

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/bindery-dev/bindery/internal/aibinding"
	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/queues"
	"github.com/bindery-dev/bindery/internal/r2"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/tails"
	"github.com/bindery-dev/bindery/internal/workerd"
)

// Workerd is a binary that Workers run on, as FindWorkerd finds it.
type Workerd = workerd.Binary

// FindWorkerd looks for workerd at path, or without one in node_modules of folder and above it, then
// on PATH. Its error says what to do.
func FindWorkerd(ctx context.Context, path, folder string) (*Workerd, error) {
	return workerd.Find(ctx, path, folder)
}

// watchLimit is how long a client who wants to watch a Worker waits for the process that tells all.
const watchLimit = 15 * time.Second

// openFleet makes what runs Workers, and what shows what they do.
func openFleet(o Options, p *platform.Platform, held *resources.Resources, buckets *r2.Buckets, messages *queues.Queues, pace *kv.Pace) (runs *fleet.Fleet, watching *tails.Hub, err error) {
	data := ""
	if o.Data != "" {
		data = filepath.Join(o.Data, "workers")
	}
	var ai http.Handler
	if o.AI != nil {
		ai = aibinding.Handler(aibinding.Options{Endpoint: o.AI, Key: o.AIKey, Log: o.Log})
	}
	watching = tails.New(tails.Options{
		Log: o.Log, Now: o.Now,
		Changed: func(account, worker string) {
			ctx, cancel := context.WithTimeout(context.Background(), watchLimit)
			defer cancel()
			if err := runs.Watch(ctx, account, worker); err != nil {
				o.Log.Warn("Worker does not tell what it does", "account", account, "worker", worker, "error", err)
			}
		},
	})
	runs, err = fleet.New(fleet.Options{
		Workerd: o.Workerd, Data: data, NoEgress: o.NoEgress, Log: o.Log, Now: o.Now,
		Namespace: p.Namespace, HasDatabase: held.HasDatabase, Pace: pace, AI: ai, Watched: watching.Watched, Trace: watching.Publish,
		Bucket: func(account, name string) http.Handler {
			return r2.Handler(func(ctx context.Context) (*r2.Bucket, error) { return buckets.Bucket(ctx, account, name) }, o.Log)
		},
		Queue: messages.Handler, Refused: o.Refused,
		Accounts: func(ctx context.Context) (all []fleet.Account, err error) {
			list, err := p.Accounts(ctx)
			for _, a := range list {
				all = append(all, fleet.Account{ID: a.ID, Name: a.Name})
			}
			return all, err
		},
	})
	return runs, watching, err
}

// openBuckets makes what keeps the objects of the buckets that accounts have.
func openBuckets(o Options, st store, held *resources.Resources) *r2.Buckets {
	return r2.Open(st, st, r2.Options{Log: o.Log, Now: o.Now, Find: func(ctx context.Context, account, name string) (string, error) {
		b, err := held.Get(ctx, account, resources.Bucket, name)
		if errors.Is(err, resources.ErrNotFound) || err == nil && b.Name != name { // an id is no name
			return "", r2.ErrBucketNotFound
		}
		return b.ID, err
	}})
}
