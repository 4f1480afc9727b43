package main

import (
	"context"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/accounts"
	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/shared"
	"github.com/cloudflare/cloudflare-go/v7/user"

	"github.com/bindery-dev/bindery/conformance/gosdk/ask"
)

func userTokens(c ask.Call) *user.TokenService {
	return user.NewTokenService(option.WithBaseURL(c.BaseURL), option.WithAPIToken(c.Token))
}

func accountTokens(c ask.Call) *accounts.TokenService {
	return accounts.NewTokenService(option.WithBaseURL(c.BaseURL), option.WithAPIToken(c.Token))
}

// tokenOf is the token that a call describes.
func tokenOf(c ask.Call) (p shared.TokenParam) {
	p.Name.Value, p.Name.Present = c.Title, true
	p.Status.Value, p.Status.Present = shared.TokenStatus(c.Status), c.Status != ""
	p.ExpiresOn.Value, p.ExpiresOn.Present = time.Unix(c.Expiration, 0).UTC(), c.Expiration != 0
	var group shared.TokenPolicyPermissionGroupParam
	group.ID.Value, group.ID.Present = c.Group, true
	var policy shared.TokenPolicyParam
	policy.Effect.Value, policy.Effect.Present = shared.TokenPolicyEffectAllow, true
	policy.PermissionGroups.Value, policy.PermissionGroups.Present = []shared.TokenPolicyPermissionGroupParam{group}, true
	policy.Resources.Value, policy.Resources.Present = shared.TokenPolicyResourcesIAMResourcesTypeObjectStringParam(c.Resources()), true
	p.Policies.Value, p.Policies.Present = []shared.TokenPolicyParam{policy}, true
	return p
}

func token(t *shared.Token, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return ask.Token{ID: t.ID, Name: t.Name, Status: string(t.Status)}, nil
}

func userTokenCreate(ctx context.Context, c ask.Call) (any, error) {
	t := tokenOf(c)
	made, err := userTokens(c).New(ctx, user.TokenNewParams{Name: t.Name, Policies: t.Policies, ExpiresOn: t.ExpiresOn})
	if err != nil {
		return nil, err
	}
	return ask.Token{ID: made.ID, Name: made.Name, Status: string(made.Status), Value: made.Value}, nil
}

func userTokenGet(ctx context.Context, c ask.Call) (any, error) {
	return token(userTokens(c).Get(ctx, c.TokenID))
}

func userTokenUpdate(ctx context.Context, c ask.Call) (any, error) {
	return token(userTokens(c).Update(ctx, c.TokenID, user.TokenUpdateParams{Token: tokenOf(c)}))
}

func userTokenRoll(ctx context.Context, c ask.Call) (any, error) {
	value, err := userTokens(c).Value.Update(ctx, c.TokenID, user.TokenValueUpdateParams{Body: map[string]any{}})
	if err != nil {
		return nil, err
	}
	return ask.Token{ID: c.TokenID, Value: *value}, nil
}

func userTokenVerify(ctx context.Context, c ask.Call) (any, error) {
	t, err := userTokens(c).Verify(ctx)
	if err != nil {
		return nil, err
	}
	return ask.Token{ID: t.ID, Status: string(t.Status)}, nil
}

func userTokenDelete(ctx context.Context, c ask.Call) (any, error) {
	_, err := userTokens(c).Delete(ctx, c.TokenID)
	return nil, err
}

func userTokenList(ctx context.Context, c ask.Call) (any, error) {
	all := []ask.Token{}
	pager := userTokens(c).ListAutoPaging(ctx, user.TokenListParams{})
	for pager.Next() {
		t := pager.Current()
		all = append(all, ask.Token{ID: t.ID, Name: t.Name, Status: string(t.Status)})
	}
	return all, pager.Err()
}

func userTokenGroups(ctx context.Context, c ask.Call) (any, error) {
	all := []ask.Token{}
	pager := userTokens(c).PermissionGroups.ListAutoPaging(ctx, user.TokenPermissionGroupListParams{})
	for pager.Next() {
		g := pager.Current()
		all = append(all, ask.Token{ID: g.ID, Name: g.Name})
	}
	return all, pager.Err()
}

func accountTokenCreate(ctx context.Context, c ask.Call) (any, error) {
	t := tokenOf(c)
	p := accounts.TokenNewParams{Name: t.Name, Policies: t.Policies, ExpiresOn: t.ExpiresOn}
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	made, err := accountTokens(c).New(ctx, p)
	if err != nil {
		return nil, err
	}
	return ask.Token{ID: made.ID, Name: made.Name, Status: string(made.Status), Value: made.Value}, nil
}

func accountTokenGet(ctx context.Context, c ask.Call) (any, error) {
	var p accounts.TokenGetParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	return token(accountTokens(c).Get(ctx, c.TokenID, p))
}

func accountTokenUpdate(ctx context.Context, c ask.Call) (any, error) {
	p := accounts.TokenUpdateParams{Token: tokenOf(c)}
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	return token(accountTokens(c).Update(ctx, c.TokenID, p))
}

func accountTokenRoll(ctx context.Context, c ask.Call) (any, error) {
	p := accounts.TokenValueUpdateParams{Body: map[string]any{}}
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	value, err := accountTokens(c).Value.Update(ctx, c.TokenID, p)
	if err != nil {
		return nil, err
	}
	return ask.Token{ID: c.TokenID, Value: *value}, nil
}

func accountTokenVerify(ctx context.Context, c ask.Call) (any, error) {
	var p accounts.TokenVerifyParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	t, err := accountTokens(c).Verify(ctx, p)
	if err != nil {
		return nil, err
	}
	return ask.Token{ID: t.ID, Status: string(t.Status)}, nil
}

func accountTokenDelete(ctx context.Context, c ask.Call) (any, error) {
	var p accounts.TokenDeleteParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	_, err := accountTokens(c).Delete(ctx, c.TokenID, p)
	return nil, err
}

func accountTokenList(ctx context.Context, c ask.Call) (any, error) {
	var p accounts.TokenListParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	all := []ask.Token{}
	pager := accountTokens(c).ListAutoPaging(ctx, p)
	for pager.Next() {
		t := pager.Current()
		all = append(all, ask.Token{ID: t.ID, Name: t.Name, Status: string(t.Status)})
	}
	return all, pager.Err()
}

func accountTokenGroups(ctx context.Context, c ask.Call) (any, error) {
	var p accounts.TokenPermissionGroupListParams
	p.AccountID.Value, p.AccountID.Present = c.Account, true
	all := []ask.Token{}
	pager := accountTokens(c).PermissionGroups.ListAutoPaging(ctx, p)
	for pager.Next() {
		g := pager.Current()
		all = append(all, ask.Token{ID: g.ID, Name: g.Name})
	}
	return all, pager.Err()
}
