package platform_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/platform"
)

func (h *house) token(t platform.TokenInfo) (secret string, info platform.TokenInfo) {
	h.t.Helper()
	secret, info, err := h.CreateToken(h.t.Context(), t)
	if err != nil {
		h.t.Fatalf("CreateToken(%+v): %v", t, err)
	}
	return secret, info
}

func TestTokens(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	h.account("b", idB)
	expires := h.clock.Now().Add(time.Hour)
	reader, readerInfo := h.token(platform.TokenInfo{Name: "reader", Permission: platform.Read, Accounts: []string{idA}})
	h.clock.Advance(time.Second)
	editor, editorInfo := h.token(platform.TokenInfo{Name: "editor", Permission: platform.Edit, Expires: &expires})

	if reader == editor || len(reader) != len("bindery_token_")+46 {
		t.Errorf("made %d and %d characters, alike: %v", len(reader), len(editor), reader == editor)
	}
	for range 2 {
		tokens, err := h.Tokens(t.Context())
		if diff := cmp.Diff([]platform.TokenInfo{readerInfo, editorInfo}, tokens); err != nil || diff != "" {
			t.Errorf("Tokens: %v, difference (-want +got):\n%s", err, diff)
		}
		for _, row := range []struct {
			secret, account string
			need            platform.Permission
			want            error
		}{
			{reader, idA, platform.Read, nil},
			{reader, idA, platform.Edit, kv.ErrPermission},
			{reader, idB, platform.Read, kv.ErrPermission},
			{reader, idC, platform.Read, kv.ErrPermission},
			{editor, idA, platform.Read, nil},
			{editor, idA, platform.Edit, nil},
			{editor, idB, platform.Edit, nil},
			{editor, idA, "", nil},
			{reader, idA, "", kv.ErrPermission},
		} {
			holder, err := h.Authenticate(row.secret)
			if err != nil {
				t.Fatalf("Authenticate: %v", err)
			}
			if got := holder.Allow(row.account, row.need); !errors.Is(got, row.want) {
				t.Errorf("token %s, account %s, needs %q: got %v, want %v", holder.TokenID, row.account, row.need, got, row.want)
			}
		}
		h.reopen()
	}

	h.account("made later", idC)
	holder, err := h.Authenticate(editor)
	if visible, _ := h.VisibleAccounts(t.Context(), holder); err != nil || len(visible) != 3 {
		t.Errorf("a token for all accounts sees %v, %v; want all three", visible, err)
	}
	holder, err = h.Authenticate(reader)
	if visible, _ := h.VisibleAccounts(t.Context(), holder); err != nil || len(visible) != 1 || visible[0].ID != idA {
		t.Errorf("a token for one account sees %v, %v; want that one", visible, err)
	}

	h.clock.Advance(time.Hour - time.Second)
	_, err = h.Authenticate(editor)
	wantError(t, "Authenticate after the expiry", err, platform.ErrTokenExpired)
	if err := h.RevokeToken(t.Context(), readerInfo.ID); err != nil {
		t.Errorf("RevokeToken: %v", err)
	}
	for range 2 {
		_, err = h.Authenticate(reader)
		wantError(t, "Authenticate after a revocation", err, kv.ErrUnauthenticated)
		wantError(t, "RevokeToken again", h.RevokeToken(t.Context(), readerInfo.ID), platform.ErrTokenNotFound)
		h.reopen()
	}
}

func TestZeroPrincipalSeesNothing(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	var nobody platform.Principal
	wantError(t, "Allow", nobody.Allow(idA, platform.Read), kv.ErrPermission)
	if visible, err := h.VisibleAccounts(t.Context(), nobody); err != nil || len(visible) != 0 {
		t.Errorf("VisibleAccounts: got %v, %v; want none", visible, err)
	}
}

