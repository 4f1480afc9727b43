//go:build npm

package conformance

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/cli"
	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/probe"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/server"
)

const probeKey = "a-key-for-the-probe"

// The ids in testdata/probe.
const (
	sessionsID = "8f1c2ad47be94d0fa6d3105c9b7e2f41"
	cacheID    = "c3a90e5b71d84f26b8e4f07a1d5c6e92"
)

// TestProbeCompiles: under tsc --strict, with the types that wrangler generates for the Worker.
func TestProbeCompiles(t *testing.T) {
	dir := probedProject(t)
	s := &shell{flat: &flat{house: newHouse(t, server.Throttle{})}, wrangler: older, dir: dir}
	s.run(t, "types")
	tsc, err := filepath.Abs("node_modules/typescript/bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"src/bindery-probe.ts", "src/index.ts"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	compile := exec.Command(older.node(), tsc, "--project", dir)
	if said, err := compile.CombinedOutput(); err != nil {
		t.Errorf("tsc: %v\n%s", err, said)
	}
	// It can fail: a binding that is no object is no env.
	if err := os.WriteFile(filepath.Join(dir, "src/wrong.ts"), []byte("import { probe } from \"./bindery-probe\";\nexport const wrong = (r: Request) => probe(r, 1);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(older.node(), tsc, "--project", dir).CombinedOutput(); err == nil || !bytes.Contains(said, []byte("src/wrong.ts")) {
		t.Errorf("with a mistake tsc says %v\n%s", err, said)
	}
}

// TestProbeOnBindery deploys the Worker with wrangler, and holds its answers, byte for byte, against those of the
// server's own endpoints over the same bindings.
func TestProbeOnBindery(t *testing.T) {
	binary, err := server.FindWorkerd(t.Context(), "", ".")
	if err != nil {
		t.Fatal(err)
	}
	running, err := server.Open(server.Options{Workerd: binary, NoEgress: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Close() })
	if err := running.Listen(); err != nil {
		t.Fatal(err)
	}
	p := running.Platform()
	account, err := p.EnsureAccount(t.Context(), "test", "")
	if err != nil {
		t.Fatal(err)
	}
	for id, title := range map[string]string{sessionsID: "sessions", cacheID: "cache"} {
		if _, err := p.CreateNamespace(t.Context(), account.ID, id, title); err != nil {
			t.Fatal(err)
		}
	}
	token, _, err := p.CreateToken(t.Context(), platform.TokenInfo{Name: "t", Accounts: []string{account.ID}, Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{
		flat:     &flat{house: house{server: running}, account: account.ID, token: token},
		wrangler: older, dir: probedProject(t),
	}

	for _, c := range []struct {
		env, worker, stopped string // what test-kv-bindings.sh ends with
		code                 int
		bindings             []probe.Binding
	}{
		{"", "shop", "PASS  all 14 passed", 0, []probe.Binding{boundKV("SESSIONS", false, sessionsID), boundKV("CACHE", true, cacheID), aVar("ENVIRONMENT"), aVar("DEBUG")}},
		{"one", "shop-one", "PASS  all 7 passed", 0, []probe.Binding{boundKV("CACHE", true, cacheID), aVar("ENVIRONMENT"), aVar("LEVEL")}},
		{"lost", "shop-lost", "FAIL  2 failed, 0 warned, 7 passed", 1, []probe.Binding{boundKV("SESSIONS", false, sessionsID), {Name: "CACHE", Critical: true}, aVar("ENVIRONMENT")}},
	} {
		t.Run(c.worker, func(t *testing.T) {
			s.run(t, "deploy", "--env", c.env)
			host := c.worker + ".test.localhost"
			ours := probe.New(probe.Options{
				Environment: c.env, Worker: c.worker, CheckKey: func(key string) bool { return key == probeKey },
				Bindings: func() []probe.Binding { return c.bindings },
			})
			root := strings.Replace(running.URL(), "127.0.0.1", host, 1)
			if got := get(t, running.URL(), host, "/elsewhere", probeKey); got.body != "shop" {
				t.Errorf("another path answers %+v, want the Worker's own", got)
			}
			if got := get(t, running.URL(), host, probe.SelfTestPath, probeKey); got.status != http.StatusUnauthorized {
				t.Errorf("without a secret it answers %+v, want 401", got)
			}
			s.typed(t, probeKey, "secret", "put", "X_API_KEY", "--env", c.env)
			for _, path := range []string{
				probe.BindingsPath, probe.SelfTestPath, probe.SelfTestPath + "?binding=", probe.SelfTestPath + "?binding=CACHE",
				probe.SelfTestPath + "?binding=NOBODY", probe.SelfTestPath + "?binding=CACHE&binding=CACHE",
			} {
				compareAnswers(t, "GET "+path, get(t, running.URL(), host, path, probeKey), recorded(t, ours, path, probeKey))
			}
			for _, key := range []string{"", "wrong", probeKey + "x"} {
				compareAnswers(t, "GET with the key "+key, get(t, running.URL(), host, probe.SelfTestPath, key), recorded(t, ours, probe.SelfTestPath, key))
			}
			prove(t, root, c.code, c.stopped)
			for id, ns := range map[string]string{"sessions": sessionsID, "cache": cacheID} {
				held, err := p.Namespace(t.Context(), account.ID, ns)
				if err != nil {
					t.Fatal(err)
				}
				if left, err := held.List(t.Context(), kv.ListQuery{}); err != nil || len(left.Keys) > 0 {
					t.Errorf("in %s is left %v, %v", id, left.Keys, err)
				}
			}
		})
	}
}

// TestProbeReadsFingerprints: inside the Worker as over the API, of namespaces that are sealed right, wrongly, or not at all. The
// answers are the same, byte for byte; and nothing but the self-test's own key is ever written.
func TestProbeReadsFingerprints(t *testing.T) {
	const account = "3541a8b5f1d18989d24ea2b978f1a1fc"
	binary, err := server.FindWorkerd(t.Context(), "", ".")
	if err != nil {
		t.Fatal(err)
	}
	running, err := server.Open(server.Options{Workerd: binary, NoEgress: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Close() })
	if err := running.Listen(); err != nil {
		t.Fatal(err)
	}
	p := running.Platform()
	if _, err := p.EnsureAccount(t.Context(), "test", account); err != nil {
		t.Fatal(err)
	}
	token, _, err := p.CreateToken(t.Context(), platform.TokenInfo{Name: "t", Accounts: []string{account}, Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	agreed := "sha256:" + strings.Repeat("5", 64)
	record := func(environment string) string {
		return `{"version":1,"account_id":"` + account + `","namespace_id":"` + cacheID + `","title":"cache","worker":"shop","environment":"` + environment +
			`","sealed_on":"2026-11-22T10:30:00Z","nonce":"0"}`
	}
	for _, c := range []struct {
		name, stored, agreed string
		second               bool // another binding of the same namespace
		status               int
		state                string
	}{
		{"right", record(""), "", false, 200, "sealed"},
		{"of another environment", record("one"), "", false, 500, "sealed for another environment"},
		{"copied", strings.Replace(record(""), cacheID, sessionsID, 1), "", false, 500, "sealed for another environment"},
		{"sealed anew", record(""), agreed, false, 500, "sealed anew"},
		{"seal lost", "", agreed, false, 500, "unsealed"},
		{"never sealed", "", "", false, 200, ""},
		{"overwritten", "hello", "", false, 500, "damaged"},
		{"shared", record(""), "", true, 500, "shared with another binding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours := memkv.New(memkv.Options{}).Namespace(cacheID)
			if _, err := p.CreateNamespace(t.Context(), account, cacheID, "cache"); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.DeleteNamespace(context.WithoutCancel(t.Context()), account, cacheID) }) // the next one makes it again
			theirs, err := p.Namespace(t.Context(), account, cacheID)
			if err != nil {
				t.Fatal(err)
			}
			for _, ns := range []kv.Namespace{ours, theirs} {
				if c.stored == "" {
					continue
				}
				if err := ns.Put(t.Context(), kv.Pair{Key: fingerprint.Key, Item: kv.Item{Value: []byte(c.stored)}}); err != nil {
					t.Fatal(err)
				}
			}
			bound := `{ "binding": "CACHE", "id": "` + cacheID + `" }`
			want := []probe.Binding{boundKV("CACHE", true, cacheID)}
			if c.second {
				bound += `, { "binding": "AGAIN", "id": "` + cacheID + `" }`
				want = append(want, boundKV("AGAIN", true, cacheID))
			}
			for i := range want {
				want[i].Target.Open = func(context.Context) (kv.Namespace, error) { return ours, nil }
				want[i].Target.Expected = &fingerprint.Expected{
					Record: fingerprint.Record{Account: account, Namespace: cacheID, Worker: "shop"}, Digest: c.agreed,
				}
			}
			if c.second {
				want[0].Target.Expected.Twin, want[1].Target.Expected.Twin = "AGAIN", "CACHE"
			}
			files := map[string]string{
				"bindery.toml":   `critical = ["CACHE", "AGAIN"]`,
				"wrangler.jsonc": `{ "name": "shop", "main": "src/index.ts", "compatibility_date": "2026-01-01", "account_id": "` + account + `", "kv_namespaces": [` + bound + `] }`,
			}
			if !c.second {
				files["bindery.toml"] = `critical = ["CACHE"]`
			}
			if c.agreed != "" {
				files["bindery.lock"] = string((&lock.File{}).Write([]*lock.Environment{{
					AccountID: account, Worker: "shop", Bindings: []lock.Binding{{Name: "CACHE", Type: "kv_namespace", ID: cacheID, Fingerprint: c.agreed}},
				}}))
			}
			s := &shell{flat: &flat{house: house{server: running}, account: account, token: token}, wrangler: older, dir: probedProjectWith(t, files)}
			s.run(t, "deploy")
			s.typed(t, probeKey, "secret", "put", "X_API_KEY")
			h := probe.New(probe.Options{
				Worker: "shop", CheckKey: func(key string) bool { return key == probeKey }, Bindings: func() []probe.Binding { return want },
			})
			got := get(t, running.URL(), "shop.test.localhost", probe.SelfTestPath, probeKey)
			compareAnswers(t, "GET "+probe.SelfTestPath, got, recorded(t, h, probe.SelfTestPath, probeKey))
			alone := probe.SelfTestPath + "?binding=CACHE"
			compareAnswers(t, "GET "+alone, get(t, running.URL(), "shop.test.localhost", alone, probeKey), recorded(t, h, alone, probeKey))
			if shown := strings.Contains(got.body, `"fingerprint":`); got.status != c.status || shown != (c.state != "") || !strings.Contains(got.body, `"state":"`+c.state+`"`) == shown {
				t.Errorf("got %d %s, want %d and the state %q", got.status, got.body, c.status, c.state)
			}
			left, err := theirs.List(t.Context(), kv.ListQuery{})
			if err != nil || len(left.Keys) > 1 || len(left.Keys) == 1 && left.Keys[0].Name != fingerprint.Key {
				t.Errorf("in the namespace is left %v, %v", left.Keys, err)
			}
		})
	}
}

// TestProbeUnderWranglerDev: the same module, where people write Workers.
func TestProbeUnderWranglerDev(t *testing.T) {
	dir := probedProject(t)
	if err := os.WriteFile(filepath.Join(dir, ".dev.vars"), []byte("X_API_KEY="+probeKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dev := exec.Command(older.node(), older.program(t), "dev", "--local", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0", "--show-interactive-dev-session=false")
	dev.Dir = dir
	dev.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "CI=1", "NO_COLOR=1", "WRANGLER_LOG_PATH=" + dir,
		"WRANGLER_SEND_METRICS=false", "WRANGLER_SEND_ERROR_REPORTS=false", "npm_registry=http://127.0.0.1:9/", "NODE_COMPILE_CACHE=" + compileCache(),
	}
	root := startPrinting(t, dev, localURL)
	ours := probe.New(probe.Options{
		Worker: "shop", CheckKey: func(key string) bool { return key == probeKey },
		Bindings: func() []probe.Binding {
			return []probe.Binding{boundKV("SESSIONS", false, sessionsID), boundKV("CACHE", true, cacheID), aVar("ENVIRONMENT"), aVar("DEBUG")}
		},
	})
	for _, path := range []string{probe.BindingsPath, probe.SelfTestPath} {
		compareAnswers(t, "GET "+path, get(t, root, "", path, probeKey), recorded(t, ours, path, probeKey))
	}
	prove(t, root, 0, "PASS  all 14 passed")
}

// prove has both of the outside ways ask.
func prove(t *testing.T, root string, code int, conclusion string) {
	t.Helper()
	var said, complained bytes.Buffer
	getenv := func(name string) string { return map[string]string{"X_API_KEY": probeKey}[name] }
	if got := cli.Main([]string{"selftest", "--url", root}, strings.NewReader(""), &said, &complained, getenv); got != code {
		t.Errorf("bindery selftest --url ends with %d, want %d:\n%s%s", got, code, &said, &complained)
	}
	script := exec.Command("bash", "../scripts/test-kv-bindings.sh")
	script.Env = append(os.Environ(), "BASE_URL="+root, "X_API_KEY="+probeKey)
	out, _ := script.CombinedOutput()
	if got := script.ProcessState.ExitCode(); got != code || !strings.HasSuffix(strings.TrimSpace(string(out)), conclusion) {
		t.Errorf("test-kv-bindings.sh ends with %d, want %d and %q:\n%s", got, code, conclusion, out)
	}
}

// probedProject is testdata/probe with the module that bindery writes for it.
func probedProject(t *testing.T) string { return probedProjectWith(t, nil) }

// probedProjectWith is the same with other files.
func probedProjectWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/probe")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	if code := cli.Main([]string{"probe", dir}, strings.NewReader(""), &said, &said, func(string) string { return "" }); code != 0 {
		t.Fatalf("bindery probe ends with %d:\n%s", code, &said)
	}
	return dir
}

func boundKV(name string, critical bool, id string) probe.Binding {
	ns := memkv.New(memkv.Options{}).Namespace(id)
	return probe.Binding{
		Name: name, Kind: probe.KVNamespace, Critical: critical, OK: true, Detail: id,
		Target: &selftest.Target{Open: func(context.Context) (kv.Namespace, error) { return ns, nil }},
	}
}

func aVar(name string) probe.Binding { return probe.Binding{Name: name, Kind: probe.Var, OK: true} }

// answered is what of an answer has to be the same, whoever gives it.
type answered struct {
	status int
	header map[string]string
	body   string
}

// recorded is what the server's own endpoints answer.
func recorded(t *testing.T, h http.Handler, path, key string) answered {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set(probe.KeyHeader, key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answeredOf(t, w.Result())
}

func answeredOf(t *testing.T, res *http.Response) answered {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answered{status: res.StatusCode, header: map[string]string{}, body: string(body)}
	for _, name := range []string{"Content-Type", "Cache-Control", "X-Content-Type-Options", "Allow"} {
		a.header[name] = res.Header.Get(name)
	}
	return a
}

func get(t *testing.T, root, host, path, key string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, root+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	r.Header.Set(probe.KeyHeader, key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return answeredOf(t, res)
}

// once is what differs between any two runs: keys and times.
var once = regexp.MustCompile(`\d{8}T\d{6}Z-[0-9a-f]{32}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

func compareAnswers(t *testing.T, what string, got, want answered) {
	t.Helper()
	got.body, want.body = once.ReplaceAllString(got.body, "ONCE"), once.ReplaceAllString(want.body, "ONCE")
	if got.status != want.status || !maps.Equal(got.header, want.header) || got.body != want.body {
		t.Errorf("%s: (- server, + Worker)\n%s", what, cmp.Diff(lines(want), lines(got)))
	}
}

func lines(a answered) []string {
	all := []string{http.StatusText(a.status)}
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		all = append(all, name+": "+a.header[name])
	}
	return append(all, strings.SplitAfter(a.body, ",")...)
}
