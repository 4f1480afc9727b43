//go:build npm

package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func libraryCreate(t *testing.T, u *user) {
	var n namespace
	u.run(t, call{Call: "namespaces.create", Title: "CACHE"}, &n)
	if id := u.id(t, "CACHE"); n.ID != id || n.Title != "CACHE" {
		t.Errorf("create answered %+v, want %s", n, id)
	}
}

func libraryCreateTaken(t *testing.T, u *user) {
	u.refused(t, 400, 10014, call{Call: "namespaces.create", Title: "CACHE"})
}

func libraryGet(t *testing.T, u *user) {
	var n namespace
	u.run(t, call{Call: "namespaces.get", Namespace: u.production}, &n)
	if n.ID != u.production || n.Title != "production" {
		t.Errorf("get answered %+v, want %s as production", n, u.production)
	}
}

func libraryGetMalformed(t *testing.T, u *user) {
	u.refused(t, 400, 10011, call{Call: "namespaces.get", Namespace: "CACHE"})
}

func libraryUpdate(t *testing.T, u *user) {
	id := u.id(t, "CACHE")
	u.run(t, call{Call: "namespaces.update", Namespace: id, Title: "grüne Wiese"}, nil)
	if got := u.titles(t)[id]; got != "grüne Wiese" {
		t.Errorf("after update the title is %q", got)
	}
}

func libraryListAll(t *testing.T, u *user) {
	for i := range manyNamespaces {
		u.create(t, u.account, fmt.Sprintf("title %03d", i))
	}
	var all []namespace
	u.run(t, call{Call: "namespaces.list all"}, &all)
	got := map[string]string{}
	for _, n := range all {
		got[n.ID] = n.Title
	}
	if diff := cmp.Diff(u.titles(t), got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func libraryListPage(t *testing.T, u *user) {
	want := slices.Sorted(maps.Values(u.titles(t)))
	slices.Reverse(want)
	var page []namespace
	u.run(t, call{Call: "namespaces.list", Order: "title", Direction: "desc", Page: 2, PerPage: 30}, &page)
	var got []string
	for _, n := range page {
		got = append(got, n.Title)
	}
	if diff := cmp.Diff(want[30:60], got); diff != "" {
		t.Errorf("page 2 (-want +got):\n%s", diff)
	}
}

func libraryDelete(t *testing.T, u *user) {
	want := u.titles(t)
	id := u.id(t, "title 007")
	delete(want, id)
	u.run(t, call{Call: "namespaces.delete", Namespace: id}, nil)
	if diff := cmp.Diff(want, u.titles(t)); diff != "" {
		t.Errorf("after delete (-want +got):\n%s", diff)
	}
}

func libraryDeleteGone(t *testing.T, u *user) {
	u.refused(t, 404, 10013, call{Call: "namespaces.delete", Namespace: strings.Repeat("0", 32)})
}
