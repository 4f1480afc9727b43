package cloudflare

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
)

// NamespaceInfo is a KV namespace as the API shows it.
type NamespaceInfo struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Namespaces lists an account's KV namespaces, all pages, ordered by title.
func (c *Client) Namespaces(ctx context.Context, account string) ([]NamespaceInfo, error) {
	path, err := namespacesPath(account)
	if err != nil {
		return nil, err
	}
	// 1,000 is the most an account may hold, so one request is enough.
	return pages[NamespaceInfo](ctx, c, path, url.Values{"per_page": {"1000"}, "order": {"title"}, "direction": {"asc"}})
}

// NamespaceInfo asks for one namespace.
func (c *Client) NamespaceInfo(ctx context.Context, account, id string) (NamespaceInfo, error) {
	path, err := namespacePath(account, id)
	if err != nil {
		return NamespaceInfo{}, err
	}
	return call[NamespaceInfo](ctx, c, request{method: http.MethodGet, path: path}, nil)
}

// CreateNamespace makes a namespace. It is not tried again after a broken
// connection: the namespace may have been made.
func (c *Client) CreateNamespace(ctx context.Context, account, title string) (NamespaceInfo, error) {
	path, err := namespacesPath(account)
	if err != nil {
		return NamespaceInfo{}, err
	}
	body, err := jsonBody(wire.Title{Title: title})
	if err != nil {
		return NamespaceInfo{}, err
	}
	return call[NamespaceInfo](ctx, c, request{method: http.MethodPost, path: path, body: body, once: true}, nil)
}

// DeleteNamespace removes a namespace and all its keys.
func (c *Client) DeleteNamespace(ctx context.Context, account, id string) error {
	path, err := namespacePath(account, id)
	if err != nil {
		return err
	}
	return c.exec(ctx, request{method: http.MethodDelete, path: path, once: true})
}

// namespacesPath is the path of an account's namespaces.
func namespacesPath(account string) (string, error) {
	segment, err := idSegment("account", account)
	return "/accounts/" + segment + "/storage/kv/namespaces", err
}

// namespacePath is the path of one namespace.
func namespacePath(account, id string) (string, error) {
	all, err := namespacesPath(account)
	if err != nil {
		return "", err
	}
	segment, err := idSegment("namespace", id)
	if err != nil {
		return "", fmt.Errorf("%w: %w", kv.ErrNamespaceNotFound, err)
	}
	return all + "/" + segment, nil
}

// idSegment escapes an id for a path. What would vanish from the path is refused
// here: "delete namespace ”" must not become another request. What else is wrong
// with an id, the API says better.
func idSegment(what, id string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", fmt.Errorf("%s id %q is no id", what, id)
	}
	return url.PathEscape(id), nil
}
