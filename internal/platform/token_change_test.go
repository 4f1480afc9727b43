package platform_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// A rolled token is the same one with another secret, over a restart too.
func TestRollToken(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	old, info := h.token(platform.TokenInfo{Name: "t", Permission: platform.Read, Accounts: []string{idA}})
	h.fail = errors.New("disk is gone")
	_, err := h.RollToken(t.Context(), info.ID)
	wantError(t, "RollToken on a failing disk", err, h.fail)
	h.fail = nil
	if _, err := h.Authenticate(old); err != nil {
		t.Errorf("after a roll that failed, the old secret: %v", err)
	}
	secret, err := h.RollToken(t.Context(), info.ID)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if holder, err := h.Authenticate(secret); err != nil || holder.TokenID != info.ID || !holder.CanSee(idA) {
			t.Errorf("the new secret: got %+v, %v", holder, err)
		}
		_, err = h.Authenticate(old)
		wantError(t, "the old secret", err, kv.ErrUnauthenticated)
		h.reopen()
	}
	_, err = h.RollToken(t.Context(), idB)
	wantError(t, "RollToken of none", err, platform.ErrTokenNotFound)
}

func TestOutlives(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	now := h.clock.Now()
	in := func(d time.Duration) *time.Time { at := now.Add(d); return &at }
	for name, row := range map[string]struct {
		holder, other *time.Time
		want          bool
	}{
		"for ever, for ever":   {nil, nil, true},
		"for ever, an hour":    {nil, in(time.Hour), true},
		"an hour, for ever":    {in(time.Hour), nil, false},
		"an hour, two":         {in(time.Hour), in(2 * time.Hour), false},
		"an hour, the same":    {in(time.Hour), in(time.Hour), true},
		"an hour, half of one": {in(time.Hour), in(time.Hour / 2), true},
	} {
		secret, _ := h.token(platform.TokenInfo{Name: "t", Permission: platform.Admin, Expires: row.holder})
		holder, err := h.Authenticate(secret)
		if got := holder.Outlives(row.other); err != nil || got != row.want {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, row.want)
		}
	}
}

func TestCanManage(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	h.account("b", idB)
	for name, row := range map[string]struct {
		holder platform.TokenInfo
		of     []string
		want   bool
	}{
		"its account":           {platform.TokenInfo{Permission: platform.Admin, Accounts: []string{idA}}, []string{idA}, true},
		"another's":             {platform.TokenInfo{Permission: platform.Admin, Accounts: []string{idA}}, []string{idB}, false},
		"its and another's":     {platform.TokenInfo{Permission: platform.Admin, Accounts: []string{idA}}, []string{idA, idB}, false},
		"all, of one":           {platform.TokenInfo{Permission: platform.Admin, Accounts: []string{idA}}, nil, false},
		"all, of all":           {platform.TokenInfo{Permission: platform.Admin}, nil, true},
		"one, of all":           {platform.TokenInfo{Permission: platform.Admin}, []string{idB}, true},
		"its, but only to edit": {platform.TokenInfo{Permission: platform.Edit, Accounts: []string{idA}}, []string{idA}, false},
	} {
		row.holder.Name = "t"
		secret, _ := h.token(row.holder)
		holder, err := h.Authenticate(secret)
		if got := holder.CanManage(row.of); err != nil || got != row.want {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, row.want)
		}
	}
}

// An edited token is the same one with the same secret, over a restart too, and an edit
// that is refused leaves it as it was.
func TestUpdateToken(t *testing.T) {
	h := newHouse(t)
	h.account("a", idA)
	h.account("b", idB)
	secret, made := h.token(platform.TokenInfo{Name: "t", Permission: platform.Read, Accounts: []string{idA}})
	h.clock.Advance(time.Hour)
	for name, row := range map[string]struct {
		edit platform.TokenInfo
		fail error
		want error
	}{
		"a disk that fails":   {edit: platform.TokenInfo{Name: "u", Permission: platform.Edit}, fail: errors.New("disk is gone")},
		"no name":             {edit: platform.TokenInfo{Permission: platform.Edit}, want: platform.ErrTokenInvalid},
		"an unknown account":  {edit: platform.TokenInfo{Name: "u", Permission: platform.Edit, Accounts: []string{idC}}, want: platform.ErrAccountNotFound},
		"an end at the start": {edit: platform.TokenInfo{Name: "u", Permission: platform.Edit, Expires: &made.Created}, want: platform.ErrTokenInvalid},
	} {
		if h.fail = row.fail; row.fail != nil {
			row.want = row.fail
		}
		_, err := h.UpdateToken(t.Context(), made.ID, row.edit)
		wantError(t, name, err, row.want)
		h.fail = nil
		if holder, err := h.Authenticate(secret); err != nil || holder.Permission != platform.Read || holder.CanSee(idB) {
			t.Errorf("%s: afterwards the token is %+v, %v", name, holder, err)
		}
	}
	_, err := h.UpdateToken(t.Context(), idB, made)
	wantError(t, "UpdateToken of none", err, platform.ErrTokenNotFound)

	ends := h.clock.Now().Add(time.Hour)
	want := platform.TokenInfo{
		ID: made.ID, Name: "u", Permission: platform.Edit, Accounts: []string{idB},
		Created: made.Created, Modified: h.clock.Now().UTC(), Expires: &ends,
	}
	edited, err := h.UpdateToken(t.Context(), made.ID, platform.TokenInfo{Name: "u", Permission: platform.Edit, Accounts: []string{idB}, Expires: &ends})
	if diff := cmp.Diff(want, edited); err != nil || diff != "" {
		t.Fatalf("UpdateToken: %v, difference (-want +got):\n%s", err, diff)
	}
	for range 2 {
		holder, err := h.Authenticate(secret)
		if err != nil || holder.CanSee(idA) || !holder.CanSee(idB) || holder.Permission != platform.Edit {
			t.Errorf("the edited token: got %+v, %v", holder, err)
		}
		if all, err := h.Tokens(t.Context()); err != nil || len(all) != 1 || !cmp.Equal(all[0], want) {
			t.Errorf("Tokens: got %+v, %v; want %+v alone", all, err, want)
		}
		h.reopen()
	}

	edited.Disabled = true
	if _, err := h.UpdateToken(t.Context(), made.ID, edited); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err = h.Authenticate(secret)
		wantError(t, "a disabled token", err, platform.ErrTokenDisabled)
		wantError(t, "a disabled token", err, kv.ErrUnauthenticated)
		h.reopen()
	}
	h.clock.Advance(2 * time.Hour)
	_, err = h.Authenticate(secret)
	wantError(t, "a disabled token that has expired", err, platform.ErrTokenExpired)
}
