// Package apply gives the bindings of an environment resources of its own account: it makes what is missing, and takes what
// is there under the expected name. What it did stands in the result, whatever became of the rest:
// it can be run again, and goes on where it was.
//
// It writes no file. Whoever calls it names the resources in the configuration, and then in the lock.
package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Account is who makes things; *cloudflare.Client is one.
type Account interface {
	Namespaces(ctx context.Context, account string) ([]cloudflare.NamespaceInfo, error)
	CreateNamespace(ctx context.Context, account, title string) (cloudflare.NamespaceInfo, error)
	CreateBucket(ctx context.Context, account, name string) error
	CreateDatabase(ctx context.Context, account, name string) (cloudflare.Database, error)
	CreateQueue(ctx context.Context, account, name string) (cloudflare.Queue, error)
}

// Done is a step that was taken.
type Done struct {
	deploy.Step
	ID   string // of the resource; "" of what has none
	Made bool   // it was not there
}

// Make takes the steps, one after the other. On an error those that were taken are returned too.
func Make(ctx context.Context, a Account, account string, steps []deploy.Step) (all []Done, err error) {
	for _, s := range steps {
		d := Done{Step: s, ID: s.ID}
		if !s.Adopts() {
			if d.ID, d.Made, err = create(ctx, a, account, s); err != nil {
				return all, fmt.Errorf("make %s %q for %s: %w", s.Binding.Type, s.Name, s.Binding.Text(), err)
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// create makes a resource. Where somebody else has made a namespace of that title since the account was asked, that one
// is taken: two people who apply at once shall not end with two.
func create(ctx context.Context, a Account, account string, s deploy.Step) (id string, made bool, err error) {
	switch s.Binding.Type {
	case wrangler.KVNamespace:
		info, err := a.CreateNamespace(ctx, account, s.Name)
		var refused *cloudflare.APIError
		if err == nil || ctx.Err() != nil {
			return info.ID, err == nil, err
		}
		if errors.As(err, &refused) && refused.Status < 500 && refused.Code != codeTitleTaken {
			return "", false, err
		}
		// The title is taken, or the answer was lost, and the namespace may be there.
		list, second := a.Namespaces(ctx, account)
		if at := slices.IndexFunc(list, func(n cloudflare.NamespaceInfo) bool { return n.Title == s.Name }); second == nil && at >= 0 {
			return list[at].ID, false, nil
		}
		return "", false, err
	case wrangler.R2Bucket:
		return "", true, a.CreateBucket(ctx, account, s.Name)
	case wrangler.D1:
		database, err := a.CreateDatabase(ctx, account, s.Name)
		return database.ID, true, err
	case wrangler.Queue:
		_, err := a.CreateQueue(ctx, account, s.Name)
		return "", true, err
	}
	return "", false, fmt.Errorf("a resource of type %s cannot be made by its name", s.Binding.Type)
}

const codeTitleTaken = 10014
