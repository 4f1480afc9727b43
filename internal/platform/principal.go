package platform

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Principal is whoever holds a token, as Authenticate found it. The zero value sees
// no account.
type Principal struct {
	TokenID    string
	Permission Permission
	Expires    *time.Time            // nil: never
	accounts   []string              // sorted; empty: all
	grants     map[string]Permission // as in TokenInfo
}

// CanSee says whether the account is among those of the token. An account that
// does not exist is seen by a token for all accounts only, who may know that.
func (p Principal) CanSee(account string) bool {
	return p.TokenID != "" && (len(p.accounts) == 0 || p.covers(account))
}

func (p Principal) covers(account string) bool {
	_, found := slices.BinarySearch(p.accounts, account)
	return found
}

// Allow says whether the holder may do what needs need in account: kv.ErrPermission
// otherwise. Its answer about an account outside the token's does not depend on
// whether there is such an account.
func (p Principal) Allow(account string, need Permission) error {
	switch {
	case !p.CanSee(account):
		return fmt.Errorf("%w: the token does not cover this account", kv.ErrPermission)
	case !p.Permission.Covers(need):
		return fmt.Errorf("%w: the token may only %s", kv.ErrPermission, p.Permission)
	}
	return nil
}

// AllowIn is Allow for a part of the account's paths, such as "workers", where a token may have less than its
// permission; "" is none in particular.
func (p Principal) AllowIn(account, part string, need Permission) error {
	if err := p.Allow(account, need); err != nil || p.grants == nil || part == "" {
		return err
	}
	if !p.grants[part].Covers(need) {
		return fmt.Errorf("%w: the token may not %s what is below %s", kv.ErrPermission, need, part)
	}
	return nil
}

// VisibleAccounts lists the accounts that the holder can see, by name.
func (p *Platform) VisibleAccounts(ctx context.Context, holder Principal) ([]Account, error) {
	all, err := p.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(a Account) bool { return !holder.CanSee(a.ID) }), nil
}
