package platform_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
)

// A namespace that Workers bind stays, over a restart too, until the last lets go.
func TestBoundNamespacesStay(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.account("a", idA)
	h.account("b", idB)
	h.namespace(idA, idC, "title")
	h.namespace(idA, idA, "other")
	h.namespace(idB, idC, "title") // the same id behind the other wall, bound by nobody
	bind := func(worker string, ids ...string) {
		t.Helper()
		if err := h.BindNamespaces(ctx, idA, worker, ids); err != nil {
			t.Fatalf("BindNamespaces of %s to %q: %v", worker, ids, err)
		}
	}
	bind("shop", idC)
	bind("odd/../name", idA, idC)

	for range 2 {
		err := h.DeleteNamespace(ctx, idA, idC)
		wantError(t, "DeleteNamespace of what two Workers bind", err, platform.ErrNamespaceBound)
		if err != nil && !strings.HasSuffix(err.Error(), ": odd/../name, shop") {
			t.Errorf("got %q, want both names, sorted", err)
		}
		h.reopen()
	}
	if err := h.DeleteNamespace(ctx, idB, idC); err != nil {
		t.Errorf("DeleteNamespace in the other account: %v", err)
	}

	bind("odd/../name", idA)
	err := h.DeleteNamespace(ctx, idA, idC)
	if wantError(t, "DeleteNamespace of what one Worker binds", err, platform.ErrNamespaceBound); err != nil && !strings.HasSuffix(err.Error(), ": shop") {
		t.Errorf("got %q, want shop only", err)
	}
	bind("shop")
	bind("shop") // of a Worker that is gone already
	h.reopen()
	if err := h.DeleteNamespace(ctx, idA, idC); err != nil {
		t.Errorf("DeleteNamespace of what nobody binds any more: %v", err)
	}
}

func TestBindNamespacesRefused(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.account("a", idA)
	h.namespace(idA, idC, "title")
	if err := h.BindNamespaces(ctx, idA, "shop", []string{idC}); err != nil {
		t.Fatal(err)
	}
	wantError(t, "no account", h.BindNamespaces(ctx, idB, "shop", nil), platform.ErrAccountNotFound)
	wantError(t, "no namespace", h.BindNamespaces(ctx, idA, "shop", []string{idA}), kv.ErrNamespaceNotFound)
	h.fail = errors.New("disk is gone")
	wantError(t, "a failing disk, letting go", h.BindNamespaces(ctx, idA, "shop", nil), h.fail)
	wantError(t, "a failing disk", h.BindNamespaces(ctx, idA, "other", []string{idC}), h.fail)
	h.fail = nil
	err := h.DeleteNamespace(ctx, idA, idC)
	if wantError(t, "DeleteNamespace after all of that", err, platform.ErrNamespaceBound); err != nil && !strings.HasSuffix(err.Error(), ": shop") {
		t.Errorf("got %q, want shop only", err)
	}
}
