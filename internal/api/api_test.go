package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/cloudflare/wire"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/platform"
)

const keysOfA = "/accounts/" + accountA + "/storage/kv/namespaces/" + namespaceA

// send asks as the holder of a's edit token.
func (h *house) send(method, path string, body io.Reader) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, api.Prefix+path, body)
	req.Header.Set("Authorization", "Bearer "+h.tokens["a"])
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

// wantProblem checks an answer that says no.
func wantProblem(t *testing.T, what string, got *httptest.ResponseRecorder, status, code int) {
	t.Helper()
	var e wire.Envelope[any]
	if err := json.Unmarshal(got.Body.Bytes(), &e); err != nil {
		t.Fatalf("%s: got %d %q: %v", what, got.Code, got.Body, err)
	}
	if got.Code != status || len(e.Errors) != 1 || e.Errors[0].Code != code || e.Success {
		t.Errorf("%s: got %d %s, want %d and code %d", what, got.Code, got.Body, status, code)
	}
}

// repeated yields text n times, and counts what was taken.
type repeated struct {
	text  string
	n     int
	rest  string
	taken int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	r.taken += n
	return n, nil
}

func TestBulkBodiesAreReadNoFurtherThanTheirLimits(t *testing.T) {
	const slack = 1 << 20
	for _, row := range []struct {
		name, path string
		start      string
		body       repeated
		status     int
		code       int
		most       int
	}{
		{"pairs", "/bulk", `[{"key":"k","value":""}`, repeated{text: `,{"key":"k","value":""}`, n: 1_000_000}, 400, wire.CodeTooManyPairs, 10_001 * 25},
		{"bytes", "/bulk", `[`, repeated{text: strings.Repeat(" ", 1<<16), n: 2000}, 413, wire.CodeTooLarge, kv.MaxBulkPutBytes},
		{"keys to delete", "/bulk/delete", `["k"`, repeated{text: `,"k"`, n: 10_000_000}, 400, wire.CodeTooManyPairs, 10_001 * 4},
		{"bytes of keys to get", "/bulk/get", `{"keys":["k"`, repeated{text: `,"k"`, n: 10_000_000}, 413, wire.CodeTooLarge, 8 << 20},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHouse(t)
			method := "POST"
			if row.path == "/bulk" {
				method = "PUT"
			}
			got := h.send(method, keysOfA+row.path, io.MultiReader(strings.NewReader(row.start), &row.body))
			wantProblem(t, row.name, got, row.status, row.code)
			if row.body.taken > row.most+slack {
				t.Errorf("read %d bytes, want no more than about %d", row.body.taken, row.most)
			}
			if names := h.keys(t, accountA, namespaceA); len(names) > 0 {
				t.Errorf("keys were stored: %q", names)
			}
		})
	}
}

func TestBulkGetIsBounded(t *testing.T) {
	h := newHouse(t)
	half := strings.Repeat("x", kv.MaxBulkGetBytes/2+1)
	for _, key := range []string{"one", "two"} {
		if got := h.send("PUT", keysOfA+"/values/"+key, strings.NewReader(half)); got.Code != 200 {
			t.Fatalf("put %s: %d", key, got.Code)
		}
	}
	wantProblem(t, "both", h.send("POST", keysOfA+"/bulk/get", strings.NewReader(`{"keys":["one","two"]}`)), 413, wire.CodeBulkGet)
	if got := h.send("POST", keysOfA+"/bulk/get", strings.NewReader(`{"keys":["one"]}`)); got.Code != 200 {
		t.Errorf("one: got %d, want 200", got.Code)
	}
}

// broken is data that has a bug.
type broken struct{ *memkv.Store }

func (broken) Namespace(string) kv.Namespace { return bug{} }

type bug struct {
	kv.Namespace
	kv.Streamer
}

func (bug) Open(context.Context, string) (kv.Stream, error) { panic("a bug") }
func (bug) Delete(context.Context, string) error            { return fmt.Errorf("disk on fire") }

