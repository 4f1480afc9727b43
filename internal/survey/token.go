package survey

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
)

// Token is who asks.
type Token struct {
	cloudflare.TokenInfo
	// Granted are the permission groups that the token has for an account, its zones and its owner, by name and in order;
	// nil if it may not read itself, which most tokens may not.
	Granted []string
}

// Token asks what the token is, and what it may do in an account.
func (s *Survey) Token(ctx context.Context, account string) (Token, error) {
	info, err := s.client.Token(ctx, account)
	if err != nil {
		return Token{}, err
	}
	policies, err := s.client.TokenPolicies(ctx, account, info)
	var refused *cloudflare.APIError
	if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError && refused.Status != http.StatusTooManyRequests {
		return Token{TokenInfo: info}, nil
	}
	return Token{info, granted(policies, account)}, err
}

// granted are the groups of the policies that concern an account. One that is denied anywhere in it is not counted on.
func granted(policies []wire.TokenPolicy, account string) []string {
	has, denied := map[string]bool{}, map[string]bool{}
	for _, p := range policies {
		if !concerns(p.Resources, account) {
			continue
		}
		for _, g := range p.Groups {
			has[g.Name] = true
			denied[g.Name] = denied[g.Name] || p.Effect == "deny"
		}
	}
	maps.DeleteFunc(has, func(name string, _ bool) bool { return denied[name] || name == "" })
	return append([]string{}, slices.Sorted(maps.Keys(has))...)
}

// concerns says whether one of the resources is the account, all accounts, a zone, or the owner of the token. Whose a zone is
// stands nowhere in a policy, unless it is below its account.
func concerns(resources map[string]json.RawMessage, account string) bool {
	const accounts, zones = "com.cloudflare.api.account.", "com.cloudflare.api.account.zone."
	for name := range resources {
		id, below := strings.CutPrefix(name, accounts)
		if !below || strings.HasPrefix(name, zones) || id == "*" || id == account {
			return true
		}
	}
	return false
}
