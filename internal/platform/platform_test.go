package platform_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/platform"
)

const (
	idA = "0123456789abcdef0123456789abcdef"
	idB = "fedcba9876543210fedcba9876543210"
	idC = "00000000000000000000000000000000"
)

// house is a platform that can be shut and opened again, and whose records and data
// can be made to fail.
type house struct {
	*platform.Platform
	t          *testing.T
	store      *memkv.Store
	clock      *kvtest.Clock
	fail       error  // what Apply answers
	failDelete error  // what deleting data answers
	applied    func() // called after every Apply, unless nil
}

func newHouse(t *testing.T) *house {
	clock := kvtest.NewClock()
	h := &house{t: t, clock: clock, store: memkv.New(memkv.Options{Now: clock.Now})}
	h.reopen()
	return h
}

func (h *house) reopen() {
	h.t.Helper()
	p, err := platform.Open(h, shelf{h.store, h}, platform.Options{Now: h.clock.Now})
	if err != nil {
		h.t.Fatalf("Open: %v", err)
	}
	h.Platform = p
}

// Apply implements platform.Records.
func (h *house) Apply(ctx context.Context, set map[string][]byte, remove []string) error {
	if h.fail != nil {
		return h.fail
	}
	if h.applied != nil {
		defer h.applied()
	}
	return h.store.Apply(ctx, set, remove)
}

// Scan implements platform.Records.
func (h *house) Scan(ctx context.Context, prefix string, visit func(string, []byte) error) error {
	return h.store.Scan(ctx, prefix, visit)
}

// shelf is the data of a house.
type shelf struct {
	*memkv.Store
	h *house
}

// DeleteNamespace implements platform.Data.
func (s shelf) DeleteNamespace(ctx context.Context, id string) error {
	if s.h.failDelete != nil {
		return s.h.failDelete
	}
	return s.Store.DeleteNamespace(ctx, id)
}

