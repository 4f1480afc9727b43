package api

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/workers"
)

// putScript makes a version that serves at once, and the Worker where there is none.
func (h *handler) putScript(c *call) error {
	u, err := h.readUpload(c)
	if err != nil {
		return err
	}
	u.Deploy = true
	v, err := h.workers.Upload(c.r.Context(), c.account, c.worker, u)
	if err != nil {
		return err
	}
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	answer := wireScript(k, v)
	answer.StartupMillis = v.Trial.StartupMillis
	answer.DeploymentID = strings.ReplaceAll(v.ID, "-", "") // wrangler prints it as the version's
	return c.ok(answer)
}

func (h *handler) listScripts(c *call) error {
	all, err := h.workers.List(c.r.Context(), c.account)
	if err != nil {
		return err
	}
	answer := make([]wireScriptInfo, 0, len(all))
	for _, k := range all {
		v, err := h.latest(c, k.Name)
		if err != nil {
			return err
		}
		answer = append(answer, wireScript(k, v))
	}
	return c.ok(answer)
}

// latest returns the version that was uploaded last.
func (h *handler) latest(c *call, worker string) (workers.Version, error) {
	versions, err := h.workers.Versions(c.r.Context(), c.account, worker)
	if err != nil {
		return workers.Version{}, err
	}
	return versions[0], nil // a Worker is made with one
}

// getService says of a missing Worker what wrangler takes for "make a new one".
func (h *handler) getService(c *call) error {
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if errors.Is(err, workers.ErrNotFound) {
		return errServiceNotFound
	}
	if err != nil {
		return err
	}
	v, err := h.latest(c, c.worker)
	if err != nil {
		return err
	}
	environment := wireEnvironment{Environment: "production", Created: k.Created, Modified: k.Modified, Script: wireScript(k, v)}
	return c.ok(wireService{
		ID: k.Name, Created: k.Created, Modified: k.Modified,
		DefaultEnvironment: environment, Environments: []wireEnvironment{environment},
	})
}

// getWorker is what newer wranglers ask for in place of parts of a script.
func (h *handler) getWorker(c *call) error {
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	tags := k.Settings.Tags
	if tags == nil {
		tags = []string{}
	}
	a, err := h.platform.Account(c.r.Context(), c.account)
	if err != nil {
		return err
	}
	return c.ok(map[string]any{
		"id": k.Tag, "name": k.Name, "created_on": k.Created, "updated_on": k.Modified, "tags": tags, "logpush": k.Settings.Logpush,
		"subdomain": map[string]any{
			"enabled": k.Subdomain.Enabled, "previews_enabled": k.Subdomain.PreviewsEnabled,
			"preview_url_suffix": "-" + k.Name + "." + a.Label() + ".workers.dev",
		},
	})
}

// deleteScript keeps a Worker that consumes queues, unless it is forced: their messages
// would go nowhere.
func (h *handler) deleteScript(c *call) error {
	ctx := c.r.Context()
	query, err := c.query()
	if err != nil {
		return err
	}
	if _, err := h.workers.Worker(ctx, c.account, c.worker); err != nil {
		return err
	}
	queues, err := h.resources.ConsumedBy(ctx, c.account, c.worker)
	if err != nil {
		return err
	}
	if len(queues) > 0 && query.Get("force") != "true" {
		return fmt.Errorf("%w: %s", errWorkerConsumes, strings.Join(queues, ", "))
	}
	if err := h.workers.Delete(ctx, c.account, c.worker); err != nil {
		return err
	}
	for _, queue := range queues {
		if err := h.resources.Release(ctx, c.account, queue, c.worker); err != nil {
			return err
		}
	}
	return c.ok(nil)
}

// getReferences names the Workers that bind this one, and those that it binds.
func (h *handler) getReferences(c *call) error {
	ctx := c.r.Context()
	if _, err := h.workers.Worker(ctx, c.account, c.worker); err != nil {
		return err
	}
	all, err := h.workers.List(ctx, c.account)
	if err != nil {
		return err
	}
	answer := newReferences()
	for _, k := range all {
		v, err := h.latest(c, k.Name)
		if err != nil {
			return err
		}
		for _, b := range v.Bindings {
			service, script := b.Field("service"), b.Field("script_name")
			reference := map[string]string{"service": k.Name, "name": b.Name, "environment": "production"}
			switch {
			case k.Name == c.worker && b.Type == "service":
				reference["service"] = service
				answer.Services.Outgoing = append(answer.Services.Outgoing, reference)
			case k.Name != c.worker && b.Type == "service" && service == c.worker:
				answer.Services.Incoming = append(answer.Services.Incoming, reference)
			case k.Name != c.worker && b.Type == "durable_object_namespace" && script == c.worker:
				reference["durable_object_binding_name"] = b.Name
				answer.DurableObjects = append(answer.DurableObjects, reference)
			}
		}
	}
	return c.ok(answer)
}

// listClasses lists the Durable Object namespaces of all Workers: their classes.
func (h *handler) listClasses(c *call) error {
	all, err := h.workers.List(c.r.Context(), c.account)
	if err != nil {
		return err
	}
	var classes []wireClass
	for _, k := range all {
		for name, class := range k.Classes {
			classes = append(classes, wireClass{ID: class.Key, Name: k.Name + "_" + name, Script: k.Name, Class: name, SQLite: class.SQLite})
		}
	}
	return page(c, classes, func(one wireClass) wireClass { return one })
}

// none answers a list of what no account of this server has.
func (h *handler) none(c *call) error {
	return page(c, []struct{}{}, func(s struct{}) struct{} { return s })
}
