package workers

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// SetSubdomain says whether the Worker answers under the account's workers.dev name.
func (w *Workers) SetSubdomain(ctx context.Context, accountID, name string, s Subdomain) error {
	return w.change(ctx, accountID, name, func(k *worker) error {
		k.Subdomain = s
		return nil
	})
}

// SetSchedules replaces a Worker's cron triggers. One that was there keeps its age.
func (w *Workers) SetSchedules(ctx context.Context, accountID, name string, crons []string) (all []Schedule, err error) {
	err = w.change(ctx, accountID, name, func(k *worker) error {
		now := w.now().UTC()
		all = make([]Schedule, 0, len(crons))
		for _, cron := range crons {
			s := Schedule{Cron: cron, Created: now, Modified: now}
			if i := slices.IndexFunc(k.Schedules, func(o Schedule) bool { return o.Cron == cron }); i >= 0 {
				s = k.Schedules[i]
			}
			all = append(all, s)
		}
		k.Schedules = all
		return nil
	})
	if err == nil {
		w.deployed(accountID, name)
	}
	return all, err
}

// EditSettings changes those settings that no version carries.
func (w *Workers) EditSettings(ctx context.Context, accountID, name string, edit func(*Settings)) (s Settings, err error) {
	err = w.change(ctx, accountID, name, func(k *worker) error {
		edit(&k.Settings)
		s = k.Settings
		return nil
	})
	return s, err
}

// Bound names the Workers that bind a KV namespace in a version that serves, by name:
// whoever deletes the namespace breaks them.
func (w *Workers) Bound(ctx context.Context, accountID, namespace string) ([]string, error) {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	names := map[string]bool{}
	for _, k := range a.workers {
		for _, v := range k.serving() {
			names[k.Name] = names[k.Name] || slices.ContainsFunc(v.Bindings, func(b Binding) bool {
				return b.Type == "kv_namespace" && b.Field("namespace_id") == namespace
			})
		}
	}
	maps.DeleteFunc(names, func(_ string, binds bool) bool { return !binds })
	return slices.Sorted(maps.Keys(names)), nil
}

// serving returns the versions that have requests.
func (k *worker) serving() (all []*Version) {
	if len(k.deployments) == 0 {
		return nil
	}
	for _, s := range k.deployments[len(k.deployments)-1].Versions {
		if v, err := k.version(s.VersionID); err == nil {
			all = append(all, v)
		}
	}
	return all
}

// Delete removes a Worker with its versions and deployments: ErrNotFound. Whoever binds
// it as a service finds nothing any more.
func (w *Workers) Delete(ctx context.Context, accountID, name string) error {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return err
	}
	a.uploading.Lock()
	defer a.uploading.Unlock()
	a.mu.RLock()
	k, err := a.find(name)
	a.mu.RUnlock()
	if err != nil {
		return err
	}
	remove := []string{workerKey(a.id, name)}
	for _, v := range k.versions {
		remove = append(remove, versionKey(a.id, k.Tag, v.Number))
	}
	for _, d := range k.deployments {
		remove = append(remove, deploymentKey(a.id, k.Tag, d.Number))
	}
	if err := w.records.Apply(ctx, nil, remove); err != nil {
		return fmt.Errorf("remove the records of Worker %s: %w", name, err)
	}
	a.mu.Lock()
	delete(a.workers, name)
	a.mu.Unlock()
	w.deployed(accountID, name)
	return nil
}
