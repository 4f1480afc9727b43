package probe

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const script = "../../scripts/test-kv-bindings.sh"

// ran is what the script printed and how it ended.
type ran struct {
	stdout, stderr string
	code           int
}

func (r ran) String() string {
	return fmt.Sprintf("exit code %d\n-- stdout\n%s-- stderr\n%s", r.code, r.stdout, r.stderr)
}

// runScript runs the script in an environment of just these variables.
func runScript(t *testing.T, env []string, args ...string) ran {
	t.Helper()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if _, err := os.Stat(script); err != nil { // also tells the test cache that the script is an input
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", append([]string{script}, args...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

func environment(server *httptest.Server, key string) []string {
	return []string{"BASE_URL=" + server.URL, "X_API_KEY=" + key}
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// The golden files show what people see.
func TestScriptTranscripts(t *testing.T) {
	lost := Binding{Name: "TOKENS", Kind: KVNamespace, Critical: true}
	tests := []struct {
		name     string
		bindings []Binding
		args     []string
		code     int
	}{
		{"good", trading()[:1], nil, 0},
		{"several-good", append(trading()[:2], trading()[3:]...), nil, 0},
		{"one-of-several", append(trading()[:2], trading()[3:]...), []string{"--binding", "SESSIONS"}, 0},
		{"optional-missing", append(trading()[:1:1], Binding{Name: "SESSIONS", Kind: KVNamespace}), nil, 0},
		{"critical-missing", append(trading(), lost, Binding{Name: "LEDGER", Critical: true}), nil, 1},
		{"empty", nil, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, checked(t, serving(tt.bindings)))
			got := runScript(t, environment(server, goodKey), tt.args...)
			if got.code != tt.code || got.stderr != "" {
				t.Errorf("want exit code %d and nothing on stderr, got %v", tt.code, got)
			}
			golden(t, tt.name+".txt", strings.ReplaceAll(got.stdout, server.URL, "http://127.0.0.1:8787"))
		})
	}
}

func TestScriptFindsEveryFault(t *testing.T) {
	ways := []struct {
		name     string
		critical bool
		args     []string
	}{
		{"critical", true, nil},
		{"not critical", false, nil},
		{"not critical, asked for by name", false, []string{"--binding", "CACHE"}},
	}
	for _, b := range brokenBindings() {
		for _, way := range ways {
			t.Run(b.fault+", "+way.name, func(t *testing.T) {
				t.Parallel()
				o := serving([]Binding{{Name: "CACHE", Kind: KVNamespace, Critical: way.critical, OK: true, Target: b.target}})
				o.SelfTest.StageTimeout = 500 * time.Millisecond // waited for by few, and ample for what works on a busy machine
				code, verdict := 0, "WARN"
				if (way.critical || way.args != nil) && b.status == 500 {
					code, verdict = 1, "FAIL"
				}
				server := serve(t, checked(t, o))
				got := runScript(t, environment(server, goodKey), way.args...)
				stage := fmt.Sprintf("  %s  %-16s", verdict, b.stage)
				if got.code != code || !strings.Contains(got.stdout, stage) || !strings.Contains(got.stdout, b.advice) || got.stderr != "" {
					t.Errorf("want exit code %d, a line %q and advice …%s…; got %v", code, stage, b.advice, got)
				}
			})
		}
	}
}

// answers is a server that says the same to everybody.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestScriptWithoutAnswer(t *testing.T) {
	good := checked(t, serving(trading()[:1]))
	tests := []struct {
		name    string
		handler http.Handler
		key     string
		args    []string
		code    int
		stderr  string
	}{
		{"wrong key", good, "wrong", nil, 4, "does not accept the API key (HTTP 401)"},
		{"forbidden", answers(403, "no"), goodKey, nil, 4, "does not accept the API key (HTTP 403)"},
		{"unknown binding", good, goodKey, []string{"--binding=NOPE"}, 2, `no KV binding is called "NOPE"; there are MARKET_ANALYSIS_CACHE`},
		{"no such endpoint", http.NotFoundHandler(), goodKey, nil, 3, "has nothing at /api/v1/data/bindings (HTTP 404)"},
		{"rate limit", answers(429, "{}"), goodKey, nil, 3, "asks to slow down"},
		{"redirect", http.RedirectHandler("https://example.com/login", http.StatusFound), goodKey, nil, 3, "redirects to https://example.com/login"},
		{"a page instead", answers(200, "<html>\x1b[31mhello\x00</html>"), goodKey, nil, 3, "no answer that is understood here (HTTP 200): <html> [31mhello"},
		{"other JSON", answers(200, `{"success":true}`), goodKey, nil, 3, "no answer that is understood"},
		{"cut short", answers(200, `{"success":true,"data":{"x":`), goodKey, nil, 3, "no answer that is understood"},
		{"an empty answer", answers(200, ""), goodKey, nil, 3, "no answer that is understood"},
		{"a broken server", answers(502, "bad gateway"), goodKey, nil, 3, "(HTTP 502): bad gateway"},
		{"too slow", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), goodKey, []string{"--timeout", "1"}, 3, "did not answer within 1 s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := runScript(t, environment(serve(t, tt.handler), tt.key), tt.args...)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.stderr) || !strings.Contains(got.stderr, "hint: ") || strings.ContainsRune(got.stderr, '\x1b') {
				t.Errorf("want exit code %d, an error …%s… and a hint, nothing that steers a terminal; got %v", tt.code, tt.stderr, got)
			}
			if strings.Contains(got.stdout, "PASS  all") {
				t.Errorf("it calls that passed: %v", got)
			}
		})
	}
}

