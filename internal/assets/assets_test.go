package assets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/assets"
)

// site makes a site of files whose content is their path, with a configuration.
func site(t *testing.T, configuration string, paths ...string) *assets.Site {
	t.Helper()
	files := map[string]assets.File{}
	for _, path := range paths {
		files[path] = assets.File{Hash: "hash of " + path, Type: "text/plain"}
	}
	s, err := assets.New(files, []byte(configuration), assets.Options{
		Navigation: true,
		Open: func(_ context.Context, f assets.File) (io.ReadCloser, int64, error) {
			content := strings.TrimPrefix(f.Hash, "hash of ")
			if content == "/lost" {
				return nil, 0, errors.New("the disk is gone")
			}
			return io.NopCloser(strings.NewReader(content)), int64(len(content)), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask says what a request line is answered: "200 /file", "307 → /elsewhere", "404".
func ask(s *assets.Site, line string, headers ...string) string {
	method, target, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	said := fmt.Sprint(w.Code)
	if to := w.Header().Get("Location"); to != "" {
		said += " → " + to
	}
	if w.Body.Len() > 0 {
		said += " " + w.Body.String()
	}
	return said
}

// Where a page is, and where its other paths lead. That each answer is Cloudflare's is what
// conformance tests say; this is what to read first.
func TestPages(t *testing.T) {
	for _, row := range []struct{ path, auto, force, drop, none string }{
		{"/", "200 /index.html", "200 /index.html", "200 /index.html", "404"},
		{"/index.html", "307 → /", "307 → /", "307 → /", "200 /index.html"},
		{"/page", "200 /page.html", "307 → /page/", "200 /page.html", "404"},
		{"/page/", "307 → /page", "200 /page.html", "307 → /page", "404"},
		{"/page.html?a=b", "307 → /page?a=b", "307 → /page/?a=b", "307 → /page?a=b", "200 /page.html"},
		{"/dir", "307 → /dir/", "307 → /dir/", "200 /dir/index.html", "404"},
		{"/dir/", "200 /dir/index.html", "200 /dir/index.html", "307 → /dir", "404"},
		{"/dir/index.html", "307 → /dir/", "307 → /dir/", "307 → /dir", "200 /dir/index.html"},
		{"/p%61ge", "307 → /page", "307 → /page/", "307 → /page", "404"},
		{"/dir/../page", "200 /page.html", "307 → /page/", "200 /page.html", "404"},
		{"/nowhere", "404", "404", "404", "404"},
	} {
		for handling, want := range map[string]string{
			"auto-trailing-slash": row.auto, "force-trailing-slash": row.force, "drop-trailing-slash": row.drop, "none": row.none,
		} {
			s := site(t, `{"html_handling": "`+handling+`"}`, "/index.html", "/page.html", "/dir/index.html")
			if got := ask(s, "GET "+row.path); got != want {
				t.Errorf("%s, GET %s: got %q, want %q", handling, row.path, got, want)
			}
		}
	}
}

func TestNothingFound(t *testing.T) {
	files := []string{"/index.html", "/404.html", "/docs/404.html"}
	for _, row := range []struct{ handling, path, want string }{
		{"none", "/a/b", "404"},
		{"404-page", "/a/b", "404 /404.html"},
		{"404-page", "/docs/b/c", "404 /docs/404.html"},
		{"single-page-application", "/a/b", "200 /index.html"},
	} {
		if got := ask(site(t, `{"not_found_handling": "`+row.handling+`"}`, files...), "GET "+row.path); got != row.want {
			t.Errorf("%s, GET %s: got %q, want %q", row.handling, row.path, got, row.want)
		}
	}
}

func TestRedirectsFile(t *testing.T) {
	s := site(t, `{"_redirects": "/a /b 301\n/c/* /d/:splat\n/y/:year/:day /x?d=:day&y=:year 308\n/far https://example.com/ \n/same /page 200\n/loop/* /index.html\n/bad /b 999"}`, "/page.html")
	for line, want := range map[string]string{
		"GET /a?q":      "301 → /b?q",
		"POST /a":       "301 → /b",
		"GET /c/x/y":    "302 → /d/x/y",
		"GET /y/26/jan": "308 → /x?d=jan&y=26",
		"GET /far?q":    "302 → https://example.com/?q",
		"GET /same":     "200 /page.html",
		"GET /loop/x":   "404",
		"GET /bad":      "404",
	} {
		if got := ask(s, line); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestHeadersFile(t *testing.T) {
	s := site(t, `{"_headers": "/*\n  X-One: 1\n  Cache-Control: no-store\n/in/*\n  X-One: :splat\n  ! ETag\n"}`, "/a", "/in/b")
	for path, want := range map[string][3]string{"/a": {"1", "no-store", `"hash of /a"`}, "/in/b": {"1, b", "no-store", ""}, "/lacking": {"1", "no-store", ""}} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := [3]string{w.Header().Get("X-One"), w.Header().Get("Cache-Control"), w.Header().Get("ETag")}; got != want {
			t.Errorf("GET %s: X-One, Cache-Control, ETag are %q, want %q", path, got, want)
		}
	}
}

func TestConditionsAndMethods(t *testing.T) {
	s := site(t, ``, "/a", "/lost")
	for _, row := range []struct{ line, header, value, want string }{
		{"GET /a", "If-None-Match", `"hash of /a"`, "304"},
		{"GET /a", "If-None-Match", `W/"hash of /a"`, "304"},
		{"GET /a", "If-None-Match", `"other"`, "200 /a"},
		{"GET /a", "Range", `bytes=0-0`, "200 /a"},
		{"HEAD /a", "X", "", "200"},
		{"PUT /a", "X", "", "405"},
		{"PUT /nowhere", "X", "", "404"},
		{"GET /lost", "X", "", "500"},
	} {
		if got := ask(s, row.line, row.header, row.value); got != row.want {
			t.Errorf("%s, %s: %s: got %q, want %q", row.line, row.header, row.value, got, row.want)
		}
	}
}

// Whether files or code answer.
func TestAnswers(t *testing.T) {
	const navigates = "Sec-Fetch-Mode: navigate"
	for _, row := range []struct {
		config, line, header string
		want                 bool
	}{
		{``, "GET /a", "", true},
		{``, "POST /a", "", true}, // 405, not the code's
		{``, "GET /b", "", false},
		{`{"not_found_handling": "404-page"}`, "GET /b", "", false},
		{`{"not_found_handling": "404-page"}`, "GET /b", navigates, true},
		{`{"_redirects": "/b /a"}`, "GET /b", "", true},
		{`{"run_worker_first": true}`, "GET /a", "", false},
		{`{"run_worker_first": ["/a*"]}`, "GET /a", "", false},
		{`{"run_worker_first": ["/a*", "!/a"]}`, "GET /a", "", true},
		{`{"run_worker_first": ["/x/*/y*z"]}`, "GET /x/1/2/y/z", "", false},
		{`{"run_worker_first": ["/x"], "not_found_handling": "404-page"}`, "GET /b", "", true},
	} {
		s := site(t, row.config, "/a", "/404.html")
		method, target, _ := strings.Cut(row.line, " ")
		r := httptest.NewRequest(method, target, nil)
		if name, value, ok := strings.Cut(row.header, ": "); ok {
			r.Header.Set(name, value)
		}
		if got := s.Answers(r); got != row.want {
			t.Errorf("%s, %s %s: got %v, want %v", row.config, row.line, row.header, got, row.want)
		}
	}
}

func TestConfigurationThatIsNone(t *testing.T) {
	for _, config := range []string{`{"run_worker_first": 3}`, `{"html_handling": []}`, `{`} {
		if _, err := assets.New(nil, []byte(config), assets.Options{}); err == nil {
			t.Errorf("%s: no error", config)
		}
	}
}

// FuzzSite: no rules and no path make a site panic, or answer with a status that is none.
func FuzzSite(f *testing.F) {
	f.Add("/a /b 301\n/c/* /d/:splat", "/*\n  X-A: :splat\n  ! ETag", "/c/x", "b?c")
	f.Add("/:a/:a /b", "https://:host.example.com/*\n  a: b", "/%2e%2E//x", "")
	f.Add("/* //x/:splat 307\n/x /y#z?w 200", "::\n/\n:", `/\..\%`, "?")
	f.Fuzz(func(t *testing.T, redirects, headers, path, query string) {
		config, err := json.Marshal(map[string]any{"_redirects": redirects, "_headers": headers, "not_found_handling": "404-page", "run_worker_first": []string{"/a*", path}})
		if err != nil {
			t.Fatal(err)
		}
		s := site(t, string(config), "/a.html", "/404.html")
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI, r.URL.Path, r.URL.RawQuery = "/"+path+"?"+query, "/"+path, query
		s.Answers(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 404 {
			t.Errorf("GET %q: status %d", path, w.Code)
		}
	})
}
