package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-dev/bindery/internal/api/apitest"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/kvtest"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/google/go-cmp/cmp"
)

const goodKey = "a-good-key"

func namespace() kv.Namespace { return memkv.New(memkv.Options{}).Namespace("n") }

func leadsTo(ns kv.Namespace) *selftest.Target {
	return &selftest.Target{Open: func(context.Context) (kv.Namespace, error) { return ns, nil }}
}

// trading is the environment of the examples: bindings of four types and two vars.
func trading() []Binding {
	return []Binding{
		{Name: "MARKET_ANALYSIS_CACHE", Kind: KVNamespace, Critical: true, OK: true, Detail: "id 0f2a, title market-cache", Target: leadsTo(namespace())},
		{Name: "SESSIONS", Kind: KVNamespace, OK: true, Target: leadsTo(namespace())},
		{Name: "TRAINED_MODELS", Kind: "R2Bucket", Critical: true, OK: false, Detail: "bucket models is not there"},
		{Name: "AI", Kind: "AI", OK: true},
		{Name: "CACHE_DO", Kind: "DurableObjectNamespace", OK: true, Declared: true, Detail: "class Cache"},
		{Name: "LOG_LEVEL", Kind: Var, OK: true},
		{Name: "API_VERSION", Kind: Var, OK: true},
	}
}

func serving(bindings []Binding) Options {
	return Options{
		Environment: "production",
		Worker:      "trading-production",
		Bindings:    func() []Binding { return bindings },
		CheckKey:    func(key string) bool { return key == goodKey },
	}
}

// checked is New, with every exchange held against the OpenAPI document.
func checked(t testing.TB, o Options) http.Handler { return apitest.Check(New(o), t.Errorf) }

