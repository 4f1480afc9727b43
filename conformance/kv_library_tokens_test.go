//go:build npm

package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// token is one, as a result of a library. A permission group has an id and a name.
type token struct{ ID, Name, Status, Value string }

// The ids that two permission groups have at Cloudflare.
const (
	groupRead  = "8b47d2786a534c08a1f94ee8f9f599ef"
	groupWrite = "f7f0eda5697f475c90846e879bab8666"
)

// tokenCalls are those of a service of tokens: "user.tokens" or "accounts.tokens".
func tokenCalls(service string) []operation[*user] {
	with := func(u *user, c call) call {
		c.Call, c.Token, c.TokenID = service+"."+c.Call, u.admin, u.edited.ID
		if c.Resource == "" {
			c.Resource = u.account
		}
		return c
	}
	return []operation[*user]{
		{name: service + ".create", run: func(t *testing.T, u *user) {
			u.edited, u.admin = token{}, u.made(t, "admin", platform.Admin)
			u.run(t, with(u, call{Call: "create", Title: "nightly", Group: groupRead, Expiration: u.expires}), &u.edited)
			u.mayDo(t, u.edited.Value, http.StatusOK, http.StatusForbidden)
		}},
		{name: service + ".create, for another account", refused: true, run: func(t *testing.T, u *user) {
			u.refused(t, 403, 9109, with(u, call{Call: "create", Title: "t", Group: groupRead, Resource: u.foreign}))
		}},
		{name: service + ".get", run: func(t *testing.T, u *user) {
			var got token
			u.run(t, with(u, call{Call: "get"}), &got)
			if got.ID != u.edited.ID || got.Name != "nightly" || got.Status != "active" || got.Value != "" {
				t.Errorf("got %+v, want %s as nightly, active, and not its secret", got, u.edited.ID)
			}
		}},
		{name: service + ".list, all pages", run: func(t *testing.T, u *user) {
			for i := range 25 {
				u.made(t, fmt.Sprint("token ", i), platform.Read)
			}
			var all []token
			u.run(t, with(u, call{Call: "list"}), &all)
			names := map[string]bool{}
			for _, one := range all {
				names[one.Name] = true
			}
			if !names["nightly"] || !strings.HasPrefix(u.library.name, "cloudflare-go 0.") && !names["token 24"] {
				t.Errorf("listed are %+v", all)
			}
		}},
		{name: service + ".update", run: func(t *testing.T, u *user) {
			var got token
			u.run(t, with(u, call{Call: "update", Title: "hourly", Group: groupWrite}), &got)
			if got.ID != u.edited.ID || got.Name != "hourly" {
				t.Errorf("got %+v, want %s as hourly", got, u.edited.ID)
			}
			u.mayDo(t, u.edited.Value, http.StatusOK, http.StatusOK)
		}},
		{name: service + ".update, disabled", run: func(t *testing.T, u *user) {
			for _, row := range []struct {
				status string
				want   int
			}{{"disabled", http.StatusUnauthorized}, {"active", http.StatusOK}} {
				var got token
				u.run(t, with(u, call{Call: "update", Title: "hourly", Group: groupWrite, Status: row.status}), &got)
				if got.Status != row.status {
					t.Errorf("got %+v, want it %s", got, row.status)
				}
				u.mayDo(t, u.edited.Value, row.want, row.want)
			}
		}},
		{name: service + ".verify", run: func(t *testing.T, u *user) {
			var got token
			c := with(u, call{Call: "verify"})
			c.Token = u.edited.Value
			u.run(t, c, &got)
			if got.ID != u.edited.ID || got.Status != "active" {
				t.Errorf("got %+v, want %s, active", got, u.edited.ID)
			}
		}},
		{name: service + ".value.update", run: func(t *testing.T, u *user) {
			var rolled token
			u.run(t, with(u, call{Call: "value.update"}), &rolled)
			u.mayDo(t, u.edited.Value, http.StatusUnauthorized, http.StatusUnauthorized)
			u.mayDo(t, rolled.Value, http.StatusOK, http.StatusOK)
			u.edited.Value = rolled.Value
		}},
		{name: service + ".delete", run: func(t *testing.T, u *user) {
			u.run(t, with(u, call{Call: "delete"}), nil)
			u.mayDo(t, u.edited.Value, http.StatusUnauthorized, http.StatusUnauthorized)
		}},
		{name: service + ".get, gone", refused: true, run: func(t *testing.T, u *user) {
			u.refused(t, 404, 7003, with(u, call{Call: "get"}))
		}},
		{name: service + ".permission_groups.list", run: func(t *testing.T, u *user) {
			var all []token
			u.run(t, with(u, call{Call: "groups"}), &all)
			names := map[string]string{}
			for _, g := range all {
				names[g.ID] = g.Name
			}
			if names[groupRead] != "Workers KV Storage Read" || names[groupWrite] != "Workers KV Storage Write" {
				t.Errorf("listed are %+v", all)
			}
		}},
		{name: service + ".list, with a token that may only edit", refused: true, run: func(t *testing.T, u *user) {
			c := with(u, call{Call: "list"})
			c.Token = u.token
			code := 9109
			if service == "accounts.tokens" {
				code = 10000
			}
			u.refused(t, 403, code, c)
		}},
	}
}

// made is the secret of a token for the flat's account, made behind the client's back.
func (f *flat) made(t *testing.T, name string, may platform.Permission) (secret string) {
	t.Helper()
	secret, _, err := f.house.server.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: name, Accounts: []string{f.account}, Permission: may})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// mayDo checks what a token is answered that reads, and that writes.
func (f *flat) mayDo(t *testing.T, secret string, reads, writes int) {
	t.Helper()
	key := f.house.server.BaseURL() + "/accounts/" + f.account + "/storage/kv/namespaces/" + f.production + "/values/by%20token"
	f.put(t, f.production, kv.Pair{Key: "by token"})
	for method, want := range map[string]int{http.MethodGet: reads, http.MethodPut: writes} {
		req, err := http.NewRequestWithContext(t.Context(), method, key, strings.NewReader("v"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+secret)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s with the token: got %d, want %d", method, res.StatusCode, want)
		}
	}
}
