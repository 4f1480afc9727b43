package platform

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// MaxAPIKeys may live at a time: an old and a new one, while keys are changed.
const MaxAPIKeys = 2

// APIKeyInfo describes a key of the data endpoints (header X-API-KEY) without
// revealing it.
type APIKeyInfo struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created_on"`
}

// apiKey is an APIKeyInfo with the digest of its secret.
type apiKey struct {
	APIKeyInfo
	Digest digest `json:"digest"`
}

func apiKeyKey(id string) string { return "apikey/" + id }

func (p *Platform) loadAPIKeys(ctx context.Context) error {
	var live []*apiKey
	err := p.records.Scan(ctx, apiKeyKey(""), func(_ string, value []byte) error {
		k := &apiKey{}
		live = append(live, k)
		return json.Unmarshal(value, k)
	})
	if err == nil && len(live) > MaxAPIKeys {
		err = fmt.Errorf("%d are live, at most %d may be", len(live), MaxAPIKeys)
	}
	if err != nil {
		return fmt.Errorf("read API keys: %w", err)
	}
	p.setAPIKeys(live)
	return nil
}

// CreateAPIKey makes a key and returns its only appearance: ErrTooManyAPIKeys when
// MaxAPIKeys are live, ErrAPIKeyInvalid when it has no printable name.
func (p *Platform) CreateAPIKey(ctx context.Context, name string) (secret string, info APIKeyInfo, err error) {
	if name == "" || !isText(name) {
		return "", APIKeyInfo{}, fmt.Errorf("%w: it needs a printable name", ErrAPIKeyInvalid)
	}
	p.changes.Lock()
	defer p.changes.Unlock()
	live := *p.apiKeys.Load()
	if len(live) >= MaxAPIKeys {
		return "", APIKeyInfo{}, ErrTooManyAPIKeys
	}
	id, err := p.newID()
	if err != nil {
		return "", APIKeyInfo{}, err
	}
	if secret, err = newSecret(p.rand, apiKeyPrefix); err != nil {
		return "", APIKeyInfo{}, err
	}
	k := &apiKey{APIKeyInfo: APIKeyInfo{ID: id, Name: name, Created: p.now().UTC()}, Digest: digestOf(secret)}
	if err := p.save(ctx, apiKeyKey(id), k); err != nil {
		return "", APIKeyInfo{}, fmt.Errorf("create API key %q: %w", name, err)
	}
	p.setAPIKeys(append(slices.Clone(live), k))
	return secret, k.APIKeyInfo, nil
}

// APIKeys lists the live ones, in the order in which they were made.
func (p *Platform) APIKeys(ctx context.Context) ([]APIKeyInfo, error) {
	var all []APIKeyInfo
	for _, k := range *p.apiKeys.Load() {
		all = append(all, k.APIKeyInfo)
	}
	slices.SortFunc(all, func(a, b APIKeyInfo) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// RevokeAPIKey ends a key at once: ErrAPIKeyNotFound if there is none with this id.
func (p *Platform) RevokeAPIKey(ctx context.Context, id string) error {
	p.changes.Lock()
	defer p.changes.Unlock()
	live := *p.apiKeys.Load()
	i := slices.IndexFunc(live, func(k *apiKey) bool { return k.ID == id })
	if i < 0 {
		return ErrAPIKeyNotFound
	}
	if err := p.records.Apply(ctx, nil, []string{apiKeyKey(id)}); err != nil {
		return fmt.Errorf("revoke API key %q: %w", live[i].Name, err)
	}
	p.setAPIKeys(slices.Delete(slices.Clone(live), i, i+1))
	return nil
}

func (p *Platform) setAPIKeys(live []*apiKey) { p.apiKeys.Store(&live) }

// CheckAPIKey says whether secret is a live key. It does the same work whatever is
// presented and however many keys live: one digest and MaxAPIKeys comparisons in
// constant time. A slot without a key compares with zeros, which is no digest that
// anybody can present.
func (p *Platform) CheckAPIKey(secret string) bool {
	presented := digestOf(secret)
	var slots [MaxAPIKeys]digest
	for i, k := range *p.apiKeys.Load() {
		slots[i] = k.Digest
	}
	match := 0
	for i := range slots {
		match |= subtle.ConstantTimeCompare(slots[i][:], presented[:])
	}
	return match == 1
}
