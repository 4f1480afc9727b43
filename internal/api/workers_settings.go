package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/workers"
)

// settingsEdit is what of a Worker's settings a client changes; absent members stay.
type settingsEdit struct {
	Tags          *[]string       `json:"tags"`
	Logpush       *bool           `json:"logpush"`
	Observability json.RawMessage `json:"observability"`
	TailConsumers json.RawMessage `json:"tail_consumers"`
}

func (e settingsEdit) apply(s *workers.Settings) {
	if e.Tags != nil {
		s.Tags = *e.Tags
	}
	if e.Logpush != nil {
		s.Logpush = *e.Logpush
	}
	for to, from := range map[*json.RawMessage]json.RawMessage{&s.Observability: e.Observability, &s.TailConsumers: e.TailConsumers} {
		switch {
		case bytes.Equal(from, []byte("null")):
			*to = nil
		case from != nil:
			*to = from
		}
	}
}

// wireSettings are the settings of a Worker.
type wireSettings struct {
	Tags          []string        `json:"tags"`
	Logpush       bool            `json:"logpush"`
	Observability json.RawMessage `json:"observability,omitempty"`
	TailConsumers json.RawMessage `json:"tail_consumers,omitempty"`
}

func newSettings(s workers.Settings) wireSettings {
	if s.Tags == nil {
		s.Tags = []string{}
	}
	return wireSettings{Tags: s.Tags, Logpush: s.Logpush, Observability: s.Observability, TailConsumers: s.TailConsumers}
}

func (h *handler) getScriptSettings(c *call) error {
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	return c.ok(newSettings(k.Settings))
}

func (h *handler) patchScriptSettings(c *call) error {
	var edit settingsEdit
	if err := c.decode(&edit); err != nil {
		return err
	}
	s, err := h.workers.EditSettings(c.r.Context(), c.account, c.worker, edit.apply)
	if err != nil {
		return err
	}
	return c.ok(newSettings(s))
}

// getSettings shows the latest version's settings with those of the Worker. Secrets are
// among the bindings by name: wrangler sends back what it is to keep.
func (h *handler) getSettings(c *call) error {
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	v, err := h.latest(c, c.worker)
	if err != nil {
		return err
	}
	flags := v.CompatibilityFlags
	if flags == nil {
		flags = []string{}
	}
	return c.ok(struct {
		Bindings           []json.RawMessage `json:"bindings"`
		CompatibilityDate  string            `json:"compatibility_date,omitempty"`
		CompatibilityFlags []string          `json:"compatibility_flags"`
		UsageModel         string            `json:"usage_model"`
		MigrationTag       string            `json:"migration_tag,omitempty"`
		Placement          json.RawMessage   `json:"placement,omitempty"`
		Limits             json.RawMessage   `json:"limits,omitempty"`
		wireSettings
	}{shown(v.Bindings), v.CompatibilityDate, flags, "standard", k.MigrationTag, v.Rest["placement"], v.Rest["limits"], newSettings(k.Settings)})
}

// patchSettings takes bindings, all of them, and settings: as the part "settings" of a
// form, or as JSON. It is how older wranglers do "secret bulk".
func (h *handler) patchSettings(c *call) error {
	text, err := c.settingsText()
	if err != nil {
		return err
	}
	var body struct {
		Bindings *[]workers.Binding `json:"bindings"`
		settingsEdit
	}
	if err := wire.Object(bytes.NewReader(text), &body); err != nil {
		return err
	}
	ctx := c.r.Context()
	if body.Bindings != nil {
		_, err := h.workers.Edit(ctx, c.account, c.worker, workers.Edit{
			Deploy: true, Bindings: workers.WithBindings(*body.Bindings), Annotations: map[string]string{"workers/triggered_by": "upload"},
			Source: c.source(), Author: theUser.Email,
		})
		if errors.Is(err, workers.ErrNotDeployed) {
			return fmt.Errorf("%w: %w", errSettingsNotDeployed, err)
		}
		if err != nil {
			return err
		}
	}
	if _, err := h.workers.EditSettings(ctx, c.account, c.worker, body.apply); err != nil {
		return err
	}
	return h.getSettings(c)
}

func (c *call) settingsText() ([]byte, error) {
	if kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		text, err := io.ReadAll(c.body(maxMetadata))
		return text, bodyError(err)
	}
	form, err := c.form(maxMetadata)
	if err != nil {
		return nil, err
	}
	for {
		part, err := form.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: it has no part settings", errFormMalformed)
		case err != nil:
			return nil, err
		case part.FormName() == "settings":
			return readPart(part, maxMetadata, errBodyTooLarge)
		}
	}
}