func TestTokensRefused(t *testing.T) {
	h := newHouse(t)
	now := h.clock.Now()
	for name, row := range map[string]struct {
		token platform.TokenInfo
		want  error
	}{
		"no name":            {platform.TokenInfo{Permission: platform.Edit}, platform.ErrTokenInvalid},
		"unprintable name":   {platform.TokenInfo{Name: "a\x1b[0m", Permission: platform.Edit}, platform.ErrTokenInvalid},
		"no permission":      {platform.TokenInfo{Name: "t"}, platform.ErrTokenInvalid},
		"unknown permission": {platform.TokenInfo{Name: "t", Permission: "owner"}, platform.ErrTokenInvalid},
		"expired already":    {platform.TokenInfo{Name: "t", Permission: platform.Edit, Expires: &now}, platform.ErrTokenInvalid},
		"unknown account":    {platform.TokenInfo{Name: "t", Permission: platform.Edit, Accounts: []string{idA}}, platform.ErrAccountNotFound},
	} {
		if _, _, err := h.CreateToken(t.Context(), row.token); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

// TestSecretsAreNotKept: neither a secret nor a good part of it is anywhere in the
// records.
func TestSecretsAreNotKept(t *testing.T) {
	h := newHouse(t)
	token, _ := h.token(platform.TokenInfo{Name: "t", Permission: platform.Edit})
	key, _, err := h.CreateAPIKey(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	all := h.records()
	for _, secret := range []string{token, key} {
		for i := len(secret) - 46; i+8 <= len(secret); i++ {
			if strings.Contains(all, secret[i:i+8]) {
				t.Fatalf("a part of a secret is in the records:\n%s", all)
			}
		}
	}
}

// refused are secrets that no server of ours ever made, with why each is refused.
// The Cloudflare ones are made up to the published patterns.
func refused() map[string]error {
	forty := strings.Repeat("aB3dE6gH9j", 4)
	return map[string]error{
		"":                                  platform.ErrForeignToken,
		"x":                                 platform.ErrForeignToken,
		"bindery_token_":                    platform.ErrForeignToken,
		"bindery_token_" + forty + "000000": platform.ErrForeignToken,
		"bindery_token_" + forty:            platform.ErrForeignToken,
		"Bearer x":                          platform.ErrForeignToken,
		forty + "x":                         platform.ErrForeignToken,
		strings.Repeat("0", 36):             platform.ErrForeignToken,
		strings.Repeat("0", 46):             platform.ErrForeignToken,
		strings.Repeat("F", 37):             platform.ErrForeignToken,
		"cfconfig":                          platform.ErrForeignToken,
		"cf_":                               platform.ErrForeignToken,
		"cfABC_" + forty:                    platform.ErrForeignToken,
		strings.Repeat("x", 10_000):         platform.ErrForeignToken,

		"cfut_" + forty + "0a1b2c3d":                     platform.ErrCloudflareToken,
		"cfat_" + forty + "0a1b2c3d":                     platform.ErrCloudflareToken,
		"cfk_" + forty + "0a1b2c3d":                      platform.ErrCloudflareToken,
		"cfast_" + forty + "0a1b2c3d":                    platform.ErrCloudflareToken,
		"cfut_cut-short":                                 platform.ErrCloudflareToken,
		"cfxyz_" + forty:                                 platform.ErrCloudflareToken,
		forty:                                            platform.ErrCloudflareToken,
		strings.Repeat("a_-Z", 10):                       platform.ErrCloudflareToken,
		strings.Repeat("0", 37):                          platform.ErrCloudflareToken,
		strings.Repeat("f", 45):                          platform.ErrCloudflareToken,
		"v1.0-" + strings.Repeat("0123456789abcdef", 10): platform.ErrCloudflareToken,
	}
}

func TestAuthenticateRefuses(t *testing.T) {
	h := newHouse(t)
	h.token(platform.TokenInfo{Name: "t", Permission: platform.Edit})
	for secret, want := range refused() {
		holder, err := h.Authenticate(secret)
		if !errors.Is(err, want) || !errors.Is(err, kv.ErrUnauthenticated) || holder.TokenID != "" {
			t.Errorf("Authenticate(%.60q): got %+v, %v; want %v", secret, holder, err, want)
		}
		if hinter, ok := err.(interface{ Hint() string }); !ok || hinter.Hint() == "" {
			t.Errorf("Authenticate(%.60q): %v gives no hint", secret, err)
		}
		if len(secret) > 8 && strings.Contains(fmt.Sprintf("%v %+v", err, err), secret[len(secret)-8:]) {
			t.Errorf("Authenticate(%.60q): the error %q holds a part of the secret", secret, err)
		}
		if got := platform.LooksLikeCloudflare(secret); got != (want == platform.ErrCloudflareToken) {
			t.Errorf("LooksLikeCloudflare(%.60q) = %v", secret, got)
		}
	}
}

// TestOneWrongCharacter: a secret is known whole or not at all.
func TestOneWrongCharacter(t *testing.T) {
	h := newHouse(t)
	token, _ := h.token(platform.TokenInfo{Name: "t", Permission: platform.Edit})
	key, _, err := h.CreateAPIKey(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	for i := range token {
		wrong := []byte(token)
		wrong[i] ^= 1
		if _, err := h.Authenticate(string(wrong)); !errors.Is(err, kv.ErrUnauthenticated) {
			t.Errorf("a token with another character at %d: got %v, want %v", i, err, kv.ErrUnauthenticated)
		}
	}
	for i := range key {
		wrong := []byte(key)
		wrong[i] ^= 1
		if h.CheckAPIKey(string(wrong)) {
			t.Errorf("an API key with another character at %d is accepted", i)
		}
	}
	if _, err := h.Authenticate(key); err == nil {
		t.Error("an API key is accepted as a token")
	}
	if h.CheckAPIKey(token) {
		t.Error("a token is accepted as an API key")
	}
	if platform.LooksLikeCloudflare(token) || platform.LooksLikeCloudflare(key) {
		t.Error("our own secrets look like Cloudflare's")
	}
}

// TestAnotherServersToken is well formed, yet not known here.
func TestAnotherServersToken(t *testing.T) {
	token, _ := newHouse(t).token(platform.TokenInfo{Name: "t", Permission: platform.Edit})
	_, err := newHouse(t).Authenticate(token)
	wantError(t, "Authenticate", err, kv.ErrUnauthenticated)
}

func TestRandomnessIsUsedFairly(t *testing.T) {
	// All bytes past the last multiple of 62 must be passed over.
	store := memkv.New(memkv.Options{})
	random := bytes.NewReader(bytes.Repeat(append(bytes.Repeat([]byte{255, 248}, 20), 0, 61, 62), 40))
	p, err := platform.Open(store, store, platform.Options{Rand: random})
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := p.CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	digits := strings.TrimPrefix(secret, "bindery_token_")[:40]
	if left := strings.Trim(digits, "0z"); left != "" {
		t.Errorf("random digits %q hold %q, want only those of the bytes 0, 61 and 62", digits, left)
	}

	p, err = platform.Open(store, store, platform.Options{Rand: strings.NewReader("short")})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit}); err == nil {
		t.Error("CreateToken without randomness: no error")
	}
}

func TestAPIKeys(t *testing.T) {
	h := newHouse(t)
	if h.CheckAPIKey("") || h.CheckAPIKey("x") {
		t.Error("a key is accepted where there is none")
	}
	create := func(name string) (string, platform.APIKeyInfo) {
		t.Helper()
		secret, info, err := h.CreateAPIKey(t.Context(), name)
		if err != nil {
			t.Fatalf("CreateAPIKey(%q): %v", name, err)
		}
		h.clock.Advance(time.Second)
		return secret, info
	}
	for _, name := range []string{"", "a\x1b[31m", "\xff"} {
		_, _, err := h.CreateAPIKey(t.Context(), name)
		wantError(t, fmt.Sprintf("CreateAPIKey(%q)", name), err, platform.ErrAPIKeyInvalid)
	}
	old, oldInfo := create("old")
	current, currentInfo := create("current")
	_, _, err := h.CreateAPIKey(t.Context(), "third")
	wantError(t, "CreateAPIKey, the third", err, platform.ErrTooManyAPIKeys)
	if hinter, ok := err.(interface{ Hint() string }); !ok || !strings.Contains(hinter.Hint(), "revoke") {
		t.Errorf("%v does not say what to do", err)
	}
	for range 2 {
		if !h.CheckAPIKey(old) || !h.CheckAPIKey(current) || h.CheckAPIKey("") || h.CheckAPIKey(old+" ") {
			t.Error("of two live keys, not exactly these are accepted")
		}
		keys, err := h.APIKeys(t.Context())
		if diff := cmp.Diff([]platform.APIKeyInfo{oldInfo, currentInfo}, keys); err != nil || diff != "" {
			t.Errorf("APIKeys: %v, difference (-want +got):\n%s", err, diff)
		}
		h.reopen()
	}
	if err := h.RevokeAPIKey(t.Context(), oldInfo.ID); err != nil {
		t.Errorf("RevokeAPIKey: %v", err)
	}
	wantError(t, "RevokeAPIKey again", h.RevokeAPIKey(t.Context(), oldInfo.ID), platform.ErrAPIKeyNotFound)
	next, _ := create("next")
	h.reopen()
	if h.CheckAPIKey(old) || !h.CheckAPIKey(current) || !h.CheckAPIKey(next) {
		t.Error("after a change of keys, not exactly the current and the next are accepted")
	}
}
