package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/workers"
)

// getSubdomain answers the account's label below workers.dev.
func (h *handler) getSubdomain(c *call) error {
	a, err := h.platform.Account(c.r.Context(), c.account)
	if err != nil {
		return err
	}
	return c.ok(map[string]string{"subdomain": a.Label()})
}

func (h *handler) getScriptSubdomain(c *call) error {
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	return c.ok(k.Subdomain)
}

// postScriptSubdomain leaves previews as they are where the body does not name them.
func (h *handler) postScriptSubdomain(c *call) error {
	var body struct {
		Enabled         bool  `json:"enabled"`
		PreviewsEnabled *bool `json:"previews_enabled"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	next := workers.Subdomain{Enabled: body.Enabled, PreviewsEnabled: k.Subdomain.PreviewsEnabled}
	if body.PreviewsEnabled != nil {
		next.PreviewsEnabled = *body.PreviewsEnabled
	}
	if err := h.workers.SetSubdomain(c.r.Context(), c.account, c.worker, next); err != nil {
		return err
	}
	return c.ok(next)
}

type wireSchedules struct {
	Schedules []workers.Schedule `json:"schedules"`
}

func (h *handler) getSchedules(c *call) error {
	k, err := h.workers.Worker(c.r.Context(), c.account, c.worker)
	if err != nil {
		return err
	}
	if k.Schedules == nil {
		k.Schedules = []workers.Schedule{}
	}
	return c.ok(wireSchedules{k.Schedules})
}

func (h *handler) putSchedules(c *call) error {
	var body []struct {
		Cron string `json:"cron"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	var crons []string
	for _, s := range body {
		crons = append(crons, s.Cron)
	}
	all, err := h.workers.SetSchedules(c.r.Context(), c.account, c.worker, crons)
	if err != nil {
		return err
	}
	return c.ok(wireSchedules{all})
}

// putRoutes keeps the patterns of zones under which the Worker is to answer.
func (h *handler) putRoutes(c *call) error {
	var body []struct {
		Pattern string `json:"pattern"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	patterns := []string{}
	for _, r := range body {
		patterns = append(patterns, r.Pattern)
	}
	if err := h.workers.SetRoutes(c.r.Context(), c.account, c.worker, patterns, nil); err != nil {
		return err
	}
	return c.ok(patterns)
}

// putDomains keeps the custom domains of the Worker.
func (h *handler) putDomains(c *call) error {
	var body struct {
		Origins []struct {
			Hostname string `json:"hostname"`
		} `json:"origins"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	hosts := []string{}
	for _, o := range body.Origins {
		hosts = append(hosts, o.Hostname)
	}
	if err := h.workers.SetRoutes(c.r.Context(), c.account, c.worker, nil, hosts); err != nil {
		return err
	}
	return c.ok(hosts)
}

// domainChanges says that no custom domain is in anybody's way.
func (h *handler) domainChanges(c *call) error {
	if _, err := h.workers.Worker(c.r.Context(), c.account, c.worker); err != nil {
		return err
	}
	none := []struct{}{}
	return c.ok(map[string]any{"added": none, "removed": none, "updated": none, "conflicting": none})
}

// listZones has a zone for every name of two labels that an account is asked for: what
// is rehearsed here are Workers, whose zones are taken to be in order.
func (h *handler) listZones(c *call) error {
	query, err := c.query()
	if err != nil {
		return err
	}
	name, account := query.Get("name"), query.Get("account.id")
	type zone struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	var zones []zone
	if strings.Count(name, ".") == 1 && platform.ValidID(account) && c.holder.CanSee(account) {
		sum := sha256.Sum256([]byte(account + "/" + name))
		zones = append(zones, zone{hex.EncodeToString(sum[:16]), name})
	}
	return page(c, zones, func(z zone) zone { return z })
}

// getWorkflow knows none: each name is free.
func (h *handler) getWorkflow(*call) error { return errWorkflowNotFound }

// putWorkflow takes a workflow's description, and does not run it.
func (h *handler) putWorkflow(c *call) error {
	var body map[string]json.RawMessage
	if err := c.decode(&body); err != nil {
		return err
	}
	name, _ := json.Marshal(c.item) // a string
	return c.ok(map[string]json.RawMessage{"id": name, "name": name, "script_name": body["script_name"], "class_name": body["class_name"]})
}
