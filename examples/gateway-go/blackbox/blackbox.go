// Package blackbox is the test that every gateway of the examples passes, whatever it is written in: requests over HTTP
// against its URL, while the rules in its namespace change.
package blackbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Gateway is one that runs.
type Gateway struct {
	URL      string
	Host     string                        // of requests; "" is the URL's
	APIKey   string                        // of the data endpoints
	Upstream string                        // as rules name what Upstream serves
	Put      func(key, value string) error // writes its namespace
	Delete   func(key string) error
	Log      func() string // what it has logged so far
}

// Answer is what an upstream says of each request, so that a test sees what came through: the method, the path, and who
// asked in which language; and how many requests there were before, so that an answer that was kept is seen.
// UpstreamCode is the same as a Worker.
func Answer(w http.ResponseWriter, r *http.Request, before int) {
	if r.URL.Path == "/v2/secret" {
		w.Header().Set("Cache-Control", "private")
	}
	fmt.Fprintf(w, "%s %s key=%q language=%q before=%d", r.Method, r.URL.RequestURI(), r.Header.Get("X-API-KEY"), r.Header.Get("Accept-Language"), before)
}

// UpstreamCode is Answer in JavaScript.
const UpstreamCode = `let before = 0;
export default {
  async fetch(request) {
    const url = new URL(request.url);
    const header = (name) => JSON.stringify(request.headers.get(name) ?? "");
    const text = request.method + " " + url.pathname + url.search + " key=" + header("X-API-KEY") + " language=" + header("Accept-Language") + " before=" + before++;
    return new Response(text, { headers: url.pathname === "/v2/secret" ? { "Cache-Control": "private" } : {} });
  },
};
`

// within is how long a change may take to be picked up.
const within = time.Second

const guestKey = "a-guest"

