package workers

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Edit makes a version of the latest one: the code is the same, bindings are others.
type Edit struct {
	// Bindings returns the new ones; it may change what it is given.
	Bindings       func([]Binding) ([]Binding, error)
	Annotations    map[string]string
	Source, Author string // "" are those of the version before
	// Deploy serves the version at once, to everybody: ErrNotDeployed when the latest
	// version does not serve so, as the edit would deploy it unasked.
	Deploy bool
}

// Edit makes the version, which is judged as an upload is.
func (w *Workers) Edit(ctx context.Context, accountID, name string, e Edit) (Version, error) {
	var made Version
	err := w.changeIn(ctx, accountID, name, func(a *account, k *worker) error {
		before := k.latest()
		if before == nil || e.Deploy && !k.serves(before.ID) {
			return fmt.Errorf("%w: upload or deploy one first", ErrNotDeployed)
		}
		v := *before
		var err error
		if v.Bindings, err = e.Bindings(slices.Clone(before.Bindings)); err != nil {
			return err
		}
		problems, err := w.judgeBindings(ctx, a, k, &v)
		if err != nil {
			return err
		}
		if err := refuse(problems); err != nil {
			return err
		}
		if v.ID, err = w.newUUID(); err != nil {
			return err
		}
		if e.Source != "" {
			v.Source, v.Author = e.Source, e.Author
		}
		v.Number, v.Created, v.Annotations = k.LastVersion+1, w.now().UTC(), e.Annotations
		k.versions = append(k.versions, &v)
		made = v
		if !e.Deploy {
			return nil
		}
		return w.deploy(k, Deployment{
			Source: v.Source, Author: v.Author, Annotations: v.Annotations,
			Versions: []Share{{VersionID: v.ID, Percentage: 100}},
		})
	})
	if err == nil && e.Deploy {
		w.deployed(accountID, name)
	}
	return made, err
}

// PutSecrets sets secrets, in a new version that serves at once: errors of Edit, and
// ErrBindingTaken when another kind of binding has the name.
func (w *Workers) PutSecrets(ctx context.Context, accountID, name string, secrets map[string]string) error {
	_, err := w.Edit(ctx, accountID, name, Edit{Deploy: true, Annotations: bySecret, Bindings: WithSecrets(secrets, nil)})
	return err
}

// DeleteSecret removes one, in a new version that serves at once: ErrSecretNotFound.
func (w *Workers) DeleteSecret(ctx context.Context, accountID, name, secret string) error {
	_, err := w.Edit(ctx, accountID, name, Edit{Deploy: true, Annotations: bySecret, Bindings: WithSecrets(nil, []string{secret})})
	return err
}

// bySecret says of a version why it was made.
var bySecret = map[string]string{"workers/triggered_by": "secret"}

// WithSecrets is an edit that sets some secrets and removes others.
func WithSecrets(set map[string]string, remove []string) func([]Binding) ([]Binding, error) {
	return func(bindings []Binding) ([]Binding, error) {
		for _, name := range remove {
			i := indexBinding(bindings, name)
			if i < 0 || !bindings[i].IsSecret() {
				return nil, &BindingError{Err: ErrSecretNotFound, Binding: name}
			}
			bindings = slices.Delete(bindings, i, i+1)
		}
		for _, name := range slices.Sorted(maps.Keys(set)) {
			switch i := indexBinding(bindings, name); {
			case name == "":
				return nil, fmt.Errorf("%w: it is a secret", ErrBindingUnnamed)
			case i < 0:
				bindings = append(bindings, Secret(name, set[name]))
			case !bindings[i].IsSecret():
				return nil, &BindingError{Err: ErrBindingTaken, Binding: name}
			default:
				bindings[i] = Secret(name, set[name])
			}
		}
		return bindings, nil
	}
}

// WithBindings is an edit that replaces all bindings. One of which only name and type are
// told, or of type inherit, stands for what was there: ErrInheritNothing.
func WithBindings(all []Binding) func([]Binding) ([]Binding, error) {
	return func(former []Binding) ([]Binding, error) {
		var bindings []Binding
		var problems []error
		for _, b := range all {
			i := indexBinding(former, b.Name)
			switch inherits := b.Type == TypeInherit || !b.HasContent(); {
			case inherits && i >= 0 && (b.Type == TypeInherit || b.Type == former[i].Type):
				b = former[i]
			case b.Type == TypeInherit, inherits && b.IsSecret():
				problems = append(problems, &BindingError{Err: ErrInheritNothing, Binding: b.Name, Type: b.Type})
			}
			bindings = append(bindings, b)
		}
		return bindings, refuse(problems)
	}
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
