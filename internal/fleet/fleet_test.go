package fleet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

const (
	account   = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" // "My Test"
	other     = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" // "other"
	namespace = "0123456789abcdef0123456789abcdef" // of both
)

// everything is what the accounts of these tests hold. What they hold is not what is tried here.
type everything struct{}

func (everything) HasNamespace(context.Context, string, string) (bool, error) { return true, nil }
func (everything) HasBucket(context.Context, string, string) (bool, error)    { return true, nil }
func (everything) HasDatabase(context.Context, string, string) (bool, error)  { return true, nil }
func (everything) HasQueue(context.Context, string, string) (bool, error)     { return true, nil }

// house is a fleet on the real workerd, behind real HTTP.
type house struct {
	*workers.Workers
	t     *testing.T
	fleet *fleet.Fleet
	url   string
	store *memkv.Store
	data  string
	log   *lines
}

type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// newHouse skips the test where there is no workerd: a fleet without it is nothing to try.
func newHouse(t *testing.T, change ...func(*fleet.Options)) *house {
	t.Helper()
	h := &house{t: t, store: memkv.New(memkv.Options{}), data: t.TempDir(), log: &lines{}}
	h.open(change...)
	t.Cleanup(func() {
		h.close()
		if t.Failed() {
			t.Log(h.log.String())
		}
	})
	return h
}

func (h *house) open(change ...func(*fleet.Options)) {
	h.t.Helper()
	// BINDERY_TEST_WORKERD names another release than that of conformance/package.json.
	binary, err := workerd.Find(h.t.Context(), os.Getenv("BINDERY_TEST_WORKERD"), filepath.Join("..", "..", "conformance"))
	if err != nil {
		h.t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	o := fleet.Options{
		Workerd: binary, Data: h.data, NoEgress: true, Linger: 10 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Accounts: func(context.Context) ([]fleet.Account, error) {
			return []fleet.Account{{ID: account, Name: "My Test"}, {ID: other, Name: "other"}}, nil
		},
		Namespace: func(_ context.Context, a, id string) (kv.Namespace, error) {
			return h.store.Namespace(a + "/" + id), nil
		},
		HasDatabase: everything{}.HasDatabase,
	}
	for _, c := range change {
		c(&o)
	}
	if h.fleet, err = fleet.New(o); err != nil {
		h.t.Fatal(err)
	}
	h.Workers = workers.Open(h.store, h.store, everything{}, workers.Options{Runtime: h.fleet})
	if err := h.fleet.Attach(h.t.Context(), h.Workers); err != nil {
		h.t.Fatal(err)
	}
	s := httptest.NewServer(h.fleet)
	h.t.Cleanup(s.Close)
	h.url = s.URL
}

func (h *house) close() {
	h.t.Helper()
	if err := h.fleet.Close(); err != nil {
		h.t.Errorf("close: %v", err)
	}
	if _, err := os.Stat(filepath.Join(h.data, "run")); !os.IsNotExist(err) {
		h.t.Errorf("the folder of sockets is left: %v", err)
	}
}

func (h *house) upload(a, name, code, bound string, more ...func(*workers.Upload)) (workers.Version, error) {
	h.t.Helper()
	u := workers.Upload{
		Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(code)}},
		Deploy:  true, CompatibilityDate: "2026-04-01",
	}
	if err := json.Unmarshal([]byte(bound), &u.Bindings); err != nil {
		h.t.Fatal(err)
	}
	for _, change := range more {
		change(&u)
	}
	return h.Upload(h.t.Context(), a, name, u)
}

// deploy uploads, and waits until the version serves.
func (h *house) deploy(a, name, code, bound string, more ...func(*workers.Upload)) workers.Version {
	h.t.Helper()
	v, err := h.upload(a, name, code, bound, more...)
	if err != nil {
		h.t.Fatalf("deploy %s: %v", name, err)
	}
	h.settle()
	return v
}

func (h *house) settle() {
	h.t.Helper()
	if err := h.fleet.Settled(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// ask sends a request to a host below localhost.
func (h *house) ask(host, path string, headers ...string) (status int, body string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), "GET", h.url+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Host = host + ".localhost"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatalf("%s%s: %v", host, path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatalf("%s%s: %v", host, path, err)
	}
	return answer.StatusCode, string(text)
}

func (h *house) expect(host, path string, status int, want string, headers ...string) {
	h.t.Helper()
	if got, body := h.ask(host, path, headers...); got != status || !strings.Contains(body, want) {
		h.t.Errorf("GET %s%s: got %d %q, want %d with %q", host, path, got, body, status, want)
	}
}

// says is a Worker that answers a text.
func says(text string) string {
	return fmt.Sprintf(`export default { fetch: () => new Response(%q) }`, text)
}

const kvBinding = `[{"name":"KV","type":"kv_namespace","namespace_id":"` + namespace + `"}]`

func TestRequestsByHost(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "api", says("mine"), `[]`)
	h.deploy(other, "api", says("theirs"), `[]`)
	h.expect("api.my-test", "/", 200, "mine")
	h.expect("API.my-test", "/", 200, "mine")
	h.expect("api."+account, "/", 200, "mine")
	h.expect("api.other", "/", 200, "theirs")
	h.expect("none.other", "/", 404, `has no Worker "none"`)
	h.expect("api.nobody", "/", 404, `no account is called "nobody"`)
	h.expect("other", "/", 404, "Workers are at")
	if err := h.Delete(t.Context(), account, "api"); err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.expect("api.my-test", "/", 404, `has no Worker "api"`)
}

