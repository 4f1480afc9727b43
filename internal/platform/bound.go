package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/kv"
)

// The namespaces that a Worker binds are a record "bound/<account>/<Worker>". The
// account's id has a fixed form, so a Worker's name may hold anything.
func boundKey(account, worker string) string { return "bound/" + account + "/" + worker }

// BindNamespaces records which namespaces of the account a Worker binds, in place of
// those that it bound before; none is what a Worker binds that was removed. While
// one binds it, a namespace cannot be deleted. Errors: kv.ErrNamespaceNotFound, which
// names the first id that the account does not hold and leaves all as it was;
// ErrAccountNotFound.
func (p *Platform) BindNamespaces(ctx context.Context, accountID, worker string, ids []string) error {
	return p.change(ctx, accountID, func(a *account) error {
		for _, id := range ids {
			if a.byID[id] == nil {
				return fmt.Errorf("%w: %s", kv.ErrNamespaceNotFound, id)
			}
		}
		key := boundKey(a.ID, worker)
		if len(ids) == 0 {
			if err := p.records.Apply(ctx, nil, []string{key}); err != nil {
				return fmt.Errorf("forget what Worker %q binds: %w", worker, err)
			}
			delete(a.bound, worker)
			return nil
		}
		if err := p.save(ctx, key, ids); err != nil {
			return fmt.Errorf("record what Worker %q binds: %w", worker, err)
		}
		a.bound[worker] = slices.Clone(ids)
		return nil
	})
}

// loadBound reads what the Workers of a bind. The caller holds a.mu.
func (p *Platform) loadBound(ctx context.Context, a *account) error {
	bound := map[string][]string{}
	err := p.records.Scan(ctx, boundKey(a.ID, ""), func(key string, value []byte) error {
		var ids []string
		if err := json.Unmarshal(value, &ids); err != nil {
			return err
		}
		bound[strings.TrimPrefix(key, boundKey(a.ID, ""))] = ids
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what the Workers of account %s bind: %w", a.ID, err)
	}
	a.bound = bound
	return nil
}

// checkUnbound is ErrNamespaceBound, naming the Workers, if any binds the namespace.
func (a *account) checkUnbound(id string) error {
	var workers []string
	for worker, ids := range a.bound {
		if slices.Contains(ids, id) {
			workers = append(workers, worker)
		}
	}
	if len(workers) == 0 {
		return nil
	}
	slices.Sort(workers)
	return fmt.Errorf("%w: %s", ErrNamespaceBound, strings.Join(workers, ", "))
}
