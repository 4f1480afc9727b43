package server_test

import (
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

// A Worker that is deployed to the server answers under its host, and the API does under all others.
func TestWorkersRun(t *testing.T) {
	binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	s, err := server.Open(server.Options{Data: t.TempDir(), Workerd: binary, NoEgress: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	account, err := s.Platform().EnsureAccount(t.Context(), "My Test", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Workers().Upload(t.Context(), account.ID, "api", workers.Upload{
		Deploy: true, CompatibilityDate: "2026-04-01",
		Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(`export default { fetch: () => new Response("runs") }`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"api.my-test.localhost": "runs", "": ""} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if _ = answer.Body.Close(); err != nil || answer.StatusCode != 200 || want != "" && string(body) != want {
			t.Errorf("host %q: got %d %q, %v; want %q", host, answer.StatusCode, body, err, want)
		}
	}
}
