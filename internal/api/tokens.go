package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/platform"
)

// Tokens are served at /user/tokens, and at /accounts/{account}/tokens those that are
// for this account alone. A token's holder never sees one that reaches beyond its own
// accounts: it is answered as one that is not there.

// accountResource names an account in a policy; with "*" for the id it is all of them.
const accountResource = "com.cloudflare.api.account."

// group is a permission that can be given.
type group struct {
	wire.PermissionGroup
	part string // of an account's paths, as in route.part
	is   platform.Permission
}

// groups are the permissions that can be given, by the names and ids that they have at Cloudflare, with what they are here.
var groups = []group{
	{accountGroup("8b47d2786a534c08a1f94ee8f9f599ef", "Workers KV Storage Read"), "storage", platform.Read},
	{accountGroup("f7f0eda5697f475c90846e879bab8666", "Workers KV Storage Write"), "storage", platform.Edit},
	{accountGroup("1a71c399035b4950a1bd1466bbe4f420", "Workers Scripts Read"), "workers", platform.Read},
	{accountGroup("e086da7e2179491d91ee5f35b3ca210a", "Workers Scripts Write"), "workers", platform.Edit},
	{accountGroup("b4992e1108244f5d8bfbd5744320c2e1", "Workers R2 Storage Read"), "r2", platform.Read},
	{accountGroup("bf7481a1826f439697cb59a20b22293e", "Workers R2 Storage Write"), "r2", platform.Edit},
	{accountGroup("192192df92ee43ac90f2aeeffce67e35", "D1 Read"), "d1", platform.Read},
	{accountGroup("09b2857d1c31407795e75e3fed8617a1", "D1 Write"), "d1", platform.Edit},
	{accountGroup("84a7755d54c646ca87cd50682a34bf7c", "Queues Read"), "queues", platform.Read},
	{accountGroup("366f57075ffc42689627bcf8242a1b6d", "Queues Write"), "queues", platform.Edit},
	{accountGroup("5bc3f8b21c554832afc660159ab75fa4", "Account API Tokens Write"), "tokens", platform.Admin},
}

func accountGroup(id, name string) wire.PermissionGroup {
	return wire.PermissionGroup{ID: id, Name: name, Scopes: accountScope}
}

var accountScope = []string{"com.cloudflare.api.account"}

func (h *handler) permissionGroups(c *call) error {
	if err := c.mayManage(); err != nil {
		return err
	}
	query, err := c.query()
	if err != nil {
		return err
	}
	name, scope := query.Get("name"), query.Get("scope")
	all := []wire.PermissionGroup{}
	for _, g := range groups {
		if (name == "" || name == g.Name) && (scope == "" || slices.Contains(g.Scopes, scope)) {
			all = append(all, g.PermissionGroup)
		}
	}
	return c.ok(all)
}

// mayManage refuses who may not manage tokens at all.
func (c *call) mayManage() error {
	if c.holder.Permission != platform.Admin {
		return errAccountHidden
	}
	return nil
}

// mayHandOut refuses the secret of a token that lives longer than the holder's own.
func (c *call) mayHandOut(t platform.TokenInfo) error {
	if !c.holder.Outlives(t.Expires) {
		return fmt.Errorf("%w: it must expire no later than the token that asks for it, at %s", platform.ErrTokenInvalid, c.holder.Expires.Format(time.RFC3339))
	}
	return nil
}

// tokens lists what the holder manages, below the account of the path if there is one.
func (h *handler) tokens(c *call) ([]platform.TokenInfo, error) {
	if err := c.mayManage(); err != nil {
		return nil, err
	}
	all, err := h.platform.Tokens(c.r.Context())
	return slices.DeleteFunc(all, func(t platform.TokenInfo) bool {
		return !c.holder.CanManage(t.Accounts) || c.account != "" && !slices.Equal(t.Accounts, []string{c.account})
	}), err
}

func (h *handler) listTokens(c *call) error {
	query, err := c.query()
	if err != nil {
		return err
	}
	all, err := h.tokens(c)
	if err != nil {
		return err
	}
	switch query.Get("direction") {
	case "", "asc":
	case "desc":
		slices.Reverse(all)
	default:
		return errDirectionInvalid
	}
	return page(c, all, h.wireToken)
}

// tokenOf finds the token that the path names.
func (h *handler) tokenOf(c *call) (platform.TokenInfo, error) {
	all, err := h.tokens(c)
	if err != nil {
		return platform.TokenInfo{}, err
	}
	i := slices.IndexFunc(all, func(t platform.TokenInfo) bool { return t.ID == c.token })
	if i < 0 {
		return platform.TokenInfo{}, platform.ErrTokenNotFound
	}
	return all[i], nil
}

func (h *handler) getToken(c *call) error {
	t, err := h.tokenOf(c)
	if err != nil {
		return err
	}
	return c.ok(h.wireToken(t))
}

func (h *handler) createToken(c *call) error {
	if err := c.mayManage(); err != nil {
		return err
	}
	wanted, err := c.tokenWanted(false)
	if err != nil {
		return err
	}
	secret, made, err := h.platform.CreateToken(c.r.Context(), wanted)
	if errors.Is(err, platform.ErrAccountNotFound) {
		return errTokenBeyond
	}
	if err != nil {
		return err
	}
	answer := h.wireToken(made)
	answer.Value = secret
	return c.ok(answer)
}

