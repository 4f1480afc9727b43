package server

import (
	"context"
	"net/http"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/aibinding"
	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/resources"
	"github.com/bindery-dev/bindery/internal/workerd"
)

// Workerd is a binary that Workers run on, as FindWorkerd finds it.
type Workerd = workerd.Binary

// FindWorkerd looks for workerd at path, or without one in node_modules of folder and above it, then
// on PATH. Its error says what to do.
func FindWorkerd(ctx context.Context, path, folder string) (*Workerd, error) {
	return workerd.Find(ctx, path, folder)
}

// openFleet makes what runs Workers.
func openFleet(o Options, p *platform.Platform, held *resources.Resources, pace *kv.Pace) (*fleet.Fleet, error) {
	data := ""
	if o.Data != "" {
		data = filepath.Join(o.Data, "workers")
	}
	var ai http.Handler
	if o.AI != nil {
		ai = aibinding.Handler(aibinding.Options{Endpoint: o.AI, Key: o.AIKey, Log: o.Log})
	}
	return fleet.New(fleet.Options{
		Workerd: o.Workerd, Data: data, NoEgress: o.NoEgress, Log: o.Log, Now: o.Now,
		Namespace: p.Namespace, HasDatabase: held.HasDatabase, Pace: pace, AI: ai,
		Accounts: func(ctx context.Context) (all []fleet.Account, err error) {
			list, err := p.Accounts(ctx)
			for _, a := range list {
				all = append(all, fleet.Account{ID: a.ID, Name: a.Name})
			}
			return all, err
		},
	})
}
