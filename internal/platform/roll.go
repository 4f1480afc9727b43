package platform

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// CanManage says whether the holder may see, make and end a token for these accounts
// (none means all): it takes Admin in every one of them. Who manages tokens for some
// accounts never learns of those that reach beyond.
func (p Principal) CanManage(accounts []string) bool {
	if !p.Permission.Covers(Admin) || p.TokenID == "" {
		return false
	}
	if len(accounts) == 0 {
		return len(p.accounts) == 0
	}
	return !slices.ContainsFunc(accounts, func(id string) bool { return !p.CanSee(id) })
}

// Outlives says whether the holder's token lives at least as long as one that expires
// then (nil: never): who may come in for a while must not get a key for longer.
func (p Principal) Outlives(expires *time.Time) bool {
	return p.Expires == nil || expires != nil && !expires.After(*p.Expires)
}

// RollToken gives a token another secret and returns its only appearance; the old one
// ends at once. ErrTokenNotFound if there is no token with this id.
func (p *Platform) RollToken(ctx context.Context, id string) (secret string, err error) {
	p.changes.Lock()
	defer p.changes.Unlock()
	for t := range p.everyToken {
		if t.ID != id {
			continue
		}
		if secret, err = newSecret(p.rand, tokenPrefix); err != nil {
			return "", err
		}
		rolled := &token{TokenInfo: t.TokenInfo, Digest: digestOf(secret)}
		if err := p.save(ctx, tokenKey(id), rolled); err != nil {
			return "", fmt.Errorf("roll token %q: %w", t.Name, err)
		}
		p.tokens.Delete(t.Digest)
		p.keep(rolled)
		return secret, nil
	}
	return "", ErrTokenNotFound
}
