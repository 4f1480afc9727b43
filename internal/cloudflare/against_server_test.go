package cloudflare_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

func TestAccountsOfAServer(t *testing.T) {
	w := serve(t, server.Options{})
	ctx := t.Context()
	want := []cloudflare.Account{{ID: w.account, Name: "test"}}
	for i := range 120 { // three pages
		a, err := w.server.Platform().EnsureAccount(ctx, fmt.Sprintf("team %03d", i), "")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, cloudflare.Account{ID: a.ID, Name: a.Name})
	}
	want = append(want[1:], want[0]) // by name
	all := w.as(t, platform.TokenInfo{Name: "all", Permission: platform.Read})
	for name, list := range map[string]func(context.Context) ([]cloudflare.Account, error){"Accounts": all.Accounts, "Memberships": all.Memberships} {
		got, err := list(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if err := all.Verify(ctx); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

func TestNamespacesOfAServer(t *testing.T) {
	w := serve(t, server.Options{})
	ctx := t.Context()
	made := map[string]cloudflare.NamespaceInfo{}
	for _, title := range []string{"b", "a", "C"} {
		n, err := w.client.CreateNamespace(ctx, w.account, title)
		if err != nil {
			t.Fatal(err)
		}
		made[title] = n
	}
	got, err := w.client.Namespaces(ctx, w.account)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]cloudflare.NamespaceInfo{made["C"], made["a"], made["b"]}, got); diff != "" {
		t.Errorf("Namespaces (-want +got):\n%s", diff)
	}
	if info, err := w.client.NamespaceInfo(ctx, w.account, made["a"].ID); err != nil || info != made["a"] {
		t.Errorf("NamespaceInfo: got %v, %v; want %v", info, err, made["a"])
	}
	if err := w.client.DeleteNamespace(ctx, w.account, made["a"].ID); err != nil {
		t.Errorf("DeleteNamespace: %v", err)
	}
	if _, err := w.client.NamespaceInfo(ctx, w.account, made["a"].ID); !errors.Is(err, kv.ErrNamespaceNotFound) {
		t.Errorf("NamespaceInfo after the delete: got %v, want %v", err, kv.ErrNamespaceNotFound)
	}
	if _, err := w.client.CreateNamespace(ctx, w.account, "b"); hint(err) == "" {
		t.Errorf("a title that is taken: got %v without a hint", err)
	}
}

// A bulk get has no words for bytes that are no text; then they are asked for alone.
func TestBytesThatAreNoText(t *testing.T) {
	w := serve(t, server.Options{})
	n, err := w.client.CreateNamespace(t.Context(), w.account, "t")
	if err != nil {
		t.Fatal(err)
	}
	ns := w.client.Namespace(w.account, n.ID)
	want := map[string]kv.Item{
		"binary": {Value: []byte{0xff, 0, 0xfe}, Metadata: json.RawMessage(`{"a":1}`), Expiration: time.Now().Add(time.Hour).Unix()},
		"text":   {Value: []byte("text")},
	}
	for key, item := range want {
		if err := ns.Put(t.Context(), kv.Pair{Key: key, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ns.(kv.Bulk).GetMany(t.Context(), []string{"binary", "missing", "text"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("GetMany (-want +got):\n%s", diff)
	}
}

// A token of another account gets nowhere, whichever id it names.
func TestAccountsAreWalls(t *testing.T) {
	w := serve(t, server.Options{})
	ctx := t.Context()
	mine, err := w.client.CreateNamespace(ctx, w.account, "mine")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.client.Namespace(w.account, mine.ID).Put(ctx, kv.Pair{Key: "k", Item: kv.Item{Value: []byte("v")}}); err != nil {
		t.Fatal(err)
	}
	other, err := w.server.Platform().EnsureAccount(ctx, "other", "")
	if err != nil {
		t.Fatal(err)
	}
	climber := w.as(t, platform.TokenInfo{Name: "climber", Accounts: []string{other.ID}, Permission: platform.Edit})
	for account, want := range map[string]error{w.account: kv.ErrPermission, other.ID: kv.ErrNamespaceNotFound} {
		ns := climber.Namespace(account, mine.ID)
		_, getErr := ns.Get(ctx, "k")
		_, listErr := ns.List(ctx, kv.ListQuery{})
		_, infoErr := climber.NamespaceInfo(ctx, account, mine.ID)
		_, manyErr := ns.(kv.Bulk).GetMany(ctx, []string{"k"})
		for what, err := range map[string]error{
			"Get": getErr, "List": listErr, "NamespaceInfo": infoErr, "GetMany": manyErr,
			"Put":             ns.Put(ctx, kv.Pair{Key: "k"}),
			"Delete":          ns.Delete(ctx, "k"),
			"PutMany":         ns.(kv.Bulk).PutMany(ctx, []kv.Pair{{Key: "k"}}),
			"DeleteMany":      ns.(kv.Bulk).DeleteMany(ctx, []string{"k"}),
			"DeleteNamespace": climber.DeleteNamespace(ctx, account, mine.ID),
		} {
			if !errors.Is(err, want) {
				t.Errorf("%s in account %s: got %v, want %v", what, account, err, want)
			}
		}
	}
	if item, err := w.client.Namespace(w.account, mine.ID).Get(ctx, "k"); err != nil || string(item.Value) != "v" {
		t.Errorf("afterwards the key reads %q, %v; want it untouched", item.Value, err)
	}
}