// A Worker sees the request that was sent, and of whoever sent it what the server says.
func TestRequestIsPassedOn(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "echo", `export default { fetch: (r) => Response.json({ url: r.url, cf: r.cf, headers: Object.fromEntries(r.headers) }) }`, `[]`)
	_, body := h.ask("echo.my-test", "/a%2Fb//c?x=1;y=%zz", "X-Mine", "1", "CF-Connecting-IP", "6.6.6.6", "CF-Worker", "forged", "Bindery-Cf", `{"colo":"forged"}`, "Bindery-Grant", "forged")
	for _, want := range []string{`"url":"http://echo.my-test.localhost/a%2Fb//c?x=1;y=%zz"`, `"colo":"LOC"`, `"x-mine":"1"`, `"cf-connecting-ip":"127.0.0.1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the Worker does not see %s: %s", want, body)
		}
	}
	if strings.Contains(body, "forged") || strings.Contains(strings.ToLower(body), "bindery-") {
		t.Errorf("what only the server may say reached the Worker: %s", body)
	}
}

func TestBindings(t *testing.T) {
	h := newHouse(t)
	v := h.deploy(account, "all", `export default { async fetch(_, env) {
		const tried = async (f) => { try { return await f() } catch (e) { return e.message } };
		await env.KV.put("key", "value", { metadata: { a: 1 } });
		return Response.json({ text: env.TEXT, json: env.JSON, secret: env.SECRET, version: env.VERSION.id,
			kv: await env.KV.getWithMetadata("key"), missing: await env.KV.get("none"),
			bucket: await tried(() => env.BUCKET.get("x")), ai: await tried(() => env.AI.run("m", {})),
			out: await tried(() => fetch("http://example.com/")) }) } }`,
		`[{"name":"TEXT","type":"plain_text","text":"\"x\" é"},{"name":"JSON","type":"json","json":{"a":[1]}},
		  {"name":"SECRET","type":"secret_text","text":"s3cret"},{"name":"VERSION","type":"version_metadata"},
		  {"name":"KV","type":"kv_namespace","namespace_id":"`+namespace+`"},
		  {"name":"BUCKET","type":"r2_bucket","bucket_name":"b"},{"name":"AI","type":"ai"}]`)
	_, body := h.ask("all.my-test", "/")
	for _, want := range []string{
		`"text":"\"x\" é"`, `"json":{"a":[1]}`, `"secret":"s3cret"`, `"version":"` + v.ID + `"`,
		`"kv":{"value":"value","metadata":{"a":1}`, `"missing":null`,
		`"bucket":"binding BUCKET: this server does not serve bindings of type r2_bucket"`,
		`"ai":"binding AI: this server has no models; an OpenAI-compatible endpoint gives it some: bindery serve --ai URL"`,
		`"out":"fetch of example.com: this server makes no outbound requests (--no-egress)"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("want %s in %s", want, body)
		}
	}
	if strings.Contains(h.log.String(), "s3cret") {
		t.Errorf("a secret is in the log")
	}
	item, err := h.store.Namespace(account+"/"+namespace).Get(t.Context(), "key")
	if err != nil || string(item.Value) != "value" {
		t.Errorf("the namespace of the account: got %q, %v", item.Value, err)
	}
	if _, err := h.store.Namespace(other+"/"+namespace).Get(t.Context(), "key"); err == nil {
		t.Errorf("the key is in another account's namespace of the same id")
	}
}

// The socket of the bindings answers nobody who has no grant.
func TestKVIsNotForOthers(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "api", says("1"), kvBinding)
	h.expect("api.my-test", "/", 200, "1")
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(h.data, "run", "binding.sock"))
	}}
	for _, word := range []string{"", "guess", account} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://kv/key?urlencoded=true", nil)
		r.Header.Set("Bindery-Grant", word)
		answer, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("grant %q: got %s, want 401", word, answer.Status)
		}
	}
}

