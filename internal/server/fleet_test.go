package server_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

// A Worker that is deployed to the server answers under its host, and the API does under all others; on
// a port of Workers the API does not answer, and on that of one Worker nobody else does.
func TestWorkersRun(t *testing.T) {
	binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	s, err := server.Open(server.Options{Data: t.TempDir(), Workerd: binary, NoEgress: true,
		WorkerPorts: []server.WorkerPort{{}, {Worker: "api.My-Test"}, {Worker: "none.my-test"}}})
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
	ports := s.WorkerURLs()
	for _, c := range []struct {
		url, host string
		status    int
		want      string
	}{
		{s.URL(), "api.my-test.localhost", 200, "runs"},
		{s.URL(), "", 200, `"status":"ok"`},
		{ports[0], "api.my-test.localhost", 200, "runs"},
		{ports[0], "", 404, "Workers are at"},
		{ports[1], "", 200, "runs"},
		{ports[1], "anything.example", 200, "runs"},
		{ports[2], "api.my-test.localhost", 404, `no Worker "none"`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if _ = answer.Body.Close(); err != nil || answer.StatusCode != c.status || !strings.Contains(string(body), c.want) {
			t.Errorf("%s, host %q: got %d %q, %v; want %d %q", c.url, c.host, answer.StatusCode, body, err, c.status, c.want)
		}
	}
}
