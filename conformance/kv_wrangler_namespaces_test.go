//go:build npm

package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// namespace is one as clients show it.
type namespace struct {
	ID                  string `json:"id"`
	Title               string `json:"title"`
	SupportsURLEncoding bool   `json:"supports_url_encoding"`
	Jurisdiction        string `json:"jurisdiction"`
}

// created checks that there is a namespace of the title, and that wrangler named its id.
func created(t *testing.T, s *shell, title, said string) {
	t.Helper()
	if id := s.id(t, title); !strings.Contains(said, id) {
		t.Errorf("create said\n%s\nwant the id %s", said, id)
	}
}

func createTwice(t *testing.T, s *shell) {
	s.create(t, s.account, "CACHE")
	s.refused(t, "already exists", "kv", "namespace", "create", "CACHE")
}

func createPreview(t *testing.T, s *shell) {
	created(t, s, "staging-CACHE_preview", s.run(t, "kv", "namespace", "create", "CACHE", "--env", "staging", "--preview"))
}

func createUpdateConfig(t *testing.T, s *shell) {
	s.run(t, "kv", "namespace", "create", "SESSIONS", "--binding", "SESSIONS", "--update-config")
	text, err := os.ReadFile(filepath.Join(s.dir, "wrangler.jsonc"))
	if id := s.id(t, "SESSIONS"); err != nil || !strings.Contains(string(text), id) {
		t.Errorf("the configuration is\n%s\n%v; want %s in it", text, err, id)
	}
}

func createJurisdiction(t *testing.T, s *shell) {
	s.newestOnly(t)
	created(t, s, "european", s.run(t, "kv", "namespace", "create", "european", "--jurisdiction", "eu"))
}

func createInstant(t *testing.T, s *shell) {
	s.newestOnly(t)
	s.refused(t, "is not served", "kv", "namespace", "create", "quick", "--experimental-mode", "instant")
	for _, title := range s.titles(t) {
		if title == "quick" {
			t.Error("there is a namespace all the same")
		}
	}
}

func (s *shell) newestOnly(t *testing.T) {
	t.Helper()
	if s.wrangler != newest {
		t.Skipf("wrangler %s has no such flag", s.wrangler.version)
	}
}

// wrangler pages in two ways: until an empty page to list, and by hundreds to find a title.
const manyNamespaces = 150

func listNamespaces(t *testing.T, s *shell) {
	for i := range manyNamespaces {
		s.create(t, s.account, fmt.Sprintf("title %03d", i))
	}
	got := map[string]string{}
	for _, n := range printed[[]namespace](t, s.as(t, "", s.token), "kv", "namespace", "list") {
		if want := map[string]string{"european": "eu"}[n.Title]; n.Jurisdiction != want {
			t.Errorf("%q is listed with the jurisdiction %q, want %q", n.Title, n.Jurisdiction, want)
		}
		if !n.SupportsURLEncoding {
			t.Errorf("%q is listed without supports_url_encoding", n.Title)
		}
		got[n.ID] = n.Title
	}
	if diff := cmp.Diff(s.titles(t), got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

// renamed checks a title.
func renamed(t *testing.T, s *shell, id, want string) {
	t.Helper()
	if got := s.titles(t)[id]; got != want {
		t.Errorf("namespace %s has the title %q, want %q", id, got, want)
	}
}

func renameByID(t *testing.T, s *shell) {
	s.run(t, "kv", "namespace", "rename", "--namespace-id", s.production, "--new-name", "grüne Wiese")
	renamed(t, s, s.production, "grüne Wiese")
}

func renameTaken(t *testing.T, s *shell) {
	id := s.id(t, "title 120")
	s.refused(t, "already exists", "kv", "namespace", "rename", "title 120", "--new-name", "CACHE")
	renamed(t, s, id, "title 120")
}

// gone runs a delete, after which the namespace is missing and no other.
func gone(t *testing.T, s *shell, id string, args ...string) {
	t.Helper()
	want := s.titles(t)
	delete(want, id)
	s.run(t, append([]string{"kv", "namespace", "delete"}, args...)...)
	if diff := cmp.Diff(want, s.titles(t)); diff != "" {
		t.Errorf("after the delete of %s (-want +got):\n%s", id, diff)
	}
}

func deleteByTitle(t *testing.T, s *shell) { gone(t, s, s.id(t, "title 140"), "title 140") }

func deleteByID(t *testing.T, s *shell) {
	id := s.id(t, "CACHE")
	gone(t, s, id, "--namespace-id", id, "--skip-confirmation")
}

func deleteByBinding(t *testing.T, s *shell) {
	gone(t, s, s.stagingPreview, "--binding", "KV", "--env", "staging", "--preview")
}
