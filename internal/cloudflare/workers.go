package cloudflare

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

// ErrWorkerNotFound: the account has no Worker of this name.
var ErrWorkerNotFound = errors.New("the account has no such Worker")

// codeWorkerNotFound on the routes of a Worker.
const codeWorkerNotFound = 10007

// WorkerBinding is a binding of a Worker as it is deployed. What it leads to stands in the field of its type.
type WorkerBinding struct {
	Name string `json:"name"`
	Type string `json:"type"`

	Namespace string `json:"namespace_id"` // kv_namespace
	Bucket    string `json:"bucket_name"`  // r2_bucket
	Database  string `json:"id"`           // d1, hyperdrive
	Queue     string `json:"queue_name"`   // queue
	Service   string `json:"service"`      // service
	Class     string `json:"class_name"`   // durable_object_namespace, workflow
	Script    string `json:"script_name"`  // whose class it is
	Index     string `json:"index_name"`   // vectorize

	// Text of plain_text and JSON of json are values of variables, which may be secret: never to be printed.
	Text string          `json:"text"`
	JSON json.RawMessage `json:"json"`
}

// Resource is what a binding leads to: an id, or a name; "" for types that lead to none.
func (b WorkerBinding) Resource() string {
	switch b.Type {
	case "kv_namespace":
		return b.Namespace
	case "r2_bucket":
		return b.Bucket
	case "d1", "hyperdrive":
		return b.Database
	case "queue":
		return b.Queue
	case "service":
		return b.Service
	case "durable_object_namespace", "workflow":
		return b.Class
	case "vectorize":
		return b.Index
	}
	return ""
}

// Workers lists the names of an account's Workers.
func (c *Client) Workers(ctx context.Context, account string) (names []string, err error) {
	path, err := accountPath(account, "/workers/scripts")
	if err != nil {
		return nil, err
	}
	list, err := call[[]struct {
		ID string `json:"id"`
	}](ctx, c, request{method: http.MethodGet, path: path}, nil)
	for _, w := range list {
		names = append(names, w.ID)
	}
	return names, err
}

// WorkerBindings lists what a Worker that is deployed is bound to, secrets among it by name: ErrWorkerNotFound.
func (c *Client) WorkerBindings(ctx context.Context, account, worker string) ([]WorkerBinding, error) {
	path, err := accountPath(account, "/workers/scripts/%s/settings", worker)
	if err != nil {
		return nil, err
	}
	settings, err := call[struct {
		Bindings []WorkerBinding `json:"bindings"`
	}](ctx, c, request{method: http.MethodGet, path: path}, nil)
	return settings.Bindings, workerError(err)
}

// WorkerDeployment says which versions of a Worker serve since when.
type WorkerDeployment struct {
	ID       string          `json:"id"`
	Created  time.Time       `json:"created_on"`
	Source   string          `json:"source"` // as "wrangler"
	Author   string          `json:"author_email"`
	Versions []WorkerVersion `json:"versions"`
}

// WorkerVersion is a version's part of the requests.
type WorkerVersion struct {
	ID         string  `json:"version_id"` // a UUID
	Percentage float64 `json:"percentage"`
}

// Deployments lists a Worker's deployments, newest first: ErrWorkerNotFound.
func (c *Client) Deployments(ctx context.Context, account, worker string) ([]WorkerDeployment, error) {
	path, err := accountPath(account, "/workers/scripts/%s/deployments", worker)
	if err != nil {
		return nil, err
	}
	list, err := call[struct {
		Deployments []WorkerDeployment `json:"deployments"`
	}](ctx, c, request{method: http.MethodGet, path: path}, nil)
	return list.Deployments, workerError(err)
}

// Subdomain returns the account's name below workers.dev, "" if it has none, and whether the Worker answers there.
func (c *Client) Subdomain(ctx context.Context, account, worker string) (name string, enabled bool, err error) {
	path, err := accountPath(account, "/workers/subdomain")
	if err != nil {
		return "", false, err
	}
	of, err := call[struct {
		Subdomain string `json:"subdomain"`
	}](ctx, c, request{method: http.MethodGet, path: path}, nil)
	var refused *APIError
	if errors.As(err, &refused) && refused.Code == codeWorkerNotFound {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if path, err = accountPath(account, "/workers/scripts/%s/subdomain", worker); err != nil {
		return "", false, err
	}
	at, err := call[struct {
		Enabled bool `json:"enabled"`
	}](ctx, c, request{method: http.MethodGet, path: path}, nil)
	return of.Subdomain, at.Enabled, workerError(err)
}

func workerError(err error) error {
	var refused *APIError
	if errors.As(err, &refused) && refused.Code == codeWorkerNotFound {
		return errors.Join(ErrWorkerNotFound, err)
	}
	return err
}

// TokenInfo is what the API says of the token in use.
type TokenInfo struct {
	ID      string     `json:"id"`
	Status  string     `json:"status"` // "active"
	Expires *time.Time `json:"expires_on"`
	Owner   string     `json:"-"` // "user", or "account" for a token that an account owns
}

// Token asks what the token is: as a user's, then, where that is refused, as one of the account's.
func (c *Client) Token(ctx context.Context, account string) (TokenInfo, error) {
	info, err := call[TokenInfo](ctx, c, request{method: http.MethodGet, path: "/user/tokens/verify"}, nil)
	info.Owner = "user"
	var refused *APIError
	if err == nil || account == "" || !errors.As(err, &refused) || refused.Status >= 500 {
		return info, err
	}
	path, invalid := accountPath(account, "/tokens/verify")
	if invalid != nil {
		return info, invalid
	}
	own, second := call[TokenInfo](ctx, c, request{method: http.MethodGet, path: path}, nil)
	if second != nil {
		return info, err
	}
	own.Owner = "account"
	return own, nil
}

// TokenPolicies asks what a token may do; info is what Token said of it. Most tokens may not ask that of themselves, as it takes
// "API Tokens Read" (of an account's own token, "Account API Tokens Read").
func (c *Client) TokenPolicies(ctx context.Context, account string, info TokenInfo) ([]wire.TokenPolicy, error) {
	id, err := idSegment("token", info.ID)
	path := "/user/tokens/" + id
	if info.Owner == "account" && err == nil {
		path, err = accountPath(account, "/tokens/%s", info.ID)
	}
	if err != nil {
		return nil, err
	}
	token, err := call[wire.APIToken](ctx, c, request{method: http.MethodGet, path: path}, nil)
	return token.Policies, err
}
