package api

import (
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/workers"
)

// postVersion makes a version that nobody is served by yet.
func (h *handler) postVersion(c *call) error {
	u, err := h.readUpload(c)
	if err != nil {
		return err
	}
	v, err := h.workers.Upload(c.r.Context(), c.account, c.worker, u)
	if err != nil {
		return err
	}
	return h.okVersion(c, v)
}

// deployablePerPage is how many versions a list has that asks for no page.
const deployablePerPage = 10

func (h *handler) listVersions(c *call) error {
	all, err := h.workers.Versions(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	number, err := positive(query, "page", 1, errPageInvalid)
	if err != nil {
		return err
	}
	size, err := positive(query, "per_page", deployablePerPage, errPerPageInvalid)
	if err != nil {
		return err
	}
	items := []wireVersion{}
	if pages := (len(all)-1)/size + 1; number <= pages {
		start := (number - 1) * size
		for _, v := range all[start:min(start+size, len(all))] {
			items = append(items, listedVersion(v))
		}
	}
	return c.ok(struct {
		Items []wireVersion `json:"items"`
	}{items})
}

func (h *handler) getVersion(c *call) error {
	v, err := h.workers.Version(c.r.Context(), c.account, c.worker, c.version)
	if err != nil {
		return err
	}
	return h.okVersion(c, v)
}

// okVersion answers a version, and whether it has an address of its own: a Worker with Durable Objects gives none to any.
// Source: Cloudflare's page on preview URLs.
func (h *handler) okVersion(c *call, v workers.Version) error {
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	shown := wholeVersion(v)
	shown.Metadata.HasPreview = len(k.Classes) == 0
	return c.ok(shown)
}

func (h *handler) listDeployments(c *call) error {
	all, err := h.workers.Deployments(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	const shown = 10 // as many as the real API has
	answer := struct {
		Deployments []wireDeployment `json:"deployments"`
	}{[]wireDeployment{}}
	for _, d := range all[:min(shown, len(all))] {
		answer.Deployments = append(answer.Deployments, newDeployment(d))
	}
	return c.ok(answer)
}

func (h *handler) postDeployment(c *call) error {
	var body struct {
		Strategy    string            `json:"strategy"`
		Versions    []workers.Share   `json:"versions"`
		Annotations map[string]string `json:"annotations"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	if body.Strategy != "" && body.Strategy != "percentage" {
		return fmt.Errorf("%w: strategy %q is not percentage", workers.ErrDeploymentInvalid, body.Strategy)
	}
	d, err := h.workers.Deploy(c.r.Context(), c.account, c.worker, workers.Deployment{
		Versions: body.Versions, Annotations: body.Annotations, Source: c.source(), Author: theUser.Email,
	}, query.Get("force") == "true")
	if err != nil {
		return err
	}
	return c.ok(newDeployment(d))
}

// patchLatest makes a version of the latest one with other secrets; nobody is served by
// it yet. It is how newer wranglers do "versions secret put".
func (h *handler) patchLatest(c *call) error {
	var body struct {
		Env map[string]*struct {
			Type string `json:"type"`
			Text string `json:"text"`
		} `json:"env"`
		Annotations map[string]string `json:"annotations"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	set, remove := map[string]string{}, []string(nil)
	for name, secret := range body.Env {
		switch {
		case secret == nil:
			remove = append(remove, name)
		case secret.Type != workers.TypeSecretText:
			return fmt.Errorf("%w: env holds what is no %s", wire.ErrShape, workers.TypeSecretText)
		default:
			set[name] = secret.Text
		}
	}
	v, err := h.workers.Edit(c.r.Context(), c.account, c.worker, workers.Edit{
		Bindings: workers.WithSecrets(set, remove), Annotations: body.Annotations, Source: c.source(), Author: theUser.Email,
	})
	if err != nil {
		return err
	}
	return c.ok(wholeVersion(v))
}

// getContent answers the modules of a version as a form, for clients that upload them
// again with other bindings.
func (h *handler) getContent(c *call) error {
	ctx := c.r.Context()
	query, err := c.query()
	if err != nil {
		return err
	}
	v, err := h.latest(c, c.worker)
	if id := query.Get("version"); err == nil && id != "" {
		v, err = h.workers.Version(ctx, c.account, c.worker, id)
	}
	if err != nil {
		return err
	}
	contents := make([][]byte, len(v.Modules))
	for i, m := range v.Modules {
		if contents[i], err = h.workers.Content(ctx, c.account, m); err != nil {
			return err
		}
	}
	form := multipart.NewWriter(c)
	header := c.w.Header()
	header.Set("Content-Type", form.FormDataContentType())
	if len(v.Modules) > 0 {
		header.Set("cf-entrypoint", v.Modules[0].Name)
	}
	c.status = http.StatusOK
	c.w.WriteHeader(c.status)
	for i, m := range v.Modules {
		name := strings.NewReplacer(`\`, `\\`, `"`, "%22").Replace(m.Name)
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, name, name)},
			"Content-Type":        {contentTypes[m.Kind]},
		})
		if err == nil {
			_, err = part.Write(contents[i])
		}
		if err != nil {
			return nil // the client is gone
		}
	}
	_ = form.Close() // fails only when the client is gone
	return nil
}

// contentTypes are how the kinds of modules are sent.
var contentTypes = map[workers.ModuleKind]string{
	workers.KindESModule:  "application/javascript+module",
	workers.KindCommonJS:  "application/javascript",
	workers.KindClassic:   "application/javascript",
	workers.KindText:      "text/plain",
	workers.KindData:      "application/octet-stream",
	workers.KindWasm:      "application/wasm",
	workers.KindJSON:      "application/json",
	workers.KindPython:    "text/x-python",
	workers.KindSourceMap: "application/source-map",
}