// ask sends a request to h; key "" sends no header.
func ask(h http.Handler, method, target, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	if key != "" {
		r.Header.Set(KeyHeader, key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func reportOf(t *testing.T, w *httptest.ResponseRecorder) selftest.Report {
	t.Helper()
	var report selftest.Report
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil {
		t.Fatalf("status %d, body is no report: %v\n%s", w.Code, err, w.Body)
	}
	return report
}

func TestSelfTestOfOneBinding(t *testing.T) {
	w := ask(checked(t, serving(trading())), "GET", SelfTestPath+"?binding=MARKET_ANALYSIS_CACHE", goodKey)
	const want = `{"success":true,"data":{"overall_status":"ALL_TESTS_PASSED","all_tests_passed":true,"critical_tests_passed":true,` +
		`"test_details":{"binding_check":{"success":true,"message":"MARKET_ANALYSIS_CACHE binding exists"},` +
		`"write_test":{"success":true,"message":"Direct KV put() succeeded"},` +
		`"read_test":{"success":true,"message":"Direct KV get() succeeded - data matches"},` +
		`"list_test":{"success":true,"message":"Direct KV list() found test key"},` +
		`"delete_test":{"success":true,"message":"Direct KV delete() succeeded"},` +
		`"cleanup_verify":{"success":true,"message":"Cleanup verified - key deleted"}},` +
		`"summary":{"binding_exists":true,"can_write":true,"can_read":true,"can_list":true,"can_delete":true,"cleanup_verified":true},` +
		`"recommendations":["KV binding is fully operational"]}}` + "\n"
	if diff := cmp.Diff(want, w.Body.String()); w.Code != 200 || diff != "" {
		t.Errorf("status %d, want 200; body (-want +got):\n%s", w.Code, diff)
	}
	for header, want := range map[string]string{"Cache-Control": "no-store", "Content-Type": "application/json; charset=utf-8"} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func TestSelfTestOfAllBindings(t *testing.T) {
	w := ask(checked(t, serving(trading())), "GET", SelfTestPath, goodKey)
	report := reportOf(t, w)
	if w.Code != 200 || !report.Data.AllTestsPassed || len(report.Data.Bindings) != 2 || !report.Data.Bindings["MARKET_ANALYSIS_CACHE"].Critical || report.Data.Bindings["SESSIONS"].Critical {
		t.Errorf("status %d, report %+v; want 200 and both KV bindings, one of them critical", w.Code, report)
	}
}

func TestBrokenBindingsThroughTheEndpoint(t *testing.T) {
	for i := range brokenBindings() {
		for _, critical := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				b := brokenBindings()[i]
				h := checked(t, serving([]Binding{
					{Name: "GOOD", Kind: KVNamespace, Critical: true, Target: leadsTo(namespace())},
					{Name: "CACHE", Kind: KVNamespace, Critical: critical, Target: b.target},
				}))
				for _, query := range []string{"", "?binding=CACHE"} {
					want := b.status
					if !critical && query == "" {
						want = 200 // the others speak too; alone it speaks for itself
					}
					w := ask(h, "GET", SelfTestPath+query, goodKey)
					report := reportOf(t, w)
					if w.Code != want || report.Success != (want == 200) || report.Data.AllTestsPassed || report.Data.OverallStatus == selftest.AllPassed {
						t.Errorf("%s, critical: %v, %q: status %d, %s; want %d and not all passed", b.fault, critical, query, w.Code, report.Data.OverallStatus, want)
					}
					advice := strings.Join(report.Data.Recommendations, "\n")
					if !strings.Contains(advice, b.stage+": ") || !strings.Contains(advice, b.advice) {
						t.Errorf("%s, %q: no recommendation for %s that says …%s…: %q", b.fault, query, b.stage, b.advice, advice)
					}
				}
				if w := ask(h, "GET", SelfTestPath+"?binding=GOOD", goodKey); w.Code != 200 {
					t.Errorf("%s: the good binding alone: status %d, want 200: %s", b.fault, w.Code, w.Body)
				}
			})
		}
	}
}

// What fails closed: no KV binding at all, and a critical name that nothing binds.
func TestNothingBoundDoesNotPass(t *testing.T) {
	tests := map[string][]Binding{
		"no binding":                 nil,
		"none of type KV":            {{Name: "AI", Kind: "AI", OK: true}},
		"a critical name is unbound": {{Name: "GOOD", Kind: KVNamespace, Target: leadsTo(namespace())}, {Name: "CACHE", Critical: true}},
	}
	for name, bindings := range tests {
		if w := ask(checked(t, serving(bindings)), "GET", SelfTestPath, goodKey); w.Code != 500 || reportOf(t, w).Success {
			t.Errorf("%s: status %d, want 500: %s", name, w.Code, w.Body)
		}
	}
}

func TestBindings(t *testing.T) {
	w := ask(checked(t, serving(append(trading(), Binding{Name: "LOST", Critical: true}))), "GET", BindingsPath, goodKey)
	var got bytes.Buffer
	if err := json.Indent(&got, w.Body.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	const want = `{
 "success": true,
 "data": {
  "environment": "production",
  "worker": "trading-production",
  "bindings": {
   "AI": [
    {
     "name": "AI",
     "critical": false,
     "ok": true
    }
   ],
   "DurableObjectNamespace": [
    {
     "name": "CACHE_DO",
     "critical": false,
     "ok": true,
     "declared_only": true,
     "detail": "class Cache"
    }
   ],
   "KVNamespace": [
    {
     "name": "MARKET_ANALYSIS_CACHE",
     "critical": true,
     "ok": true,
     "detail": "id 0f2a, title market-cache"
    },
    {
     "name": "SESSIONS",
     "critical": false,
     "ok": true
    }
   ],
   "R2Bucket": [
    {
     "name": "TRAINED_MODELS",
     "critical": true,
     "ok": false,
     "detail": "bucket models is not there"
    }
   ]
  },
  "vars": [
   "LOG_LEVEL",
   "API_VERSION"
  ],
  "critical_bindings_status": {
   "LOST": false,
   "MARKET_ANALYSIS_CACHE": true,
   "TRAINED_MODELS": false
  }
 }
}
`
	if diff := cmp.Diff(want, got.String()); w.Code != 200 || diff != "" {
		t.Errorf("status %d, want 200; body (-want +got):\n%s", w.Code, diff)
	}
}

// wrangler refuses one name for two bindings; should it come to pass, both must be well.
func TestCriticalStatusOfANameBoundTwice(t *testing.T) {
	for _, order := range [][]bool{{true, false}, {false, true}} {
		w := ask(checked(t, serving([]Binding{
			{Name: "A", Kind: "AI", Critical: true, OK: order[0]},
			{Name: "A", Kind: "R2Bucket", Critical: true, OK: order[1]},
		})), "GET", BindingsPath, goodKey)
		if !strings.Contains(w.Body.String(), `"critical_bindings_status":{"A":false}`) {
			t.Errorf("states %v: got %s, want A to be false", order, w.Body)
		}
	}
}

func TestBindingsOfAnEmptyEnvironment(t *testing.T) {
	w := ask(checked(t, serving(nil)), "GET", BindingsPath, goodKey)
	const want = `{"success":true,"data":{"environment":"production","worker":"trading-production","bindings":{},"vars":[],"critical_bindings_status":{}}}` + "\n"
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("got %d %s\nwant 200 %s", w.Code, w.Body, want)
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name, method, target, key string
		status                    int
		code, message             string
	}{
		{"no key", "GET", SelfTestPath, "", 401, "unauthorized", "a valid API key is required in the header X-API-KEY"},
		{"wrong key", "GET", SelfTestPath, "wrong", 401, "unauthorized", "a valid API key"},
		{"no key for bindings", "GET", BindingsPath, "", 401, "unauthorized", "a valid API key"},
		{"no key, unknown path", "GET", "/api/v1/data/secrets", "", 401, "unauthorized", "a valid API key"},
		{"no key, wrong method", "DELETE", BindingsPath, "", 401, "unauthorized", "a valid API key"},
		{"unknown path", "GET", "/api/v1/data/secrets", goodKey, 404, "not_found", BindingsPath},
		{"a slash too many", "GET", SelfTestPath + "/", goodKey, 404, "not_found", SelfTestPath},
		{"POST", "POST", SelfTestPath, goodKey, 405, "method_not_allowed", `"POST" is not possible here, only GET`},
		{"HEAD", "HEAD", SelfTestPath, goodKey, 405, "method_not_allowed", "only GET"},
		{"unknown binding", "GET", SelfTestPath + "?binding=NOPE", goodKey, 404, "unknown_binding", `no KV binding is called "NOPE"; there are MARKET_ANALYSIS_CACHE, SESSIONS`},
		{"case counts", "GET", SelfTestPath + "?binding=sessions", goodKey, 404, "unknown_binding", `"sessions"`},
		{"another type", "GET", SelfTestPath + "?binding=TRAINED_MODELS", goodKey, 404, "unknown_binding", `"TRAINED_MODELS" is of type R2Bucket`},
		{"control characters", "GET", SelfTestPath + "?binding=%1b%5b31m", goodKey, 404, "unknown_binding", `"\x1b[31m"`},
		{"a binding that cannot be read", "GET", SelfTestPath + "?binding=%zz", goodKey, 400, "bad_request", "one name"},
		{"a semicolon", "GET", SelfTestPath + "?binding=SESSIONS;x", goodKey, 400, "bad_request", "one name"},
		{"two bindings", "GET", SelfTestPath + "?binding=SESSIONS&binding=AI", goodKey, 400, "bad_request", "once"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := serving(trading())
			w := ask(checked(t, o), tt.method, tt.target, tt.key)
			var body refusalBody
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatalf("body is no JSON: %v: %s", err, w.Body)
			}
			if w.Code != tt.status || body.Success || body.Error.Code != tt.code || !strings.Contains(body.Error.Message, tt.message) {
				t.Errorf("got %d %+v, want %d, code %s, message …%s…", w.Code, body, tt.status, tt.code, tt.message)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: got %q, want no-store", got)
			}
			if allow := w.Header().Get("Allow"); (tt.status == 405) != (allow == "GET") {
				t.Errorf("status %d with Allow: %q", tt.status, allow)
			}
		})
	}
}

