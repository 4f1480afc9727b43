package cli

import (
	"encoding/xml"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One deploy, its report in every form: of a Worker that was not asked, nothing says that it passed.
func TestDeployReports(t *testing.T) {
	fakeNode(t)
	h := newDeployHouse(t)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	code, out := h.run("deploy", "--auto", "--format", "markdown", "--report", file("r.txt"), "--report", file("r.json"), "--report", file("r.xml"), "--report", file("r.md"))
	if code != exitOK {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	read := func(name string) string {
		text, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal([]byte(read("r.xml")), &suites); err != nil {
		t.Fatalf("%v\n%s", err, read("r.xml"))
	}
	var names []string
	for _, c := range suites.Cases {
		names = append(names, c.Name)
	}
	last := suites.Cases[len(suites.Cases)-1]
	if got, want := strings.Join(names, ", "), "check, plan, lock, approval, wrangler deploy, self-test in the account, fingerprints, self-test through the Worker"; got != want {
		t.Errorf("JUnit has\n%s\nwant\n%s", got, want)
	}
	if suites.Tests != 8 || suites.Failures != 0 || suites.Skipped != 1 || last.Skipped == nil || !strings.HasPrefix(last.Skipped.Message, "not asked: ") {
		t.Errorf("JUnit: %+v", suites)
	}
	for name, wants := range map[string][]string{
		"r.txt":  {"Plan for top level of ", "\nwrangler deploy\n  Uploaded api", "through the Worker: not asked: ", "\nPASS  top level is deployed to \"production\" (" + h.account + ") as version "},
		"r.json": {`"passed": true`, `"exit_code": 0`, `"deployed": "yes"`, `"approved": "by --auto, as everything is locked"`, `"state": "not asked"`},
		"r.md":   {"### Deploy of top level of ", "| lock | passed | the account is what was agreed |", "| self-test through the Worker | not run | not asked: "},
	} {
		for _, want := range wants {
			if text := read(name); !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text)
			}
		}
	}
	if !strings.Contains(out, read("r.md")) {
		t.Errorf("--format markdown prints another report than --report r.md has:\n%s", out)
	}

	// A folder that cannot be written to is known before anything is deployed.
	before := h.deployments()
	if code, out := h.run("deploy", "--auto", "--report", file("none/r.json")); code != exitFailed || h.deployments() != before {
		t.Errorf("a report that cannot be written: exit code %d, %d deployments more\n%s", code, h.deployments()-before, out)
	}
	if left, _ := filepath.Glob(file(".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// What stands behind -- goes to wrangler as it is, but for what would deploy something else than was judged.
func TestDeployArguments(t *testing.T) {
	fakeNode(t)
	h := newDeployHouse(t)
	if code, out := h.run("deploy", "--auto", "--", "--message", "release 12", "--tag=v 12"); code != exitOK || !strings.Contains(out, "args: [deploy --message release 12 --tag=v 12]") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	before := h.deployments()
	for _, arg := range judgedElsewhere {
		if code, out := h.run("deploy", "--auto", "--", arg, "x"); code != exitUsage || h.deployments() != before {
			t.Errorf("%s: exit code %d\n%s", arg, code, out)
		}
	}
}

// The Worker is asked where it is known to mount a probe; that it does not answer as one is a failure then, and otherwise no
// proof of anything.
func TestDeployAsksTheWorker(t *testing.T) {
	fakeNode(t)
	h := newDeployHouse(t)
	h.env["X_API_KEY"] = "a key"
	said := map[string]string{} // by path
	probed := func(_ int, w http.ResponseWriter, r *http.Request, serve http.Handler) {
		body, known := said[r.URL.Path]
		switch {
		case !strings.HasPrefix(r.Host, "api."+h.account+".localhost"):
			serve.ServeHTTP(w, r)
		case !known:
			http.NotFound(w, r)
		case r.Header.Get("X-Api-Key") != "a key":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			_, _ = w.Write([]byte(body))
		}
	}
	h.fault.Store(&probed)
	const stage = `{"success":true,"message":"fine"}`
	fine := map[string]string{
		"/api/v1/data/bindings": `{"success":true,"data":{"environment":"unknown","bindings":{}}}`,
		"/api/v1/data/kv-self-test": `{"success":true,"data":{"overall_status":"ALL_TESTS_PASSED","all_tests_passed":true,"critical_tests_passed":true,"test_details":{"binding_check":` + stage +
			`,"write_test":` + stage + `,"read_test":` + stage + `,"list_test":` + stage + `,"delete_test":` + stage + `,"cleanup_verify":` + stage + `}}}`,
	}
	for _, c := range []struct {
		name  string
		said  map[string]string
		probe bool // the module lies beside the main file
		args  []string
		code  int
		want  string
	}{
		{"no probe", nil, false, nil, exitOK, "not asked: no probe of `bindery probe` answers at http://api." + h.account + ".localhost:"},
		{"a probe", fine, false, nil, exitOK, "self-test, through the Worker at http://api." + h.account + ".localhost:"},
		{"another environment", map[string]string{
			"/api/v1/data/bindings":     strings.Replace(fine["/api/v1/data/bindings"], "unknown", "test", 1),
			"/api/v1/data/kv-self-test": fine["/api/v1/data/kv-self-test"],
		}, false, nil, exitProblems, `the Worker that answers runs as env "test"`},
		{"a probe that does not answer", nil, true, []string{"--timeout", "2s"}, exitProblems, "through the Worker: failed: "},
		{"another URL", nil, false, []string{"--timeout", "2s", "--url", h.server.URL()}, exitProblems, "through the Worker: failed: "},
	} {
		said = c.said
		module := filepath.Join(h.dir, "bindery-probe.ts")
		if c.probe {
			if code, out := h.run("probe"); code != exitOK {
				t.Fatalf("probe: %d\n%s", code, out)
			}
		}
		code, out := h.run("deploy", append([]string{"--auto"}, c.args...)...)
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s", c.name, code, c.code, c.want, out)
		}
		_ = os.Remove(module)
	}
}
