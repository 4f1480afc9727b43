package cloudflare

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

// Account is an account as the API shows it.
type Account struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Accounts lists the accounts that the token sees, all pages.
func (c *Client) Accounts(ctx context.Context) ([]Account, error) {
	return pages[Account](ctx, c, "/accounts", url.Values{"per_page": {"50"}})
}

// Memberships lists them as wrangler finds an account when none is configured.
func (c *Client) Memberships(ctx context.Context) ([]Account, error) {
	members, err := pages[wire.Membership](ctx, c, "/memberships", url.Values{"per_page": {"50"}})
	if err != nil {
		return nil, err
	}
	accounts := make([]Account, len(members))
	for i, m := range members {
		accounts[i] = Account{ID: m.Account.ID, Name: m.Account.Name}
	}
	return accounts, nil
}

// Verify asks whether the token is valid: GET /user/tokens/verify.
func (c *Client) Verify(ctx context.Context) error {
	return c.exec(ctx, request{method: http.MethodGet, path: "/user/tokens/verify"})
}

// pages collects a list that comes in numbered pages. It ends where result_info
// says, or, without one, at the first page that is not full of news: empty, or
// the same again from a server that ignores the page number.
func pages[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	var all []T
	for page := 1; ; page++ {
		query.Set("page", strconv.Itoa(page))
		var info wire.PageInfo
		items, err := call[[]T](ctx, c, request{method: http.MethodGet, path: path, query: query}, &info)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if len(items) == 0 || info.TotalCount == 0 || len(all) >= info.TotalCount {
			return all, nil
		}
	}
}
