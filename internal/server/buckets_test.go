package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

// What a client puts into a bucket a Worker finds there, and the other way round; another account
// has another bucket of that name.
func TestBucketOfClientAndWorker(t *testing.T) {
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
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, url, host, body string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		if host == "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const code = `export default { async fetch(request, env) {
		const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
		if (request.method === "PUT") return Response.json(await env.FILES.put(key, request.body));
		return new Response((await env.FILES.get(key))?.body ?? "nothing");
	} }`
	bucket := map[string]string{} // by account name
	for _, name := range []string{"one", "two"} {
		account, err := s.Platform().EnsureAccount(t.Context(), name, "")
		if err != nil {
			t.Fatal(err)
		}
		bucket[name] = s.BaseURL() + "/accounts/" + account.ID + "/r2/buckets/files"
		if said := ask("POST", strings.TrimSuffix(bucket[name], "/files"), "", `{"name":"files"}`); !strings.Contains(said, `"success":true`) {
			t.Fatal(said)
		}
		var binding workers.Binding
		if err := json.Unmarshal([]byte(`{"name":"FILES","type":"r2_bucket","bucket_name":"files"}`), &binding); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Workers().Upload(t.Context(), account.ID, "w", workers.Upload{
			Deploy: true, CompatibilityDate: "2026-04-01", Bindings: []workers.Binding{binding},
			Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(code)}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ method, url, host, body, want string }{
		{"PUT", bucket["one"] + "/objects/a/b%20c.txt", "", "of a client", `"key":"a/b c.txt"`},
		{"GET", s.URL() + "/a%2Fb%20c.txt", "w.one.localhost", "", "of a client"},
		{"GET", s.URL() + "/a%2Fb%20c.txt", "w.two.localhost", "", "nothing"},
		{"PUT", s.URL() + "/k", "w.one.localhost", "of a Worker", `"key":"k"`},
		{"GET", bucket["one"] + "/objects/k", "", "", "of a Worker"},
		{"GET", bucket["two"] + "/objects/k", "", "", `"code":10007`},
		{"DELETE", bucket["one"], "", "", `"code":10008`},
		{"DELETE", bucket["one"] + "/objects/k", "", "", `"key":"k"`},
		{"DELETE", bucket["one"] + "/objects/a%2Fb%20c.txt", "", "", `"success":true`},
		{"DELETE", bucket["one"], "", "", `"success":true`},
		{"GET", bucket["one"] + "/objects/k", "", "", `"code":10006`},
	} {
		if got := ask(step.method, step.url, step.host, step.body); !strings.Contains(got, step.want) {
			t.Errorf("%s %s %s: got %q, want %s in it", step.method, step.host, strings.TrimPrefix(step.url, s.URL()), got, step.want)
		}
	}
}