func TestUnknownBindingInAnEnvironmentWithoutAny(t *testing.T) {
	w := ask(checked(t, serving(nil)), "GET", SelfTestPath+"?binding=CACHE", goodKey)
	if w.Code != 404 || !strings.Contains(w.Body.String(), "has none at all") {
		t.Errorf("got %d %s, want 404 that says so", w.Code, w.Body)
	}
}

// A missing and a wrong key are alike: the same answer, byte for byte, headers
// included, by way of the same key check. The paths do not fork, so neither do the times.
func TestMissingAndWrongKeyAreAlike(t *testing.T) {
	asked := map[string]int{}
	o := serving(trading())
	o.CheckKey = func(key string) bool { asked[key]++; return false }
	h := checked(t, o)
	answer := func(key string) string {
		w := ask(h, "GET", SelfTestPath, key)
		return fmt.Sprint(w.Code, w.Header(), w.Body)
	}
	missing, wrong, long := answer(""), answer("wrong"), answer(strings.Repeat("x", 5000))
	if missing != wrong || missing != long {
		t.Errorf("answers differ:\nmissing %s\nwrong   %s\nlong    %s", missing, wrong, long)
	}
	if asked[""] != 1 || asked["wrong"] != 1 || len(asked) != 3 {
		t.Errorf("the key check was asked %v, want once for each, the missing one included", asked)
	}
}