func TestScriptExplainsConnections(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	untrusted := httptest.NewUnstartedServer(checked(t, serving(trading())))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake is what is wanted
	untrusted.StartTLS()
	defer untrusted.Close()
	breaksOff := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }))
	tests := map[string]struct{ url, stderr string }{
		"dead server":     {dead.URL, "refuses connections"},
		"untrusted":       {untrusted.URL, "cannot be trusted"},
		"breaks off":      {breaksOff.URL, "broke off without a whole answer"},
		"impossible port": {"http://127.0.0.1:99999", "is no address"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := runScript(t, []string{"BASE_URL=" + tt.url, "X_API_KEY=" + goodKey})
			if got.code != 3 || !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("want exit code 3 and …%s…, got %v", tt.stderr, got)
			}
		})
	}
}

func TestScriptUsage(t *testing.T) {
	env := func(url, key string) []string { return []string{"BASE_URL=" + url, "X_API_KEY=" + key} }
	const url = "http://127.0.0.1:1"
	tests := []struct {
		name   string
		env    []string
		args   []string
		stderr string
	}{
		{"no URL", env("", goodKey), nil, "BASE_URL is not set"},
		{"no key", env(url, ""), nil, "X_API_KEY is not set"},
		{"no scheme", env("api.example.com", goodKey), nil, "BASE_URL has to be"},
		{"another scheme", env("file:///etc/passwd", goodKey), nil, "BASE_URL has to be"},
		{"a user", env("https://me:secret@example.com", goodKey), nil, "without user"},
		{"a query", env(url+"/?x=1", goodKey), nil, "BASE_URL has to be"},
		{"a line end in the URL", env(url+"\nheader = \"X: y\"", goodKey), nil, "BASE_URL has to be"},
		{"a line end in the key", env(url, "key\n"), nil, "X_API_KEY holds a control character"},
		{"unknown argument", env(url, goodKey), []string{"--verbose"}, "unknown argument: --verbose"},
		{"no value", env(url, goodKey), []string{"--binding"}, "--binding needs a value"},
		{"no name", env(url, goodKey), []string{"--binding", "A&B"}, "is no name of a binding"},
		{"no number", env(url, goodKey), []string{"--timeout=soon"}, "is no number of seconds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := runScript(t, tt.env, tt.args...)
			if got.code != 2 || !strings.Contains(got.stderr, tt.stderr) || !strings.Contains(got.stderr, "--help") || got.stdout != "" {
				t.Errorf("want exit code 2, …%s… on stderr and nothing on stdout; got %v", tt.stderr, got)
			}
			if strings.Contains(got.String(), "secret") {
				t.Errorf("the output shows a password: %v", got)
			}
		})
	}
	help := runScript(t, nil, "--help")
	if help.code != 0 || help.stderr != "" || !strings.Contains(help.stdout, "Exit codes:") {
		t.Errorf("--help: want exit code 0 and the text on stdout, got %v", help)
	}
}

