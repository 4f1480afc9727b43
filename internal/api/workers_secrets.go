package api

import (
	"fmt"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/workers"
)

// wireSecret is a secret; its text only ever comes in.
type wireSecret struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Text string `json:"text,omitempty"`
}

func (h *handler) listSecrets(c *call) error {
	v, err := h.latest(c, c.worker)
	if err != nil {
		return err
	}
	all := []wireSecret{}
	for _, b := range v.Bindings {
		if b.IsSecret() {
			all = append(all, wireSecret{Name: b.Name, Type: b.Type})
		}
	}
	return c.ok(all)
}

func (h *handler) putSecret(c *call) error {
	var body wireSecret
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	if err := h.workers.PutSecrets(c.r.Context(), c.account, c.worker, map[string]string{body.Name: body.Text}); err != nil {
		return err
	}
	return c.ok(wireSecret{Name: body.Name, Type: workers.TypeSecretText})
}

func (s wireSecret) check() error {
	if s.Type != "" && s.Type != workers.TypeSecretText {
		return fmt.Errorf("%w: type is not %s", wire.ErrShape, workers.TypeSecretText)
	}
	return nil
}

func (h *handler) deleteSecret(c *call) error {
	if err := h.workers.DeleteSecret(c.r.Context(), c.account, c.worker, c.item); err != nil {
		return err
	}
	return c.ok(nil)
}

// patchSecrets sets some secrets and removes those that are null, in one version.
func (h *handler) patchSecrets(c *call) error {
	var body struct {
		Secrets map[string]*wireSecret `json:"secrets"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	set, remove := map[string]string{}, []string(nil)
	for name, s := range body.Secrets {
		if s == nil {
			remove = append(remove, name)
			continue
		}
		if err := s.check(); err != nil {
			return err
		}
		set[name] = s.Text
	}
	return h.editBindings(c, workers.WithSecrets(set, remove))
}

// editBindings makes a version with other bindings, which serves at once.
func (h *handler) editBindings(c *call, edit func([]workers.Binding) ([]workers.Binding, error)) error {
	_, err := h.workers.Edit(c.r.Context(), c.account, c.worker, workers.Edit{
		Deploy: true, Bindings: edit, Annotations: map[string]string{"workers/triggered_by": "secret"},
	})
	if err != nil {
		return err
	}
	return h.listSecrets(c)
}
