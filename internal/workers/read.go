package workers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// List returns an account's Workers, by name.
func (w *Workers) List(ctx context.Context, accountID string) ([]Worker, error) {
	a, err := w.account(ctx, accountID)
	if err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	all := make([]Worker, 0, len(a.workers))
	for _, k := range a.workers {
		all = append(all, k.Worker)
	}
	slices.SortFunc(all, func(x, y Worker) int { return cmp.Compare(x.Name, y.Name) })
	return all, nil
}

// Worker returns one: ErrNotFound if the account has none of this name.
func (w *Workers) Worker(ctx context.Context, accountID, name string) (found Worker, err error) {
	err = w.read(ctx, accountID, name, func(k *worker) error {
		found = k.clone().Worker
		return nil
	})
	return found, err
}

// Versions returns a Worker's versions, the newest first.
func (w *Workers) Versions(ctx context.Context, accountID, name string) (all []Version, err error) {
	err = w.read(ctx, accountID, name, func(k *worker) error {
		for _, v := range slices.Backward(k.versions) {
			all = append(all, *v)
		}
		return nil
	})
	return all, err
}

// Version returns one: ErrVersionNotFound if the Worker has none of this id.
func (w *Workers) Version(ctx context.Context, accountID, name, id string) (found Version, err error) {
	err = w.read(ctx, accountID, name, func(k *worker) error {
		v, err := k.version(id)
		if err == nil {
			found = *v
		}
		return err
	})
	return found, err
}

func (k *worker) version(id string) (*Version, error) {
	i := slices.IndexFunc(k.versions, func(v *Version) bool { return v.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s", ErrVersionNotFound, id)
	}
	return k.versions[i], nil
}

// latest is the version that was uploaded last; nil if there is none.
func (k *worker) latest() *Version {
	if len(k.versions) == 0 {
		return nil
	}
	return k.versions[len(k.versions)-1]
}
