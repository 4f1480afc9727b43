package cloudflare

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

// Database is a D1 database as a list shows it.
type Database struct {
	ID   string `json:"uuid"`
	Name string `json:"name"`
}

// Queue is a queue as a list shows it.
type Queue struct {
	ID   string `json:"queue_id"`
	Name string `json:"queue_name"`
}

// Buckets lists the names of an account's R2 buckets, those of no jurisdiction, all pages.
func (c *Client) Buckets(ctx context.Context, account string) (names []string, err error) {
	path, err := accountPath(account, "/r2/buckets")
	if err != nil {
		return nil, err
	}
	type list struct {
		Buckets []struct {
			Name string `json:"name"`
		} `json:"buckets"`
	}
	query := url.Values{"per_page": {"1000"}}
	for {
		var info wire.CursorInfo
		page, err := call[list](ctx, c, request{method: http.MethodGet, path: path, query: query}, &info)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Buckets {
			names = append(names, b.Name)
		}
		if info.Cursor == "" || info.Cursor == query.Get("cursor") {
			return names, nil
		}
		query.Set("cursor", info.Cursor)
	}
}

// Databases lists an account's D1 databases, all pages.
func (c *Client) Databases(ctx context.Context, account string) ([]Database, error) {
	path, err := accountPath(account, "/d1/database")
	if err != nil {
		return nil, err
	}
	return pages[Database](ctx, c, path, url.Values{"per_page": {"1000"}})
}

// Queues lists an account's queues, all pages.
func (c *Client) Queues(ctx context.Context, account string) ([]Queue, error) {
	path, err := accountPath(account, "/queues")
	if err != nil {
		return nil, err
	}
	return pages[Queue](ctx, c, path, url.Values{"per_page": {"100"}})
}

// CreateBucket makes an R2 bucket. Like CreateNamespace, what creates is not tried again after a broken connection.
func (c *Client) CreateBucket(ctx context.Context, account, name string) error {
	_, err := create[any](ctx, c, account, "/r2/buckets", map[string]string{"name": name})
	return err
}

// CreateDatabase makes a D1 database.
func (c *Client) CreateDatabase(ctx context.Context, account, name string) (Database, error) {
	return create[Database](ctx, c, account, "/d1/database", map[string]string{"name": name})
}

// CreateQueue makes a queue.
func (c *Client) CreateQueue(ctx context.Context, account, name string) (Queue, error) {
	return create[Queue](ctx, c, account, "/queues", map[string]string{"queue_name": name})
}

func create[R any](ctx context.Context, c *Client, account, below string, fields map[string]string) (made R, err error) {
	path, err := accountPath(account, below)
	if err != nil {
		return made, err
	}
	body, err := jsonBody(fields)
	if err != nil {
		return made, err
	}
	return call[R](ctx, c, request{method: http.MethodPost, path: path, body: body, once: true}, nil)
}

// accountPath is a path below an account.
func accountPath(account, below string, segments ...string) (string, error) {
	id, err := idSegment("account", account)
	if err != nil {
		return "", err
	}
	parts := make([]any, len(segments))
	for i, s := range segments {
		if parts[i], err = idSegment("resource", s); err != nil {
			return "", err
		}
	}
	return "/accounts/" + id + fmt.Sprintf(below, parts...), nil
}