func TestNoKeyCheckLetsNobodyIn(t *testing.T) {
	o := serving(trading())
	o.CheckKey = nil
	if w := ask(checked(t, o), "GET", BindingsPath, goodKey); w.Code != 401 {
		t.Errorf("got %d %s, want 401", w.Code, w.Body)
	}
}

func TestRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := checked(t, serving(trading()))
		// until asks until it is refused with 429, and returns how often it was not.
		until := func(target, key string) int {
			for n := range 1000 {
				w := ask(h, "GET", target, key)
				if w.Code != 429 {
					continue
				}
				after, err := strconv.Atoi(w.Header().Get("Retry-After"))
				if err != nil || after < 1 || !strings.Contains(w.Body.String(), `"code":"rate_limited"`) {
					t.Errorf("Retry-After %q, body %s; want whole seconds and rate_limited", w.Header().Get("Retry-After"), w.Body)
				}
				time.Sleep(time.Duration(after) * time.Second)
				if w := ask(h, "GET", target, key); w.Code == 429 {
					t.Errorf("%s: still 429 after the %d s of Retry-After", target, after)
				}
				return n
			}
			return 1000
		}
		if got := until(BindingsPath, "wrong"); got != failuresPerAddress.burst {
			t.Errorf("%d wrong keys were answered at once, want %d", got, failuresPerAddress.burst)
		}
		if w := ask(h, "GET", BindingsPath, goodKey); w.Code != 200 {
			t.Errorf("a good key from the address of the wrong ones: got %d, want 200", w.Code)
		}
		if got := until(SelfTestPath, goodKey); got != selfTestRuns.burst {
			t.Errorf("%d self-tests ran at once, want %d", got, selfTestRuns.burst)
		}
		time.Sleep(time.Minute)
		if got := until(BindingsPath, goodKey); got != requestsPerKey.burst {
			t.Errorf("%d requests were answered at once, want %d", got, requestsPerKey.burst)
		}
	})
}

