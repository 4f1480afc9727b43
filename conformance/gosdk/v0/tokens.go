package main

import (
	"context"
	"time"

	"github.com/cloudflare/cloudflare-go"

	"github.com/bindery-dev/bindery/conformance/gosdk/ask"
)

// tokenOf is the token that a call describes.
func tokenOf(c ask.Call) cloudflare.APIToken {
	t := cloudflare.APIToken{Name: c.Title, Status: c.Status}
	if c.Expiration != 0 {
		end := time.Unix(c.Expiration, 0).UTC()
		t.ExpiresOn = &end
	}
	resources := map[string]any{}
	for name, what := range c.Resources() {
		resources[name] = what
	}
	t.Policies = []cloudflare.APITokenPolicies{{
		Effect: "allow", Resources: resources, PermissionGroups: []cloudflare.APITokenPermissionGroups{{ID: c.Group}},
	}}
	return t
}

func token(t cloudflare.APIToken, err error) (any, error) {
	return ask.Token{ID: t.ID, Name: t.Name, Status: t.Status, Value: t.Value}, err
}

func tokenCreate(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	return token(api.CreateAPIToken(ctx, tokenOf(c)))
}

func tokenGet(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	return token(api.GetAPIToken(ctx, c.TokenID))
}

func tokenUpdate(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	return token(api.UpdateAPIToken(ctx, c.TokenID, tokenOf(c)))
}

func tokenRoll(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	value, err := api.RollAPIToken(ctx, c.TokenID)
	return ask.Token{ID: c.TokenID, Value: value}, err
}

func tokenVerify(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, _ ask.Call) (any, error) {
	t, err := api.VerifyAPIToken(ctx)
	return ask.Token{ID: t.ID, Status: t.Status}, err
}

func tokenDelete(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, c ask.Call) (any, error) {
	return nil, api.DeleteAPIToken(ctx, c.TokenID)
}

// tokenList has the first page only: the library knows no other.
func tokenList(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, _ ask.Call) (any, error) {
	page, err := api.APITokens(ctx)
	all := []ask.Token{}
	for _, t := range page {
		all = append(all, ask.Token{ID: t.ID, Name: t.Name, Status: t.Status})
	}
	return all, err
}

func tokenGroups(ctx context.Context, api *cloudflare.API, _ *cloudflare.ResourceContainer, _ ask.Call) (any, error) {
	groups, err := api.ListAPITokensPermissionGroups(ctx)
	all := []ask.Token{}
	for _, g := range groups {
		all = append(all, ask.Token{ID: g.ID, Name: g.Name})
	}
	return all, err
}