func TestTrial(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ name, code, handlers, classes, err string }{
		{"functions", `export default { fetch() {}, scheduled() {}, other() {} }`, "[fetch scheduled]", "[]", ""},
		{"class", `import { WorkerEntrypoint } from "cloudflare:workers"; class Base extends WorkerEntrypoint { queue() {} }
			export default class extends Base { fetch() {} }`, "[fetch queue]", "[]", ""},
		{"exports", `import { DurableObject } from "cloudflare:workers"; export class B extends DurableObject {}; export class A {};
			export default { fetch() {} }`, "[fetch]", "[A B]", ""},
		{"classes alone", `import { DurableObject } from "cloudflare:workers"; export class A extends DurableObject {}`, "[]", "[A]", ""},
		{"no such module", `import "./none.js"; export default {}`, "", "", "No such module \"none.js\".\n  imported from \"index.js\""},
		{"syntax", "export default {", "", "", "Uncaught SyntaxError: Unexpected end of input\n  at index.js:1:16"},
		{"throws", "\nthrow new Error('boom')", "", "", "Uncaught Error: boom\n  at index.js:2:7"},
		{"export that is no handler", "export default 5", "", "", "Incorrect type for map entry 'default'"},
	} {
		v, err := h.upload(account, "tried", c.code, `[]`, func(u *workers.Upload) { u.Deploy = true })
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: got %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || fmt.Sprint(v.Trial.Handlers) != c.handlers || fmt.Sprint(v.Trial.Classes) != c.classes || v.Trial.StartupMillis == 0 {
			t.Errorf("%s: got %+v, %v; want %s and %s", c.name, v.Trial, err, c.handlers, c.classes)
		}
	}
}

func TestServiceWorkerFormat(t *testing.T) {
	h := newHouse(t)
	v := h.deploy(account, "classic", `"use strict"; addEventListener("fetch", (e) => e.respondWith(new Response(TEXT))); addEventListener("scheduled", () => {})`,
		`[{"name":"TEXT","type":"plain_text","text":"global"}]`, func(u *workers.Upload) {
			u.Classic = true
			u.Modules[0].Kind = workers.KindClassic
		})
	h.expect("classic.my-test", "/", 200, "global")
	if got := fmt.Sprint(v.Trial.Handlers); got != "[fetch scheduled]" {
		t.Errorf("handlers: got %s", got)
	}
}

func TestModulesOfAllKinds(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "modules", `import text from "./a.txt"; import data from "./sub/b.bin"; import cjs from "./c.cjs"; import wasm from "./d.wasm";
		export default { fetch: () => Response.json([text, data.byteLength, cjs.x, wasm instanceof WebAssembly.Module]) }`, `[]`, func(u *workers.Upload) {
		u.Modules = append(u.Modules,
			workers.SentModule{Name: "./a.txt", Kind: workers.KindText, Content: []byte("text")},
			workers.SentModule{Name: "sub/b.bin", Kind: workers.KindData, Content: make([]byte, 3)},
			workers.SentModule{Name: "c.cjs", Kind: workers.KindCommonJS, Content: []byte("module.exports = { x: 1 }")},
			workers.SentModule{Name: "d.wasm", Kind: workers.KindWasm, Content: []byte("\x00asm\x01\x00\x00\x00")},
			workers.SentModule{Name: "index.js.map", Kind: workers.KindSourceMap, Content: []byte("{}")})
	})
	h.expect("modules.my-test", "/", 200, `["text",3,1,true]`)
}

// Eight clients ask all the time while five versions are deployed: no request fails, and the
// answers never go back to a version before.
func TestNoRequestFailsWhileVersionsChange(t *testing.T) {
	h := newHouse(t)
	deploy := func(n int) {
		h.deploy(account, "api", fmt.Sprintf(`export default { async fetch(r) { await scheduler.wait(5); return new Response("%d") } }`, n), `[]`)
	}
	deploy(0)
	h.expect("api.my-test", "/", 200, "0")
	var done atomic.Bool
	var failed, answered atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for !done.Load() {
				r, _ := http.NewRequest("POST", h.url, strings.NewReader("body")) // a client sends no POST twice
				r.Host = "api.my-test.localhost"
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					failed.Add(1)
					continue
				}
				if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != 200 {
					failed.Add(1)
				}
				_ = answer.Body.Close()
				answered.Add(1)
			}
		})
	}
	for n := 1; n <= 5; n++ {
		deploy(n)
		h.expect("api.my-test", "/", 200, fmt.Sprint(n))
	}
	done.Store(true)
	clients.Wait()
	if failed.Load() > 0 || answered.Load() < 50 {
		t.Errorf("%d of %d requests failed", failed.Load(), answered.Load())
	}
}

// The pace of puts counts for Workers too, by account: another one's namespace of the same
// id is another one.
func TestPace(t *testing.T) {
	h := newHouse(t, func(o *fleet.Options) { o.Pace = kv.NewPace(time.Hour) })
	const code = `export default { async fetch(request, env) {
		try { await env.KV.put("k", new URL(request.url).pathname) } catch (e) { return new Response(e.message) }
		return new Response("put " + await env.KV.get("k"))
	} }`
	for _, a := range []string{account, other} {
		h.deploy(a, "w", code, kvBinding)
	}
	for _, row := range []struct{ host, path, want string }{
		{"w.my-test", "/first", "put /first"},
		{"w.my-test", "/second", "KV PUT failed: 429 Too Many Requests"},
		{"w.other", "/first", "put /first"},
	} {
		h.expect(row.host, row.path, 200, row.want)
	}
}
