package api

import (
	"errors"
	"net/http"

	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/platform"
)

// The one user behind all tokens of a server: wrangler shows the address when it is
// asked who it is.
var theUser = wire.User{ID: "b1de5100000000000000000000000000", Email: "user@bindery.invalid"}

func (h *handler) user(c *call) error { return c.ok(theUser) }

func (h *handler) verifyToken(c *call) error {
	answer := wire.OK(wire.TokenStatus{ID: c.holder.TokenID, Status: "active", Expires: c.holder.Expires})
	answer.Messages = []wire.Message{{Code: wire.CodeAuthentication, Message: "This API Token is valid and active"}}
	return c.json(http.StatusOK, answer)
}

func (h *handler) accounts(c *call) error {
	visible, err := h.platform.VisibleAccounts(c.r.Context(), c.holder)
	if err != nil {
		return err
	}
	return page(c, visible, wireAccount)
}

// account answers alike for an account that is not there and one that is not the
// token's.
func (h *handler) account(c *call) error {
	if !c.holder.CanSee(c.account) {
		return errAccountHidden
	}
	a, err := h.platform.Account(c.r.Context(), c.account)
	if errors.Is(err, platform.ErrAccountNotFound) {
		return errAccountHidden
	}
	if err != nil {
		return err
	}
	return c.ok(wireAccount(a))
}

func (h *handler) memberships(c *call) error {
	visible, err := h.platform.VisibleAccounts(c.r.Context(), c.holder)
	if err != nil {
		return err
	}
	role := map[platform.Permission]string{
		platform.Read: "Administrator Read Only", platform.Edit: "Administrator", platform.Admin: "Super Administrator - All Privileges",
	}[c.holder.Permission]
	return page(c, visible, func(a platform.Account) wire.Membership {
		return wire.Membership{ID: a.ID, Status: "accepted", Account: wireAccount(a), Roles: []string{role}}
	})
}

func wireAccount(a platform.Account) wire.Account {
	return wire.Account{ID: a.ID, Name: a.Name, Type: "standard", Created: a.Created}
}
