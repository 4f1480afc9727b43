package platform

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
)

// Permission is what a token may do.
type Permission string

const (
	Read Permission = "read"
	Edit Permission = "edit" // includes Read
	// Admin includes Edit; the holder may also make, see and end tokens for its accounts.
	Admin Permission = "admin"
)

// Covers says whether p is enough where need is asked for.
func (p Permission) Covers(need Permission) bool {
	switch p {
	case Admin:
		return true
	case Edit:
		return need != Admin
	}
	return p == Read && need == Read
}

// TokenInfo describes a token without revealing it.
type TokenInfo struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Accounts   []string   `json:"accounts"` // ids; empty means every account, those made later too
	Permission Permission `json:"permission"`
	// Grants say what of its Permission the token has, by the part of an account's paths that they are for ("storage",
	// "workers", "r2", …); nil is all of it.
	Grants   map[string]Permission `json:"grants,omitempty"`
	Created  time.Time             `json:"created_on"`
	Modified time.Time             `json:"modified_on,omitzero"` // zero until it is edited
	Expires  *time.Time            `json:"expires_on,omitempty"`
	Disabled bool                  `json:"disabled,omitempty"` // refused until it is enabled again
}

// Status says in Cloudflare's words whether the token is taken: "active", "disabled" or
// "expired".
func (t TokenInfo) Status(now time.Time) string {
	switch {
	case t.Expires != nil && !now.Before(*t.Expires):
		return "expired"
	case t.Disabled:
		return "disabled"
	}
	return "active"
}

// token is a TokenInfo with the digest of its secret.
type token struct {
	TokenInfo
	Digest digest   `json:"digest"`
	sorted []string // Accounts, for requests
}

// keep lets the holder of t in from now on.
func (p *Platform) keep(t *token) {
	t.sorted = slices.Sorted(slices.Values(t.Accounts))
	p.tokens.Store(t.Digest, t)
}

func tokenKey(id string) string { return "token/" + id }

func (p *Platform) loadTokens(ctx context.Context) error {
	err := p.records.Scan(ctx, tokenKey(""), func(_ string, value []byte) error {
		t := &token{}
		if err := json.Unmarshal(value, t); err != nil {
			return err
		}
		p.keep(t)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read tokens: %w", err)
	}
	return nil
}

// CreateToken makes a token and returns its only appearance. Of t, the name, the
// accounts, the permission, the grants, the expiry and whether it is disabled count; the rest is
// filled in. Errors: ErrTokenInvalid, ErrAccountNotFound.
func (p *Platform) CreateToken(ctx context.Context, t TokenInfo) (secret string, info TokenInfo, err error) {
	t.Created, t.Modified = p.now().UTC(), time.Time{}
	if err := p.checkToken(t); err != nil {
		return "", TokenInfo{}, err
	}
	t.Accounts, t.Grants = slices.Clone(t.Accounts), maps.Clone(t.Grants)
	if t.ID, err = p.newID(); err != nil {
		return "", TokenInfo{}, err
	}
	if secret, err = newSecret(p.rand, tokenPrefix); err != nil {
		return "", TokenInfo{}, err
	}
	made := &token{TokenInfo: t, Digest: digestOf(secret)}

	p.changes.Lock()
	defer p.changes.Unlock()
	if err := p.save(ctx, tokenKey(t.ID), made); err != nil {
		return "", TokenInfo{}, fmt.Errorf("create token %q: %w", t.Name, err)
	}
	p.keep(made)
	return secret, made.info(), nil
}

func (p *Platform) checkToken(t TokenInfo) error {
	switch {
	case t.Name == "" || !isText(t.Name):
		return fmt.Errorf("%w: it needs a printable name", ErrTokenInvalid)
	case !slices.Contains([]Permission{Read, Edit, Admin}, t.Permission):
		return fmt.Errorf("%w: permission %q is none of %q, %q and %q", ErrTokenInvalid, t.Permission, Read, Edit, Admin)
	case t.Expires != nil && !t.Expires.After(t.Created):
		return fmt.Errorf("%w: it would expire at %s, before it begins", ErrTokenInvalid, t.Expires.Format(time.RFC3339))
	}
	for _, id := range t.Accounts {
		if _, err := p.account(id); err != nil {
			return fmt.Errorf("%w: %q", err, id)
		}
	}
	return nil
}

// info returns what may be handed out: the caller may change it.
func (t *token) info() TokenInfo {
	info := t.TokenInfo
	info.Accounts, info.Grants = slices.Clone(info.Accounts), maps.Clone(info.Grants)
	return info
}

// Tokens lists all, expired ones too, in the order in which they were made.
func (p *Platform) Tokens(ctx context.Context) ([]TokenInfo, error) {
	var all []TokenInfo
	for t := range p.everyToken {
		all = append(all, t.info())
	}
	slices.SortFunc(all, func(a, b TokenInfo) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// RevokeToken ends a token at once: ErrTokenNotFound if there is none with this id.
func (p *Platform) RevokeToken(ctx context.Context, id string) error {
	p.changes.Lock()
	defer p.changes.Unlock()
	for t := range p.everyToken {
		if t.ID != id {
			continue
		}
		if err := p.records.Apply(ctx, nil, []string{tokenKey(id)}); err != nil {
			return fmt.Errorf("revoke token %q: %w", t.Name, err)
		}
		p.tokens.Delete(t.Digest)
		return nil
	}
	return ErrTokenNotFound
}

// everyToken is a sequence of all tokens, in no order.
func (p *Platform) everyToken(yield func(*token) bool) {
	p.tokens.Range(func(_, t any) bool { return yield(t.(*token)) })
}

// Authenticate says who holds secret. Every error is kv.ErrUnauthenticated; those
// that a user can do something about are ErrCloudflareToken, ErrForeignToken,
// ErrTokenExpired and ErrTokenDisabled. The secret is in none of them.
func (p *Platform) Authenticate(secret string) (Principal, error) {
	if !wellFormed(secret, tokenPrefix) {
		if LooksLikeCloudflare(secret) {
			return Principal{}, ErrCloudflareToken
		}
		return Principal{}, ErrForeignToken
	}
	presented := digestOf(secret)
	found, ok := p.tokens.Load(presented)
	if !ok {
		return Principal{}, kv.ErrUnauthenticated
	}
	t := found.(*token)
	if subtle.ConstantTimeCompare(t.Digest[:], presented[:]) != 1 {
		return Principal{}, kv.ErrUnauthenticated
	}
	switch t.Status(p.now()) {
	case "expired":
		return Principal{}, ErrTokenExpired
	case "disabled":
		return Principal{}, ErrTokenDisabled
	}
	return Principal{TokenID: t.ID, Permission: t.Permission, Expires: t.Expires, accounts: t.sorted, grants: t.Grants}, nil
}
