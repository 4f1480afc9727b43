package workers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/cron"
)

// MaxLabel is how long a part of a host's name may be. Source: RFC 1035.
const MaxLabel = 63

// SetSubdomain says whether the Worker answers under the account's workers.dev name:
// ErrNameTooLong if it cannot.
func (w *Workers) SetSubdomain(ctx context.Context, accountID, name string, s Subdomain) error {
	return w.change(ctx, accountID, name, func(k *worker) error {
		if s.Enabled && len(name) > MaxLabel {
			return fmt.Errorf("%w: %d characters, at most %d are possible", ErrNameTooLong, len(name), MaxLabel)
		}
		k.Subdomain = s
		return nil
	})
}

// SetRoutes says on which routes and domains of zones the Worker is to be asked for;
// Bindery only keeps them. A nil edit of either leaves it as it is.
func (w *Workers) SetRoutes(ctx context.Context, accountID, name string, routes, domains []string) error {
	return w.change(ctx, accountID, name, func(k *worker) error {
		if routes != nil {
			k.Routes = routes
		}
		if domains != nil {
			k.Domains = domains
		}
		return nil
	})
}

// SetSchedules replaces a Worker's cron triggers: ErrScheduleInvalid. One that was there
// keeps its age.
func (w *Workers) SetSchedules(ctx context.Context, accountID, name string, crons []string) (all []Schedule, err error) {
	err = w.change(ctx, accountID, name, func(k *worker) error {
		now := w.now().UTC()
		all = make([]Schedule, 0, len(crons))
		for _, text := range crons {
			if _, err := cron.Parse(text); err != nil {
				return fmt.Errorf("%w: %w", ErrScheduleInvalid, err)
			}
			s := Schedule{Cron: text, Created: now, Modified: now}
			if i := slices.IndexFunc(k.Schedules, func(o Schedule) bool { return o.Cron == text }); i >= 0 {
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

// EditSettings changes those settings that no version carries. One of them says who is told of what a
// Worker does, and so what runs.
func (w *Workers) EditSettings(ctx context.Context, accountID, name string, edit func(*Settings)) (s Settings, err error) {
	err = w.change(ctx, accountID, name, func(k *worker) error {
		edit(&k.Settings)
		s = k.Settings
		return nil
	})
	if err == nil {
		w.deployed(accountID, name)
	}
	return s, err
}

// WhileUnbound runs f, which removes a KV namespace, unless a version that serves binds
// it: ErrNamespaceBound, which names the Workers. None is deployed meanwhile.
func (w *Workers) WhileUnbound(ctx context.Context, accountID, namespace string, f func() error) error {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return err
	}
	a.uploading.Lock()
	defer a.uploading.Unlock()
	var bound []string
	for _, k := range a.workers {
		binds := func(b Binding) bool { return b.Type == "kv_namespace" && b.Field("namespace_id") == namespace }
		if slices.ContainsFunc(k.serving(), func(v *Version) bool { return slices.ContainsFunc(v.Bindings, binds) }) {
			bound = append(bound, k.Name)
		}
	}
	if len(bound) > 0 {
		slices.Sort(bound)
		return fmt.Errorf("%w: %s", ErrNamespaceBound, strings.Join(bound, ", "))
	}
	return f()
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
	return w.withWorker(ctx, accountID, name, func(a *account, k *worker) error {
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
		_ = w.sweep(ctx, a) // what it cannot remove now is removed when the account is next opened
		return nil
	})
}
