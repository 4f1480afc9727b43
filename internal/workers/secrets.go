package workers

import (
	"context"
	"fmt"
	"slices"
)

// PutSecrets sets secrets, in a new version that serves at once: the code and the other
// bindings are those of the latest version. ErrNotDeployed when that does not serve, as
// the change would deploy it unasked; ErrBindingTaken when another kind of binding has the name.
func (w *Workers) PutSecrets(ctx context.Context, accountID, name string, secrets map[string]string) error {
	return w.editSecrets(ctx, accountID, name, func(bindings []Binding) ([]Binding, error) {
		for secret, text := range secrets {
			i := indexBinding(bindings, secret)
			switch {
			case i < 0:
				bindings = append(bindings, Secret(secret, text))
			case !bindings[i].IsSecret():
				return nil, &BindingError{Err: ErrBindingTaken, Binding: secret}
			default:
				bindings[i] = Secret(secret, text)
			}
		}
		return bindings, nil
	})
}

// DeleteSecret removes one, in a new version that serves at once: ErrSecretNotFound.
func (w *Workers) DeleteSecret(ctx context.Context, accountID, name, secret string) error {
	return w.editSecrets(ctx, accountID, name, func(bindings []Binding) ([]Binding, error) {
		i := indexBinding(bindings, secret)
		if i < 0 || !bindings[i].IsSecret() {
			return nil, &BindingError{Err: ErrSecretNotFound, Binding: secret}
		}
		return slices.Delete(bindings, i, i+1), nil
	})
}

func (w *Workers) editSecrets(ctx context.Context, accountID, name string, edit func([]Binding) ([]Binding, error)) error {
	err := w.change(ctx, accountID, name, func(k *worker) error {
		before := k.latest()
		if before == nil || !k.serves(before.ID) {
			return fmt.Errorf("%w: upload or deploy one first", ErrNotDeployed)
		}
		v := *before
		var err error
		if v.Bindings, err = edit(slices.Clone(before.Bindings)); err != nil {
			return err
		}
		if v.ID, err = w.newUUID(); err != nil {
			return err
		}
		v.Number, v.Created = k.LastVersion+1, w.now().UTC()
		v.Annotations = map[string]string{"workers/triggered_by": "secret"}
		k.versions = append(k.versions, &v)
		return w.deploy(k, Deployment{
			Source: v.Source, Author: v.Author, Annotations: v.Annotations,
			Versions: []Share{{VersionID: v.ID, Percentage: 100}},
		})
	})
	if err == nil {
		w.deployed(accountID, name)
	}
	return err
}

// serves says whether a version has all requests.
func (k *worker) serves(version string) bool {
	if len(k.deployments) == 0 {
		return false
	}
	shares := k.deployments[len(k.deployments)-1].Versions
	return len(shares) == 1 && shares[0].VersionID == version
}

func indexBinding(all []Binding, name string) int {
	return slices.IndexFunc(all, func(b Binding) bool { return b.Name == name })
}
