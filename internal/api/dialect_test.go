package api_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/platform"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/dialect")

// TestDialect plays the scripts in testdata/dialect: requests as they go over the
// wire, each followed by the answer. A script starts with a fresh house (below) and
// its requests follow one another. In a script
//
//   - {a} and {b} are accounts, {n} is a namespace of a and {m} one of b; {last} is
//     the id in the answer before;
//   - the line "as: NAME" says whose token is sent: a (edit in a), a-read, a-admin, a-hour
//     (admin, for an hour), b, all (edit everywhere), admin, late (expired) or none; without it, a;
//   - the line "later: 90s" moves the clock before the request;
//   - the line "throttle: 3 5m 1s" allows a token, from that request on, 3 requests in
//     5 minutes and a key a put every second;
//   - the line "bound: shop" has the Worker of that name bind {n} (and "bound: shop -"
//     no more) before the request;
//   - {kib:N} in a body stands for N KiB of the letter x.
//
// Run with -update to write the answers anew, and then read the difference.
func TestDialect(t *testing.T) {
	files, err := filepath.Glob("testdata/dialect/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			h := newHouse(t)
			var after strings.Builder
			for i, step := range strings.Split(strings.TrimSuffix(string(before), "\n"), "\n=====\n") {
				if i > 0 {
					after.WriteString("\n=====\n")
				}
				request, want, _ := strings.Cut(step+"\n", "\n-----\n")
				got := h.play(t, request)
				if !*update && strings.TrimSuffix(want, "\n") != got {
					t.Errorf("%s\nanswer differs (-want +got):\n%s", request, cmp.Diff(want, got))
				}
				after.WriteString(request + "\n-----\n" + got)
			}
			if *update {
				if err := os.WriteFile(file, []byte(after.String()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// house is a platform with two accounts and a namespace in each, and its handler.
type house struct {
	handler  http.Handler
	platform *platform.Platform
	store    *memkv.Store
	clock    *kvtest.Clock
	names    map[string]string // what {name} stands for
	tokens   map[string]string
}

const (
	accountA   = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	accountB   = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	namespaceA = "0123456789abcdef0123456789abcdef"
	namespaceB = "fedcba9876543210fedcba9876543210"
)

func newHouse(t testing.TB) *house {
	t.Helper()
	ctx := context.Background()
	clock := kvtest.NewClock()
	store := memkv.New(memkv.Options{Now: clock.Now})
	p, err := platform.Open(store, store, platform.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{
		platform: p, store: store, clock: clock,
		names:  map[string]string{"a": accountA, "b": accountB, "n": namespaceA, "m": namespaceB},
		tokens: map[string]string{"none": ""},
	}
	h.serve(t, api.Options{})
	for _, a := range []struct{ name, id, namespace, title string }{
		{"test", accountA, namespaceA, "CACHE"}, {"production", accountB, namespaceB, "STORAGE"},
	} {
		if _, err := p.EnsureAccount(ctx, a.name, a.id); err != nil {
			t.Fatal(err)
		}
		if _, err := p.CreateNamespace(ctx, a.id, a.namespace, a.title); err != nil {
			t.Fatal(err)
		}
	}
	soon, inAnHour := clock.Now().Add(time.Second), clock.Now().Add(time.Hour)
	for name, token := range map[string]platform.TokenInfo{
		"a":       {Accounts: []string{accountA}, Permission: platform.Edit},
		"a-read":  {Accounts: []string{accountA}, Permission: platform.Read},
		"b":       {Accounts: []string{accountB}, Permission: platform.Edit},
		"a-admin": {Accounts: []string{accountA}, Permission: platform.Admin},
		"all":     {Permission: platform.Edit},
		"a-hour":  {Accounts: []string{accountA}, Permission: platform.Admin, Expires: &inAnHour},
		"admin":   {Permission: platform.Admin},
		"late":    {Permission: platform.Edit, Expires: &soon},
	} {
		token.Name = name
		if h.tokens[name], _, err = p.CreateToken(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	clock.Advance(time.Second) // late is late
	return h
}

// serve makes the handler, which every exchange holds against the OpenAPI document.
func (h *house) serve(t testing.TB, o api.Options) {
	o.Now = h.clock.Now
	if o.Databases == nil {
		o.Databases = &told{}
	}
	h.handler = apitest.Check(newAPI(h.platform, h.store, h.store, o), t.Errorf)
}

// play sends a request as a script has it and returns the answer as a script has it.
func (h *house) play(t *testing.T, text string) string {
	t.Helper()
	req := h.parse(t, text)
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	res := rec.Result()
	if req.Method == http.MethodHead { // net/http keeps the body back
		res.Body = http.NoBody
	}
	return h.render(t, res)
}

var kib = regexp.MustCompile(`\{kib:(\d+)\}`)

func (h *house) parse(t *testing.T, text string) *http.Request {
	t.Helper()
	for name, value := range h.names {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	head, body, _ := strings.Cut(text, "\n\n")
	as := "a"
	var lines []string
	for _, line := range strings.Split(head, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, "#"):
		case name == "as":
			as = value
		case name == "later":
			d, err := time.ParseDuration(value)
			if err != nil {
				t.Fatal(err)
			}
			h.clock.Advance(d)
		case name == "throttle":
			h.throttle(t, value)
		case name == "bound":
			h.bind(t, value)
		default:
			lines = append(lines, line)
		}
	}
	lines[0] = strings.Replace(lines[0], " /", " "+api.Prefix+"/", 1) + " HTTP/1.1"
	token, ok := h.tokens[as]
	if !ok {
		t.Fatalf("no token %q in %s", as, text)
	}
	if token != "" {
		lines = append(lines, "Authorization: Bearer "+token)
	}
	body = kib.ReplaceAllStringFunc(body, func(m string) string {
		n, _ := strconv.Atoi(kib.FindStringSubmatch(m)[1])
		return strings.Repeat("x", n<<10)
	})
	if strings.Contains(head, "multipart/form-data") {
		body = strings.ReplaceAll(body, "\n", "\r\n")
	}
	lines = append(lines, "Host: api", fmt.Sprintf("Content-Length: %d", len(body)))
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.Join(lines, "\r\n") + "\r\n\r\n" + body)))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return req
}

func (h *house) throttle(t *testing.T, text string) {
	t.Helper()
	var limits api.Throttle
	var window, interval string
	if _, err := fmt.Sscan(text, &limits.Requests, &window, &interval); err != nil {
		t.Fatalf("throttle: %s: %v", text, err)
	}
	var err error
	limits.Window, err = time.ParseDuration(window)
	pace, err2 := time.ParseDuration(interval)
	if err != nil || err2 != nil {
		t.Fatalf("throttle: %s: %v, %v", text, err, err2)
	}
	h.serve(t, api.Options{Throttle: limits, Pace: kv.NewPace(pace)})
}

func (h *house) bind(t *testing.T, text string) {
	t.Helper()
	worker, none := strings.CutSuffix(text, " -")
	method, form := "PUT", "--b\r\nContent-Disposition: form-data; name=metadata\r\n\r\n"+
		`{"main_module":"i.js","bindings":[{"name":"KV","type":"kv_namespace","namespace_id":"`+h.names["n"]+`"}]}`+
		"\r\n--b\r\nContent-Disposition: form-data; name=i.js\r\nContent-Type: application/javascript+module\r\n\r\nexport default {}\r\n--b--\r\n"
	if none {
		method, form = "DELETE", ""
	}
	req := httptest.NewRequest(method, api.Prefix+"/accounts/"+accountA+"/workers/scripts/"+worker, strings.NewReader(form))
	req.Header.Set("Authorization", "Bearer "+h.tokens["a"])
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	rec := httptest.NewRecorder()
	if h.handler.ServeHTTP(rec, req); rec.Code != 200 {
		t.Fatalf("%s %s: %d %s", method, worker, rec.Code, rec.Body)
	}
}

var (
	rayForm   = regexp.MustCompile(`^[0-9a-f]{16}-BND$`)
	id        = regexp.MustCompile(`"id":"([0-9a-f]{32})"`)
	anySecret = regexp.MustCompile(`bindery_token_\w+`)
	anyID     = regexp.MustCompile(`[0-9a-f]{32}`)
)

// render writes what matters of an answer, ids by their names.
func (h *house) render(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if ray := res.Header.Get("CF-RAY"); !rayForm.MatchString(ray) {
		t.Errorf("CF-RAY: got %q, want the form %s", ray, rayForm)
	}
	var out bytes.Buffer
	fmt.Fprintln(&out, res.StatusCode, res.Header.Get("Content-Type"))
	for _, name := range []string{"Expiration", "Allow", "Ratelimit", "Ratelimit-Policy", "Retry-After"} {
		if v := res.Header.Get(name); v != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, v)
		}
	}
	if m := id.FindSubmatch(body); m != nil {
		h.names["last"] = string(m[1])
	}
	if utf8.Valid(body) && !bytes.ContainsRune(body, '\r') {
		out.Write(body)
	} else {
		fmt.Fprintf(&out, "%q", body)
	}
	text := out.String()
	for _, name := range []string{"a", "b", "n", "m"} {
		text = strings.ReplaceAll(text, h.names[name], "{"+name+"}")
	}
	text = anyID.ReplaceAllString(text, "{id}")
	text = anySecret.ReplaceAllString(text, "{secret}")
	text = strings.ReplaceAll(text, strconv.FormatInt(h.clock.Now().Unix(), 10), "{now}")
	return strings.TrimSuffix(text, "\n")
}

// keys lists what a namespace of the house holds.
func (h *house) keys(t *testing.T, account, namespace string) []string {
	t.Helper()
	ns, err := h.platform.Namespace(t.Context(), account, namespace)
	if err != nil {
		t.Fatal(err)
	}
	page, err := ns.List(t.Context(), kv.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range page.Keys {
		names = append(names, k.Name)
	}
	return slices.Clip(names)
}
