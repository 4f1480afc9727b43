package server_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/platform"
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

// workerd goes away while the server runs: what runs goes on, an upload is told what is missing, and when it is back all
// is as before.
func TestWorkerdGoesAway(t *testing.T) {
	found, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	path := filepath.Join(t.TempDir(), "workerd")
	if err := os.Symlink(found.Path, path); err != nil {
		t.Fatal(err)
	}
	binary, err := server.FindWorkerd(t.Context(), path, "")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, server.Options{
		Workerd: binary, NoEgress: true, WorkerPorts: []server.WorkerPort{{Worker: "api.test"}},
		Around: func(h http.Handler) http.Handler {
			checked := apitest.Check(h, t.Errorf)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/client/") {
					checked.ServeHTTP(w, r)
				} else {
					h.ServeHTTP(w, r) // the Worker's answers are its own
				}
			})
		},
	})
	account, err := s.Platform().EnsureAccount(t.Context(), "test", "")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "test", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	deploy := func(says string) (int, string) {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		_ = form.WriteField("metadata", `{"main_module":"i.js","compatibility_date":"2026-04-01"}`) // to memory
		part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="i.js"; filename="i.js"`}, "Content-Type": {"application/javascript+module"}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(part, "export default { fetch: () => new Response(%q) }", says)
		_ = form.Close() // the same
		r, err := http.NewRequestWithContext(t.Context(), "PUT", s.BaseURL()+"/accounts/"+account.ID+"/workers/scripts/api", &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", form.FormDataContentType())
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	expect := func(want string) {
		t.Helper()
		if err := s.Settled(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status, got, err := fetch(t, "GET", s.WorkerURLs()[0], "", ""); err != nil || status != 200 || got != want {
			t.Errorf("the Worker answers %d %q, %v; want %q", status, got, err, want)
		}
	}
	if status, body := deploy("one"); status != 200 {
		t.Fatalf("deploy: %d %s", status, body)
	}
	expect("one")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if status, body := deploy("two"); status != 503 || !strings.Contains(body, `"code":10015`) || !strings.Contains(body, "workerd "+path+": there is no such file") {
		t.Errorf("without workerd: %d %s, want 503, 10015 and the file that is missing", status, body)
	}
	expect("one")
	if err := os.Symlink(found.Path, path); err != nil {
		t.Fatal(err)
	}
	if status, body := deploy("three"); status != 200 {
		t.Errorf("deploy with workerd back: %d %s", status, body)
	}
	expect("three")
}