// updateToken replaces all that a token is but its id and its secret, as PUT does. Only its
// status stays when none is given, so that nobody enables a token by renaming it.
func (h *handler) updateToken(c *call) error {
	t, err := h.tokenOf(c)
	if err != nil {
		return err
	}
	wanted, err := c.tokenWanted(t.Disabled)
	if err != nil {
		return err
	}
	edited, err := h.platform.UpdateToken(c.r.Context(), t.ID, wanted)
	if errors.Is(err, platform.ErrAccountNotFound) {
		return errTokenBeyond
	}
	if err != nil {
		return err
	}
	return c.ok(h.wireToken(edited))
}

// tokenWanted reads the token that the body describes, which reaches no further and lives
// no longer than its holder's. disabled is what it is unless the body says.
func (c *call) tokenWanted(disabled bool) (wanted platform.TokenInfo, err error) {
	var asked wire.TokenRequest
	if err := c.decode(&asked); err != nil {
		return wanted, err
	}
	if wanted, err = tokenAsked(asked); err != nil {
		return wanted, err
	}
	if asked.Status == "" {
		wanted.Disabled = disabled
	}
	if !c.holder.CanManage(wanted.Accounts) || c.account != "" && !slices.Equal(wanted.Accounts, []string{c.account}) {
		return wanted, errTokenBeyond
	}
	return wanted, c.mayHandOut(wanted)
}

func (h *handler) deleteToken(c *call) error {
	t, err := h.tokenOf(c)
	if err != nil {
		return err
	}
	if err := h.platform.RevokeToken(c.r.Context(), t.ID); err != nil {
		return err
	}
	return c.ok(map[string]string{"id": t.ID})
}

func (h *handler) rollToken(c *call) error {
	t, err := h.tokenOf(c)
	if err != nil {
		return err
	}
	if err := c.mayHandOut(t); err != nil {
		return err
	}
	secret, err := h.platform.RollToken(c.r.Context(), t.ID)
	if err != nil {
		return err
	}
	return c.ok(secret)
}

// tokenAsked is the token that a request describes. What a policy restricts and this
// server would not is refused, as a token must never do more than was asked for.
func tokenAsked(asked wire.TokenRequest) (t platform.TokenInfo, err error) {
	t = platform.TokenInfo{Name: asked.Name, Expires: asked.Expires, Disabled: asked.Status == "disabled"}
	no := func(format string, args ...any) (platform.TokenInfo, error) {
		return t, fmt.Errorf("%w: "+format, append([]any{platform.ErrTokenInvalid}, args...)...)
	}
	if condition := string(asked.Condition); condition != "" && condition != "null" && condition != "{}" {
		return no("conditions on the client's address are not served")
	}
	if asked.NotBefore != nil {
		return no("not_before is not served")
	}
	if !slices.Contains([]string{"", "active", "disabled", "expired"}, asked.Status) { // expires_on decides about the last
		return no("status %q is none of active, disabled and expired", asked.Status)
	}
	if len(asked.Policies) != 1 || asked.Policies[0].Effect != "allow" {
		return no("it takes one policy, with the effect allow")
	}
	policy := asked.Policies[0]
	t.Grants = map[string]platform.Permission{}
	for _, wanted := range policy.Groups { // of several for one part, the one that includes the others counts
		i := slices.IndexFunc(groups, func(g group) bool { return g.ID == wanted.ID })
		if i < 0 {
			return no("permission group %q is not served; GET …/tokens/permission_groups lists those that are", wanted.ID)
		}
		g := groups[i]
		t.Grants[g.part] = stronger(g.is, t.Grants[g.part])
		t.Permission = stronger(g.is, t.Permission)
	}
	everywhere := false
	for name, what := range policy.Resources {
		id, ok := strings.CutPrefix(name, accountResource)
		switch {
		case !ok || string(what) != `"*"` || id != "*" && !platform.ValidID(id):
			return no("resource %q is no whole account", name)
		case id == "*":
			everywhere = true
		default:
			t.Accounts = append(t.Accounts, id)
		}
	}
	if everywhere {
		t.Accounts = nil
	} else if len(t.Accounts) == 0 {
		return no("the policy names no account")
	}
	slices.Sort(t.Accounts)
	return t, nil
}

// stronger is the one of two permissions that includes the other; either may be "".
func stronger(a, b platform.Permission) platform.Permission {
	if b == "" || a.Covers(b) {
		return a
	}
	return b
}

func (h *handler) wireToken(t platform.TokenInfo) wire.APIToken {
	policy := wire.TokenPolicy{ID: t.ID, Effect: "allow", Resources: map[string]json.RawMessage{}}
	for _, g := range groups {
		if granted(t, g.part) == g.is {
			policy.Groups = append(policy.Groups, wire.PermissionGroup{ID: g.ID, Name: g.Name})
		}
	}
	for _, id := range t.Accounts {
		policy.Resources[accountResource+id] = json.RawMessage(`"*"`)
	}
	if len(t.Accounts) == 0 {
		policy.Resources[accountResource+"*"] = json.RawMessage(`"*"`)
	}
	modified := t.Modified
	if modified.IsZero() {
		modified = t.Created
	}
	return wire.APIToken{
		ID: t.ID, Name: t.Name, Status: t.Status(h.now()), Issued: t.Created, Modified: modified, Expires: t.Expires,
		Policies: []wire.TokenPolicy{policy},
	}
}

// granted is what a token may do in a part of its accounts.
func granted(t platform.TokenInfo, part string) platform.Permission {
	switch {
	case t.Grants != nil:
		return t.Grants[part]
	case part == "tokens" && t.Permission != platform.Admin:
		return ""
	case part != "tokens" && t.Permission == platform.Admin:
		return platform.Edit
	}
	return t.Permission
}