func TestABugIsA500(t *testing.T) {
	var logged bytes.Buffer
	store := memkv.New(memkv.Options{})
	p, err := platform.Open(store, broken{store}, platform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := p.EnsureAccount(ctx, "test", accountA); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CreateNamespace(ctx, accountA, namespaceA, "CACHE"); err != nil {
		t.Fatal(err)
	}
	token, _, err := p.CreateToken(ctx, platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{
		handler: apitest.Check(newAPI(p, store, store, api.Options{Log: slog.New(slog.NewTextHandler(&logged, nil))}), t.Errorf),
		tokens:  map[string]string{"a": token},
	}
	for _, row := range []struct{ method, path, want string }{
		{"GET", "/values/secret-key", "a bug"},
		{"DELETE", "/values/secret-key", "disk on fire"},
		{"PUT", "/bulk", "internal error"}, // this data has no bulk calls
	} {
		logged.Reset()
		got := h.send(row.method, keysOfA+row.path, strings.NewReader("[]"))
		wantProblem(t, row.method+" "+row.path, got, 500, wire.CodeInternal)
		if strings.Contains(got.Body.String(), row.want) && row.want != "internal error" {
			t.Errorf("%s %s: the answer tells of the inside: %s", row.method, row.path, got.Body)
		}
		if log := logged.String(); !strings.Contains(log, row.want) || !strings.Contains(log, got.Header().Get("CF-RAY")) || strings.Contains(log, "secret-key") {
			t.Errorf("%s %s: logged %q, want %q, the ray, and no key", row.method, row.path, log, row.want)
		}
	}
}

func TestLogsTellNoSecrets(t *testing.T) {
	var logged bytes.Buffer
	h := newHouse(t)
	h.serve(t, api.Options{
		Log: slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	const realToken = "cfut_0123456789012345678901234567890123456789deadbeef"
	for _, r := range []*http.Request{
		httptest.NewRequest("PUT", api.Prefix+keysOfA+"/values/secret-key?expiration_ttl=60", strings.NewReader("secret-value")),
		httptest.NewRequest("GET", api.Prefix+keysOfA+"/values/secret-key", nil),
		httptest.NewRequest("GET", api.Prefix+keysOfA+"/keys?prefix=secret-key", nil),
		httptest.NewRequest("PUT", api.Prefix+keysOfA+"/bulk", strings.NewReader(`[{"key":"secret-key","value":"secret-value","metadata":"secret-value"},{"key":""}]`)),
		httptest.NewRequest("GET", api.Prefix+"/secret-key/secret-value", nil),
	} {
		for _, token := range []string{h.tokens["a"], h.tokens["b"], realToken, "nonsense"} {
			r.Header.Set("Authorization", "Bearer "+token)
			rec := httptest.NewRecorder()
			h.handler.ServeHTTP(rec, r)
			if strings.Contains(rec.Body.String(), token) {
				t.Errorf("%s: the answer has the token in it: %s", r.URL, rec.Body)
			}
		}
	}
	log := logged.String()
	for _, secret := range []string{"secret-key", "secret-value", h.tokens["a"], h.tokens["b"], realToken, "nonsense"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q in it:\n%s", secret, log)
		}
	}
	for _, fact := range []string{`"route":"/accounts/{account}/storage/kv/namespaces/{namespace}/values/{key}"`, `"key_bytes":10`, `"status":200`, `"code":10000`, `"ray":`} {
		if !strings.Contains(log, fact) {
			t.Errorf("the log lacks %s:\n%s", fact, log)
		}
	}
}

// Whatever path a client comes up with, a DELETE removes the one key or namespace
// that it names, and every answer is an envelope or a value.
func FuzzDeletePath(f *testing.F) {
	for _, path := range []string{
		keysOfA, keysOfA + "/", keysOfA + "/values/", keysOfA + "/values/..", keysOfA + "/values/.", keysOfA + "/values/%2e%2e",
		keysOfA + "/values/a/../..", keysOfA + "//", keysOfA + "/values//", keysOfA + "/values/%2F", keysOfA + "/values/kept/",
		keysOfA + "/values/kept?x=/..", keysOfA + "/values/%6bept", "/accounts//storage/kv/namespaces/", keysOfA + "/values/%252e", keysOfA + "/bulk",
	} {
		f.Add(path)
	}
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, path string) {
		req, err := http.NewRequest("DELETE", "http://host"+api.Prefix+path, nil)
		if err != nil || !strings.HasPrefix(req.URL.EscapedPath(), api.Prefix+"/") {
			t.Skip("no request has this path")
		}
		if _, err := h.platform.NamespaceInfo(t.Context(), accountA, namespaceA); err != nil {
			if _, err := h.platform.CreateNamespace(t.Context(), accountA, namespaceA, "CACHE"); err != nil {
				t.Fatal(err)
			}
		}
		h.send("PUT", keysOfA+"/values/kept", strings.NewReader("v"))
		req.Header.Set("Authorization", "Bearer "+h.tokens["a"])
		rec := httptest.NewRecorder()
		h.handler.ServeHTTP(rec, req)
		var e wire.Envelope[any]
		if err := json.Unmarshal(rec.Body.Bytes(), &e); err != nil || e.Success != (rec.Code == 200) {
			t.Fatalf("DELETE %q: got %d %q, want an envelope", path, rec.Code, rec.Body)
		}
		_, err = h.platform.NamespaceInfo(t.Context(), accountA, namespaceA)
		if gone := err != nil; gone != (req.URL.EscapedPath() == api.Prefix+keysOfA) && gone {
			// Ids may be spelled with escapes; decoded they are the same segments.
			if req.URL.Path != api.Prefix+keysOfA {
				t.Fatalf("DELETE %q removed the namespace", path)
			}
		}
		if err == nil && len(h.keys(t, accountA, namespaceA)) == 0 && req.URL.Path != api.Prefix+keysOfA+"/values/kept" {
			t.Fatalf("DELETE %q removed the key", path)
		}
	})
}

func BenchmarkGetValue(b *testing.B) {
	h := newHouse(b)
	h.send("PUT", keysOfA+"/values/key", strings.NewReader(strings.Repeat("v", 288))) // the median size
	req := httptest.NewRequest("GET", api.Prefix+keysOfA+"/values/key", nil)
	req.Header.Set("Authorization", "Bearer "+h.tokens["a"])
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.handler.ServeHTTP(w, req)
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// An account has at most a thousand namespaces, on one page if that is asked for.
func TestAFullAccount(t *testing.T) {
	h := newHouse(t)
	for i := range kv.MaxNamespaces - 1 {
		if _, err := h.platform.CreateNamespace(t.Context(), accountA, "", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	const all = "/accounts/" + accountA + "/storage/kv/namespaces"
	wantProblem(t, "one more", h.send("POST", all, strings.NewReader(`{"title":"one more"}`)), 400, wire.CodeTooManyNamespaces)
	for query, want := range map[string]int{"": 20, "?per_page=1000": 1000, "?per_page=999&page=2": 1, "?per_page=1000&page=2": 0} {
		var page wire.Envelope[[]wire.Namespace]
		got := h.send("GET", all+query, nil)
		if err := json.Unmarshal(got.Body.Bytes(), &page); err != nil || len(page.Result) != want || page.Result == nil {
			t.Errorf("GET namespaces%s: got %d with %d namespaces, %v; want %d", query, got.Code, len(page.Result), err, want)
		}
	}
}

// To a client that seems gone net/http would say 200, if nothing else is said: what was
// not done must not look done. internal/server has it with real connections.
func TestWhatWasNotDoneIsNotAnswered(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for method, path := range map[string]string{"PUT": "/values/k", "GET": "/values/k", "DELETE": "/values/k"} {
		req := httptest.NewRequestWithContext(ctx, method, api.Prefix+keysOfA+path, strings.NewReader("v"))
		req.Header.Set("Authorization", "Bearer "+h.tokens["a"])
		rec := httptest.NewRecorder()
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("%s: got %v and %d %q; want the connection to be cut", method, v, rec.Code, rec.Body)
				}
			}()
			h.handler.ServeHTTP(rec, req)
		}()
	}
}
