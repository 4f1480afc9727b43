package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/platform"
)

// listNamespaces lists by id unless the query has order=title.
func (h *handler) listNamespaces(c *call) error {
	query, err := c.query()
	if err != nil {
		return err
	}
	order, direction := query.Get("order"), query.Get("direction")
	switch {
	case order != "" && order != "id" && order != "title":
		return errOrderInvalid
	case direction != "" && direction != "asc" && direction != "desc":
		return errDirectionInvalid
	}
	all, err := h.platform.Namespaces(c.r.Context(), c.account)
	if err != nil {
		return err
	}
	if order == "title" {
		slices.SortFunc(all, func(a, b platform.NamespaceInfo) int { return cmp.Compare(a.Title, b.Title) })
	}
	if direction == "desc" {
		slices.Reverse(all)
	}
	return page(c, all, wireNamespace)
}

// jurisdictions that Cloudflare's API reference has for the data of a namespace.
var jurisdictions = []string{"eu", "fedramp", "us"}

func (h *handler) createNamespace(c *call) error {
	var body wire.NewNamespace
	if err := c.decode(&body); err != nil {
		return err
	}
	switch {
	case body.Title == "":
		return errTitleMissing
	case body.Jurisdiction != "" && !slices.Contains(jurisdictions, body.Jurisdiction):
		return fmt.Errorf("%w: jurisdiction must be one of %s", wire.ErrShape, strings.Join(jurisdictions, ", "))
	case body.Mode != "": // or somebody tries a namespace that behaves like no other, and sees it behave like all
		return fmt.Errorf("%w: mode %q is not served, only namespaces without a mode are", wire.ErrShape, body.Mode)
	}
	made, err := h.platform.AddNamespace(c.r.Context(), c.account, platform.NamespaceInfo{Title: body.Title, Jurisdiction: body.Jurisdiction})
	if err != nil {
		return err
	}
	return c.ok(wireNamespace(made))
}

func (h *handler) getNamespace(c *call) error {
	info, err := h.platform.NamespaceInfo(c.r.Context(), c.account, c.namespaceID)
	if err != nil {
		return err
	}
	return c.ok(wireNamespace(info))
}

// renameNamespace answers the namespace: wrangler reads its title and breaks on null.
func (h *handler) renameNamespace(c *call) error {
	title, err := c.title()
	if err != nil {
		return err
	}
	renamed, err := h.platform.RenameNamespace(c.r.Context(), c.account, c.namespaceID, title)
	if err != nil {
		return err
	}
	return c.ok(wireNamespace(renamed))
}

func (h *handler) deleteNamespace(c *call) error {
	ctx := c.r.Context()
	if _, err := h.platform.NamespaceInfo(ctx, c.account, c.namespaceID); err != nil {
		return err // an account that is not there has no Workers to ask
	}
	err := h.workers.WhileUnbound(ctx, c.account, c.namespaceID, func() error {
		return h.platform.DeleteNamespace(ctx, c.account, c.namespaceID)
	})
	if err != nil {
		return err
	}
	return c.ok(nil)
}

// title reads the body of a rename.
func (c *call) title() (string, error) {
	var body wire.Title
	if err := c.decode(&body); err != nil {
		return "", err
	}
	if body.Title == "" {
		return "", errTitleMissing
	}
	return body.Title, nil
}

func wireNamespace(n platform.NamespaceInfo) wire.Namespace {
	return wire.Namespace{ID: n.ID, Title: n.Title, SupportsURLEncoding: true, Jurisdiction: n.Jurisdiction}
}
