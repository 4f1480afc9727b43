package workers

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// MaxShares bounds how many versions serve at once. Source: gradual deployments.
const MaxShares = 2

// Deploy says which versions are to serve from now on: ErrDeploymentInvalid,
// ErrVersionNotFound; errors of an upload, when what a version is bound to is gone since; and unless it is
// forced ErrSecretsChanged, when that would bring back older secrets. Of d, Versions, Annotations, Source and Author are taken.
func (w *Workers) Deploy(ctx context.Context, accountID, name string, d Deployment, force bool) (Deployment, error) {
	err := w.changeIn(ctx, accountID, name, func(a *account, k *worker) error {
		if err := w.judgeAgain(ctx, a, k, d.Versions); err != nil {
			return err
		}
		if !force {
			if err := k.checkSecrets(d.Versions); err != nil {
				return err
			}
		}
		if err := w.deploy(k, d); err != nil {
			return err
		}
		d = *k.deployments[len(k.deployments)-1]
		return nil
	})
	if err != nil {
		return Deployment{}, err
	}
	w.deployed(accountID, name)
	return d, nil
}

// judgeAgain holds the bindings of versions that do not serve now against what the account has by now.
// Source: Cloudflare's page on rollbacks, which rules them out where a bound resource was deleted.
func (w *Workers) judgeAgain(ctx context.Context, a *account, k *worker, shares []Share) error {
	for _, s := range shares {
		v, err := k.version(s.VersionID)
		if err != nil || slices.Contains(k.serving(), v) {
			continue // what is no version is said below
		}
		problems, err := w.judgeBindings(ctx, a, k, v)
		if err != nil {
			return err
		}
		if err := refuse(problems); err != nil {
			return err
		}
	}
	return nil
}

// deploy adds a deployment to a copy of a Worker.
func (w *Workers) deploy(k *worker, d Deployment) error {
	if err := k.checkShares(d.Versions); err != nil {
		return err
	}
	id, err := w.newUUID()
	if err != nil {
		return err
	}
	d.ID, d.Number, d.Created = id, k.LastDeployment+1, w.now().UTC()
	k.deployments = append(k.deployments, &d)
	return nil
}

func (k *worker) checkShares(shares []Share) error {
	if len(shares) == 0 || len(shares) > MaxShares {
		return fmt.Errorf("%w: it has %d versions, from 1 to %d are possible", ErrDeploymentInvalid, len(shares), MaxShares)
	}
	total := 0.0
	for i, s := range shares {
		if _, err := k.version(s.VersionID); err != nil {
			return err
		}
		if slices.ContainsFunc(shares[:i], func(o Share) bool { return o.VersionID == s.VersionID }) {
			return fmt.Errorf("%w: version %s is there twice", ErrDeploymentInvalid, s.VersionID)
		}
		if s.Percentage < 0 || s.Percentage > 100 || math.IsNaN(s.Percentage) {
			return fmt.Errorf("%w: %v is no percentage", ErrDeploymentInvalid, s.Percentage)
		}
		total += s.Percentage
	}
	if math.Abs(total-100) > 1e-6 {
		return fmt.Errorf("%w: percentages sum to %v, not to 100", ErrDeploymentInvalid, total)
	}
	return nil
}

// checkSecrets compares the secrets of versions that are to serve again with those of a
// later one that serves now: ErrSecretsChanged, which names those that differ.
func (k *worker) checkSecrets(shares []Share) error {
	changed := map[string]bool{}
	for _, now := range k.serving() {
		for _, s := range shares {
			v, err := k.version(s.VersionID)
			if err != nil || v.Number >= now.Number {
				continue
			}
			before, after := v.secrets(), now.secrets()
			for _, all := range []map[string]string{before, after} {
				for name := range all {
					text, was := before[name]
					other, is := after[name]
					changed[name] = changed[name] || was != is || text != other
				}
			}
		}
	}
	maps.DeleteFunc(changed, func(_ string, differs bool) bool { return !differs })
	if len(changed) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrSecretsChanged, strings.Join(slices.Sorted(maps.Keys(changed)), ", "))
}

func (v *Version) secrets() map[string]string {
	all := map[string]string{}
	for _, b := range v.Bindings {
		if b.IsSecret() {
			all[b.Name] = b.Field("text")
		}
	}
	return all
}

// Deployments returns a Worker's deployments, the one that serves first.
func (w *Workers) Deployments(ctx context.Context, accountID, name string) (all []Deployment, err error) {
	err = w.read(ctx, accountID, name, func(k *worker) error {
		for _, d := range slices.Backward(k.deployments) {
			all = append(all, *d)
		}
		return nil
	})
	return all, err
}