// records returns all there is, as text.
func (h *house) records() string {
	h.t.Helper()
	var all strings.Builder
	err := h.store.Scan(h.t.Context(), "", func(key string, value []byte) error {
		fmt.Fprintf(&all, "%s = %s\n", key, value)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all.String()
}

func (h *house) account(name, id string) platform.Account {
	h.t.Helper()
	a, err := h.EnsureAccount(h.t.Context(), name, id)
	if err != nil {
		h.t.Fatalf("EnsureAccount(%q, %q): %v", name, id, err)
	}
	return a
}

func (h *house) namespace(account, id, title string) platform.NamespaceInfo {
	h.t.Helper()
	ns, err := h.CreateNamespace(h.t.Context(), account, id, title)
	if err != nil {
		h.t.Fatalf("CreateNamespace(%q, %q): %v", id, title, err)
	}
	return ns
}

func (h *house) data(account, id string) kv.Namespace {
	h.t.Helper()
	ns, err := h.Namespace(h.t.Context(), account, id)
	if err != nil {
		h.t.Fatalf("Namespace(%q, %q): %v", account, id, err)
	}
	return ns
}

// titles lists an account's namespaces as "id title".
func (h *house) titles(account string) []string {
	h.t.Helper()
	all, err := h.Namespaces(h.t.Context(), account)
	if err != nil {
		h.t.Fatalf("Namespaces: %v", err)
	}
	titles := []string{}
	for _, ns := range all {
		titles = append(titles, ns.ID+" "+ns.Title)
	}
	return titles
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func TestEnsureAccount(t *testing.T) {
	h := newHouse(t)
	production := h.account("production", idA)
	staging := h.account("staging", "")
	nameless := h.account("", idB)
	if production.ID != idA || !platform.ValidID(staging.ID) || nameless.Name != idB || !production.Created.Equal(h.clock.Now()) {
		t.Errorf("got %+v, %+v, %+v", production, staging, nameless)
	}
	for range 2 {
		for _, row := range []struct {
			name, id string
			want     platform.Account
		}{
			{"production", idA, production},
			{"production", "", production},
			{"", idA, production},
			{"staging", "", staging},
			{"", staging.ID, staging},
			{"", idB, nameless},
		} {
			got, err := h.EnsureAccount(t.Context(), row.name, row.id)
			if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
				t.Errorf("EnsureAccount(%q, %q): %v, difference (-want +got):\n%s", row.name, row.id, err, diff)
			}
		}
		h.reopen()
	}
	for _, row := range []struct {
		name, id string
		want     error
	}{
		{"production", idC, platform.ErrAccountConflict},
		{"other", idA, platform.ErrAccountConflict},
		{"staging", idA, platform.ErrAccountConflict},
		{"", "", platform.ErrAccountInvalid},
		{"x", "short", platform.ErrAccountInvalid},
		{"x", strings.ToUpper(idA), platform.ErrAccountInvalid},
		{"line\nbreak", "", platform.ErrAccountInvalid},
		{"\xff", "", platform.ErrAccountInvalid},
		{strings.Repeat("x", platform.MaxAccountNameBytes+1), "", platform.ErrAccountInvalid},
	} {
		_, err := h.EnsureAccount(t.Context(), row.name, row.id)
		wantError(t, fmt.Sprintf("EnsureAccount(%.20q, %q)", row.name, row.id), err, row.want)
	}
	_, err := h.EnsureAccount(t.Context(), "production", idC)
	for _, word := range []string{"production", idC, idA} {
		if !strings.Contains(fmt.Sprint(err), word) {
			t.Errorf("conflict %q does not name %q", err, word)
		}
	}
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "choose another name and id") {
		t.Errorf("conflict %q has no hint", err)
	}

	all, err := h.Accounts(t.Context())
	if diff := cmp.Diff([]platform.Account{nameless, production, staging}, all); err != nil || diff != "" {
		t.Errorf("Accounts: %v, difference (-want +got):\n%s", err, diff)
	}
	_, err = h.Account(t.Context(), idC)
	wantError(t, "Account that is not there", err, platform.ErrAccountNotFound)
}

// TestRecordedBeforeAcknowledged: when the record cannot be written, the call fails
// and nothing has changed.
func TestRecordedBeforeAcknowledged(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.account("a", idA)
	h.namespace(idA, idC, "title")
	secret, token, err := h.CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	key, keyInfo, err := h.CreateAPIKey(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	before := h.records()

	h.fail = errors.New("disk is gone")
	_, err = h.EnsureAccount(ctx, "b", "")
	wantError(t, "EnsureAccount", err, h.fail)
	_, _, err = h.CreateToken(ctx, platform.TokenInfo{Name: "t2", Permission: platform.Edit})
	wantError(t, "CreateToken", err, h.fail)
	wantError(t, "RevokeToken", h.RevokeToken(ctx, token.ID), h.fail)
	_, _, err = h.CreateAPIKey(ctx, "k2")
	wantError(t, "CreateAPIKey", err, h.fail)
	wantError(t, "RevokeAPIKey", h.RevokeAPIKey(ctx, keyInfo.ID), h.fail)
	_, err = h.CreateNamespace(ctx, idA, "", "title2")
	wantError(t, "CreateNamespace", err, h.fail)
	_, err = h.RenameNamespace(ctx, idA, idC, "renamed")
	wantError(t, "RenameNamespace", err, h.fail)
	wantError(t, "DeleteNamespace", h.DeleteNamespace(ctx, idA, idC), h.fail)

	for _, when := range []string{"in memory", "after a restart"} {
		if accounts, _ := h.Accounts(ctx); len(accounts) != 1 {
			t.Errorf("%s: accounts %v", when, accounts)
		}
		if tokens, _ := h.Tokens(ctx); len(tokens) != 1 {
			t.Errorf("%s: tokens %v", when, tokens)
		}
		if keys, _ := h.APIKeys(ctx); len(keys) != 1 {
			t.Errorf("%s: API keys %v", when, keys)
		}
		if _, err := h.Authenticate(secret); err != nil {
			t.Errorf("%s: Authenticate: %v", when, err)
		}
		if !h.CheckAPIKey(key) {
			t.Errorf("%s: the API key is refused", when)
		}
		if diff := cmp.Diff([]string{idC + " title"}, h.titles(idA)); diff != "" {
			t.Errorf("%s: namespaces differ (-want +got):\n%s", when, diff)
		}
		h.fail = nil
		h.reopen()
	}
	if diff := cmp.Diff(before, h.records()); diff != "" {
		t.Errorf("records differ (-before +after):\n%s", diff)
	}
}

func TestOpenRefusesDamagedRecords(t *testing.T) {
	for _, key := range []string{"account/" + idA, "token/" + idA, "apikey/" + idA} {
		store := memkv.New(memkv.Options{})
		if err := store.Apply(t.Context(), map[string][]byte{key: []byte("{")}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := platform.Open(store, store, platform.Options{}); err == nil {
			t.Errorf("Open with a damaged record %s: no error", key)
		}
	}
	t.Run("of a namespace, at the first need", func(t *testing.T) {
		h := newHouse(t)
		h.account("a", idA)
		damaged := map[string][]byte{"namespace/" + idA + "/" + idC: []byte("{")}
		if err := h.store.Apply(t.Context(), damaged, nil); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := h.Namespaces(t.Context(), idA); err == nil || !strings.Contains(err.Error(), idA) {
				t.Errorf("Namespaces: got %v, want an error that names the account", err)
			}
		}
	})
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		idA: true, idC: true, "": false, idA[1:]: false, idA + "0": false, strings.ToUpper(idA): false, idA[1:] + "g": false, idA[1:] + "/": false,
	} {
		if got := platform.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v, want %v", id, got, want)
		}
	}
}

// BenchmarkOpen opens a platform of 1,000 accounts with 100 namespaces each, and
// asks for one of them.
func BenchmarkOpen(b *testing.B) {
	store := memkv.New(memkv.Options{})
	p, err := platform.Open(store, store, platform.Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	var last platform.Account
	for i := range 1000 {
		if last, err = p.EnsureAccount(b.Context(), fmt.Sprint("account ", i), ""); err != nil {
			b.Fatal(err)
		}
		for j := range 100 {
			if _, err := p.CreateNamespace(b.Context(), last.ID, "", fmt.Sprint("namespace ", j)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		p, err := platform.Open(store, store, platform.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if all, err := p.Namespaces(b.Context(), last.ID); err != nil || len(all) != 100 {
			b.Fatalf("%d namespaces, %v", len(all), err)
		}
	}
}

func BenchmarkNamespace(b *testing.B) {
	store := memkv.New(memkv.Options{})
	p, err := platform.Open(store, store, platform.Options{})
	if err != nil {
		b.Fatal(err)
	}
	a, err := p.EnsureAccount(b.Context(), "a", "")
	if err != nil {
		b.Fatal(err)
	}
	ns, err := p.CreateNamespace(b.Context(), a.ID, "", "n")
	if err != nil {
		b.Fatal(err)
	}
	secret, _, err := p.CreateToken(b.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit, Accounts: []string{a.ID}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		holder, err := p.Authenticate(secret)
		if err != nil || holder.Allow(a.ID, platform.Read) != nil {
			b.Fatal(err)
		}
		if _, err := p.Namespace(b.Context(), a.ID, ns.ID); err != nil {
			b.Fatal(err)
		}
	}
}