// A report that contradicts itself is never passed: the script believes the worse half.
func TestScriptBelievesTheWorseHalf(t *testing.T) {
	var good bytes.Buffer
	w := ask(checked(t, serving(trading()[:1])), "GET", SelfTestPath, goodKey)
	good.ReadFrom(w.Body)
	tests := map[string]struct {
		status   int
		old, new string
	}{
		"status 500":          {500, "", ""},
		"success false":       {200, `{"success":true,"data"`, `{"success":false,"data"`},
		"critical false":      {200, `"critical_tests_passed":true`, `"critical_tests_passed":false`},
		"a failed stage":      {200, `"write_test":{"success":true`, `"write_test":{"success":false`},
		"success is a string": {200, `"read_test":{"success":true`, `"read_test":{"success":"yes"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := strings.Replace(good.String(), tt.old, tt.new, 1)
			server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == BindingsPath {
					checked(t, serving(trading()[:1])).ServeHTTP(w, r)
					return
				}
				answers(tt.status, report)(w, r)
			}))
			if got := runScript(t, environment(server, goodKey)); got.code != 1 || !strings.Contains(got.stdout, "FAIL") {
				t.Errorf("want exit code 1 and a FAIL, got %v", got)
			}
		})
	}
}

// The key goes to curl by stdin: neither its arguments nor its environment show it.
func TestScriptHidesTheKey(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	dir := t.TempDir()
	seen := filepath.Join(dir, "seen")
	spy := fmt.Sprintf("#!/bin/bash\n{ printf '%%s\\n' \"$@\"; export; } >>'%s'\nexec '%s' \"$@\"\n", seen, curl)
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte(spy), 0o755); err != nil {
		t.Fatal(err)
	}
	const key = `a"key\with $(odd) 'characters'`
	o := serving(trading()[:1])
	o.CheckKey = func(k string) bool { return k == key }
	server := serve(t, checked(t, o))
	got := runScript(t, append(environment(server, key), "PATH="+dir+":"+os.Getenv("PATH")))
	if got.code != 0 || strings.Contains(got.String(), key) {
		t.Errorf("want exit code 0 and no key in the output, got %v", got)
	}
	told, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(told), "odd") || strings.Contains(string(told), "X_API_KEY") {
		t.Errorf("curl's arguments or environment show the key:\n%s", told)
	}
}

func TestScriptColours(t *testing.T) {
	server := serve(t, checked(t, serving(trading()[:1])))
	const green = "\x1b[32mPASS\x1b[0m"
	tests := []struct {
		name string
		env  []string
		want bool
	}{
		{"no terminal", nil, false},
		{"forced", []string{"CLICOLOR_FORCE=1"}, true},
		{"NO_COLOR wins", []string{"CLICOLOR_FORCE=1", "NO_COLOR=1"}, false},
	}
	for _, tt := range tests {
		got := runScript(t, append(environment(server, goodKey), tt.env...))
		if colours := strings.Contains(got.stdout, green); colours != tt.want {
			t.Errorf("%s: colours: %v, want %v: %q", tt.name, colours, tt.want, got.stdout)
		}
	}
}

func TestScriptTakesWhatComes(t *testing.T) {
	// Field order, blanks, escapes and fields added later are no matter.
	const bindings = `{ "data" : { "critical_bindings_status":{"A":true}, "vars":[ ], "later":[1,-2.5e3,null,{"x":[]}],
	 "bindings":{"KVNamespace":[{"ok":true,"detail":"say \"hi\" \\ \/ \u001b[31m\n","name":"A","critical":true}]}, "worker":"w","environment":""} ,"success":true}`
	stages := make([]string, 0, 6)
	for _, name := range []string{selftest.CleanupVerify, selftest.DeleteTest, selftest.ListTest, selftest.ReadTest, selftest.WriteTest, selftest.BindingCheck} {
		stages = append(stages, fmt.Sprintf("%q : {\"message\":\"said %s\", \"success\":true}", name, name))
	}
	report := `{"data":{"test_details":{` + strings.Join(stages, ",\n") + `},"critical_tests_passed":true,"overall_status":"ALL_TESTS_PASSED"},"success":true}`
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answers(200, map[string]string{BindingsPath: bindings, SelfTestPath: report}[r.URL.Path])(w, r)
	}))
	got := runScript(t, environment(server, goodKey))
	for _, want := range []string{`A (critical): say "hi" \ / \u001b[31m\n`, "the top level, Worker w,", "PASS  binding_check   said binding_check\n", "PASS  all 7 passed"} {
		if got.code != 0 || !strings.Contains(got.stdout, want) {
			t.Errorf("want exit code 0 and %q, got %v", want, got)
		}
	}
}

// A proxy for the wide world has no business with a server on this machine.
func TestScriptAsksLoopbackDirectly(t *testing.T) {
	server := serve(t, checked(t, serving(trading()[:1])))
	if got := runScript(t, append(environment(server, goodKey), "http_proxy=http://127.0.0.1:1", "ALL_PROXY=http://127.0.0.1:1")); got.code != 0 {
		t.Errorf("want exit code 0, got %v", got)
	}
}

func TestScriptWarnsOfAKeyInTheClear(t *testing.T) {
	dead := "http://127.0.0.1:1"
	for url, want := range map[string]bool{
		"http://api.example.com":          true,
		"http://127.0.0.1.example.com":    true,
		"https://api.example.com":         false,
		"http://localhost:1":              false,
		"http://localhost.example.com:80": true,
		"http://[::1]:1":                  false,
	} {
		got := runScript(t, []string{"BASE_URL=" + url, "X_API_KEY=" + goodKey, "http_proxy=" + dead, "https_proxy=" + dead})
		if warned := strings.Contains(got.stderr, "unencrypted"); warned != want || got.code != 3 {
			t.Errorf("%s: warned: %v, want %v, and exit code 3; got %v", url, warned, want, got)
		}
	}
}

func TestScriptIsClean(t *testing.T) {
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed")
	}
	if said, err := exec.CommandContext(t.Context(), shellcheck, script).CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, said)
	}
}

// curl would take braces and brackets for patterns.
func TestScriptSendsTheAddressAsItIs(t *testing.T) {
	asked := make(chan string, 10)
	server := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	runScript(t, []string{"BASE_URL=" + server.URL + "/{a,b}/[1-2]/", "X_API_KEY=" + goodKey})
	close(asked)
	var paths []string
	for path := range asked {
		paths = append(paths, path)
	}
	if want := []string{"/{a,b}/[1-2]" + BindingsPath}; !cmp.Equal(paths, want) {
		t.Errorf("asked for %q, want %q", paths, want)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