func TestFailuresAreCountedByAddress(t *testing.T) {
	h := checked(t, serving(nil))
	from := func(remote string) int {
		r := httptest.NewRequest("GET", BindingsPath, nil)
		r.RemoteAddr = remote
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for range failuresPerAddress.burst {
		from("192.0.2.1:1000")
		from("[2001:db8:0:1::1]:1000")
	}
	for remote, want := range map[string]int{
		"192.0.2.1:2000":            429,
		"[::ffff:192.0.2.1]:2000":   429,
		"192.0.2.2:1000":            401,
		"[2001:db8:0:1::ffff]:1000": 429, // the same network
		"[2001:db8:0:2::1]:1000":    401,
		"no address":                401,
	} {
		if got := from(remote); got != want {
			t.Errorf("%s: got %d, want %d", remote, got, want)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(quota{every: time.Second, burst: 1}, func() time.Time { return now })
	for i := range 2 * maxCallers {
		l.take(strconv.Itoa(i))
	}
	if len(l.callers) > maxCallers+1 {
		t.Errorf("%d buckets are kept, want at most %d", len(l.callers), maxCallers+1)
	}
	now = now.Add(time.Minute)
	if wait := l.take("late comer"); wait != 0 || len(l.callers) != 1 {
		t.Errorf("a minute later: wait %v with %d buckets, want 0 with 1", wait, len(l.callers))
	}
}

func TestConcurrentSelfTestsShareOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ns := &kvtest.Faulty{Inner: namespace(), Delay: map[kvtest.Op]time.Duration{kvtest.Put: time.Second}}
		h := checked(t, serving([]Binding{{Name: "CACHE", Kind: KVNamespace, Critical: true, Target: leadsTo(ns)}}))
		codes := make(chan int, 10)
		gone, hangUp := context.WithCancel(t.Context())
		for range cap(codes) {
			go func() {
				r := httptest.NewRequestWithContext(gone, "GET", SelfTestPath, nil)
				r.Header.Set(KeyHeader, goodKey)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				codes <- w.Code
			}()
		}
		synctest.Wait()
		hangUp() // the first caller's end must not spoil it for the others
		for range cap(codes) {
			if code := <-codes; code != 200 {
				t.Errorf("got %d, want 200", code)
			}
		}
		if got := ns.Count(kvtest.Put); got != 1 {
			t.Errorf("%d writes for %d callers, want 1", got, cap(codes))
		}
		page, err := ns.List(context.Background(), kv.ListQuery{})
		if err != nil || len(page.Keys) != 0 {
			t.Errorf("left behind: %+v (%v)", page.Keys, err)
		}
	})
}

func TestLogNamesTheFaultAndNoKey(t *testing.T) {
	var log bytes.Buffer
	o := serving([]Binding{{Name: "CACHE", Kind: KVNamespace, Critical: true, Target: leadsTo(&kvtest.Faulty{Inner: namespace(), Errors: kvtest.FailAll(kv.ErrPermission)})}})
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	h := checked(t, o)
	ask(h, "GET", SelfTestPath, goodKey)
	ask(h, "GET", SelfTestPath, "a-wrong-key")
	for _, want := range []string{"level=ERROR msg=\"self-test stage ended\" binding=CACHE stage=write_test", "status=CRITICAL_TESTS_FAILED", "API key refused"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log lacks %q:\n%s", want, log.String())
		}
	}
	for _, secret := range []string{goodKey, "a-wrong-key"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("log shows the key %q:\n%s", secret, log.String())
		}
	}
}

func TestOverTheWire(t *testing.T) {
	server := httptest.NewServer(checked(t, serving(trading())))
	defer server.Close()
	address, err := url.JoinPath(server.URL, SelfTestPath)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-api-key", goodKey) // the case of a header's name does not count
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 || !bytes.Contains(body, []byte(`"overall_status":"ALL_TESTS_PASSED"`)) {
		t.Errorf("got %d %s (%v), want 200", answer.StatusCode, body, err)
	}
}
