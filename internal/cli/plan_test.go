package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// What asks only reads: of an account with 200 namespaces a plan and a lock are made by a handful of requests, one list for
// each kind of resource, well within the two seconds that were promised.
func TestAskingOnlyReads(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	s, err := server.Open(server.Options{Around: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked[r.Method+" "+r.URL.Path]++
			mu.Unlock()
			h.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	account, err := s.Platform().EnsureAccount(t.Context(), "production", "3541a8b5f1d18989d24ea2b978f1a1fc")
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for i := range 200 {
		ns, err := s.Platform().CreateNamespace(t.Context(), account.ID, "", fmt.Sprintf("namespace %03d", i))
		if err != nil {
			t.Fatal(err)
		}
		id = ns.ID
	}
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "ci", Permission: platform.Read})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "wrangler.toml")
	text := "name = \"api\"\naccount_id = \"" + account.ID + "\"\n[[kv_namespaces]]\nbinding = \"CACHE\"\nid = \"" + id + "\"\n" +
		"[[r2_buckets]]\nbinding = \"MODELS\"\nbucket_name = \"models\"\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{"CLOUDFLARE_API_BASE_URL": s.BaseURL(), "CLOUDFLARE_API_TOKEN": token}
	for _, command := range []string{"lock", "plan"} {
		clear(asked)
		var out, errs bytes.Buffer
		began := time.Now()
		code := Main([]string{command, dir}, strings.NewReader(""), &out, &errs, func(name string) string { return environment[name] })
		if took := time.Since(began); code != exitOK || took > 2*time.Second {
			t.Errorf("%s: exit code %d after %v\n%s%s", command, code, took, &out, &errs)
		}
		for request, n := range asked {
			read := strings.HasPrefix(request, "GET ") || strings.HasSuffix(request, "/bulk/get") // which is how a key with its metadata is got
			if !read || n != 1 {
				t.Errorf("%s sent %s, %d times; want reads, each once", command, request, n)
			}
		}
		if len(asked) == 0 || len(asked) > 8 {
			t.Errorf("%s sent %v, want a handful of requests", command, asked)
		}
	}
}