// Run runs the test. The namespace is to hold no rules.
func Run(t *testing.T, g Gateway) {
	digest := sha256.Sum256([]byte(guestKey))
	for key, value := range map[string]string{
		"rule:users":   `{"match":"/users/*","upstream":"UPSTREAM","rewrite":"/v2/*","methods":["GET","POST"]}`,
		"rule:one":     `{"match":"/users/one","upstream":"UPSTREAM","rewrite":"/v2/special"}`,
		"rule:guests":  `{"match":"/guests/*","upstream":"UPSTREAM","key_sha256":"` + hex.EncodeToString(digest[:]) + `"}`,
		"rule:broken":  `{"match":"/broken","upstraem":"UPSTREAM"}`,
		"rule:garbage": `{`,
		"cache:users":  `{"match":"/users/*","ttl":60,"vary":["Accept-Language"],"bypass":["Authorization"]}`,
		"cache:broken": `{"match":"/guests/*","ttl":"long"}`,
	} {
		if err := g.Put(key, strings.ReplaceAll(value, "UPSTREAM", g.Upstream)); err != nil {
			t.Fatal(err)
		}
	}
	g.eventually(t, request{path: "/users/one"}, "status 200")

	for _, c := range []struct {
		name string
		request
		want string // "status N", then what the answer's headers and body have to hold
	}{
		{"rewritten, and not kept before", request{path: "/users/7?a=b"}, `status 200, X-Cache: MISS, X-Gateway-Rule: users, Cache-Control: max-age=60, GET /v2/7?a=b key="" language="" before=`},
		{"kept", request{path: "/users/7?a=b"}, `status 200, X-Cache: HIT, X-Gateway-Rule: users, Cache-Control: max-age=60, GET /v2/7?a=b`},
		{"another query", request{path: "/users/7?a=c"}, `status 200, X-Cache: MISS, GET /v2/7?a=c`},
		{"another language", request{path: "/users/7?a=b", header: "Accept-Language: de"}, `status 200, X-Cache: MISS, language="de"`},
		{"that language, kept", request{path: "/users/7?a=b", header: "Accept-Language: de"}, `status 200, X-Cache: HIT, language="de"`},
		{"passed by the cache", request{path: "/users/7?a=b", header: "Authorization: x"}, `status 200, X-Cache: BYPASS, GET /v2/7?a=b`},
		{"what the upstream calls private", request{path: "/users/secret"}, `status 200, X-Cache: MISS, GET /v2/secret`},
		{"is not kept", request{path: "/users/secret"}, `status 200, X-Cache: MISS, GET /v2/secret`},
		{"the exact rule goes first", request{path: "/users/one"}, `status 200, X-Gateway-Rule: one, GET /v2/special`},
		{"a post is not kept", request{method: "POST", path: "/users/7"}, `status 200, POST /v2/7`},
		{"a method that no rule has", request{method: "DELETE", path: "/users/7"}, `status 405, Allow: GET, POST, method not allowed`},
		{"a percent sign stays one", request{path: "/users/a%2Fb"}, `status 200, GET /v2/a%2Fb`},
		{"nothing there", request{path: "/nothing"}, `status 404, no route`},
		{"the folder alone", request{path: "/users"}, `status 404, no route`},
		{"a broken rule is ignored", request{path: "/broken"}, `status 404, no route`},
		{"without a key", request{path: "/guests/a"}, `status 401, key required`},
		{"with a wrong key", request{path: "/guests/a", header: "X-API-KEY: b"}, `status 401, key required`},
		{"with the key, which is not handed on", request{path: "/guests/a", header: "X-API-KEY: " + guestKey}, `status 200, X-Gateway-Rule: guests, GET /guests/a key=""`},
		{"the bindings, without a key", request{path: "/api/v1/data/bindings"}, `status 401`},
		{"the bindings", request{path: "/api/v1/data/bindings", header: "X-API-KEY: " + g.APIKey}, `status 200, API_GATEWAY_STORAGE`},
		{"the self-test", request{path: "/api/v1/data/kv-self-test", header: "X-API-KEY: " + g.APIKey}, `status 200, "success"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Contains(c.want, "HIT") { // an answer may be kept a moment after it was given
				g.eventually(t, c.request, c.want)
				return
			}
			got, err := g.ask(t.Context(), c.request)
			if err != nil {
				t.Fatal(err)
			}
			if missing := got.lacks(c.want); missing != "" {
				t.Errorf("%+v answers %s\nit lacks %q of %q", c.request, got, missing, c.want)
			}
		})
	}
	t.Run("changes", func(t *testing.T) { g.changes(t) })
	t.Run("log", func(t *testing.T) {
		for _, key := range []string{"rule:broken", "rule:garbage", "cache:broken"} {
			if n := strings.Count(g.Log(), key); n != 1 {
				t.Errorf("the log names %s %d times, want once:\n%s", key, n, g.Log())
			}
		}
	})
}

// changes of rules are picked up, each within a second.
func (g Gateway) changes(t *testing.T) {
	for _, c := range []struct{ do, path, want string }{
		{`put rule:new {"match":"/new","upstream":"UPSTREAM"}`, "/new", "status 200, GET /new"},
		{`put rule:new {"match":"/new","upstream":"UPSTREAM","rewrite":"/newer"}`, "/new", "status 200, GET /newer"},
		{`put cache:new {"match":"/new","ttl":60}`, "/new", "status 200, X-Cache: HIT"},
		{`delete cache:new`, "/new", "status 200, X-Cache: , GET /newer"},
		{`put rule:new {"match":"/new","upstream":7}`, "/new", "status 404"},
		{`put rule:new {"match":"/new","upstream":"UPSTREAM"}`, "/new", "status 200"},
		{`delete rule:new`, "/new", "status 404"},
	} {
		verb, rest, _ := strings.Cut(strings.ReplaceAll(c.do, "UPSTREAM", g.Upstream), " ")
		key, value, _ := strings.Cut(rest, " ")
		var err error
		if verb == "put" {
			err = g.Put(key, value)
		} else {
			err = g.Delete(key)
		}
		if err != nil {
			t.Fatal(err)
		}
		g.eventually(t, request{path: c.path}, c.want)
	}
}

// eventually is within a second, and a little for the requests themselves on a busy machine.
func (g Gateway) eventually(t *testing.T, r request, want string) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		asked := time.Now()
		got, err := g.ask(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		missing := got.lacks(want)
		if missing == "" {
			return
		}
		if asked.Sub(began) > within+500*time.Millisecond {
			t.Fatalf("after %v %+v answers %s\nit lacks %q of %q", asked.Sub(began), r, got, missing, want)
		}
	}
}

type request struct{ method, path, header string }

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %v %q", a.status, a.header, a.body) }

// lacks is the first part of want that an answer does not have; "" if it has all.
func (a answer) lacks(want string) string {
	parts := strings.Split(want, ", ")
	for i := 0; i < len(parts); i++ {
		part := parts[i]
		name, value, isHeader := strings.Cut(part, ": ")
		if name == "Allow" { // a list itself
			value += ", " + parts[i+1]
			i++
		}
		switch {
		case isHeader && a.header.Get(name) != value,
			strings.HasPrefix(part, "status ") && part != fmt.Sprint("status ", a.status),
			!isHeader && !strings.HasPrefix(part, "status ") && !strings.Contains(a.body, part):
			return part
		}
	}
	return ""
}

func (g Gateway) ask(ctx context.Context, r request) (answer, error) {
	if r.method == "" {
		r.method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, r.method, g.URL+r.path, nil)
	if err != nil {
		return answer{}, err
	}
	req.Host = g.Host
	if name, value, ok := strings.Cut(r.header, ": "); ok {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(body)}, err
}
