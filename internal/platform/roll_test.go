package platform_test

import (
	"errors"
	"testing"
	"time"

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
