package platform

import (
	"context"
	"fmt"
	"maps"
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

// UpdateToken makes of a token what t says of its name, accounts, permission, grants, expiry and
// whether it is disabled, from the next request on; its secret stays. Errors:
// ErrTokenNotFound, ErrTokenInvalid, ErrAccountNotFound.
func (p *Platform) UpdateToken(ctx context.Context, id string, t TokenInfo) (TokenInfo, error) {
	t.Modified = p.now().UTC()
	t.Accounts, t.Grants = slices.Clone(t.Accounts), maps.Clone(t.Grants)
	var edited *token
	err := p.replaceToken(ctx, id, func(old *token) (*token, error) {
		t.ID, t.Created = old.ID, old.Created
		edited = &token{TokenInfo: t, Digest: old.Digest}
		return edited, p.checkToken(t)
	})
	if err != nil {
		return TokenInfo{}, fmt.Errorf("edit token: %w", err)
	}
	return edited.info(), nil
}

// RollToken gives a token another secret and returns its only appearance; the old one
// ends at once. ErrTokenNotFound if there is no token with this id.
func (p *Platform) RollToken(ctx context.Context, id string) (secret string, err error) {
	err = p.replaceToken(ctx, id, func(old *token) (*token, error) {
		var err error
		secret, err = newSecret(p.rand, tokenPrefix)
		return &token{TokenInfo: old.TokenInfo, Digest: digestOf(secret)}, err
	})
	if err != nil {
		return "", fmt.Errorf("roll token: %w", err)
	}
	return secret, nil
}

// replaceToken puts what change makes of a token in its place.
func (p *Platform) replaceToken(ctx context.Context, id string, change func(*token) (*token, error)) error {
	p.changes.Lock()
	defer p.changes.Unlock()
	for old := range p.everyToken {
		if old.ID != id {
			continue
		}
		changed, err := change(old)
		if err != nil {
			return err
		}
		if err := p.save(ctx, tokenKey(id), changed); err != nil {
			return err
		}
		if changed.Digest != old.Digest {
			p.tokens.Delete(old.Digest)
		}
		p.keep(changed)
		return nil
	}
	return ErrTokenNotFound
}
