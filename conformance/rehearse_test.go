//go:build npm

package conformance

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/cli"
)

// rehearsed is what of `bindery rehearse --format json` these tests look at.
type rehearsed struct {
	Passed bool
	First  string
	Deploy struct {
		Ran      bool
		Reason   string
		By       string
		Passed   bool
		Output   string
		Restored []string
		SilentMS int64 `json:"silent_ms"`
		TookMS   int64 `json:"took_ms"`
	}
	Run *struct {
		Status    int
		Probe     string
		SelfTest  *struct{ Success bool } `json:"self_test"`
		Agreement []struct {
			Binding string
			Agrees  bool
			Message string
		}
		WorkerdMS int64 `json:"workerd_ms"`
	}
	Created []struct{ Binding string }
	TookMS  int64 `json:"took_ms"`
}

// rehearse runs the command on a folder, whose files have to be afterwards as they were.
func rehearse(t *testing.T, want int, folder string, args ...string) rehearsed {
	t.Helper()
	before := filesOf(t, folder)
	var said, complained bytes.Buffer
	line := append([]string{"rehearse", folder, "--format", "json"}, args...)
	code := cli.Main(line, strings.NewReader(""), &said, &complained, func(string) string { return "" })
	var r rehearsed
	if err := json.Unmarshal(said.Bytes(), &r); err != nil {
		t.Fatalf("%q: %v\n%s%s", line, err, &said, &complained)
	}
	if code != want {
		t.Errorf("%q ends with %d, want %d\n%s", line, code, want, &said)
	}
	if after := filesOf(t, folder); !maps.Equal(before, after) {
		t.Errorf("%q changed files:\n%s", line, cmp.Diff(before, after))
	}
	t.Logf("%q: %d ms, of which deploy %d", line, r.TookMS, r.Deploy.TookMS)
	if r.Run != nil {
		t.Logf("  workerd %d ms, bindery %d ms", r.Run.WorkerdMS, r.TookMS-r.Deploy.TookMS-r.Run.WorkerdMS)
	}
	return r
}

// filesOf reads a folder, node_modules left out; folders are there by name.
func filesOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		text := ""
		if !d.IsDir() {
			var raw []byte
			raw, err = os.ReadFile(path)
			text = string(raw)
		}
		all[path] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// withWrangler is a copy of a folder whose node_modules are those of a release; what runs there finds its Node.
func withWrangler(t *testing.T, r release, folder string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	modules := filepath.Dir(filepath.Dir(filepath.Dir(r.program(t)))) // of wrangler/bin/wrangler.js
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if node := r.node(); filepath.IsAbs(node) {
		t.Setenv("PATH", filepath.Dir(node)+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	return dir
}

func (r rehearsed) ran(t *testing.T, probe string, bindings ...string) {
	t.Helper()
	if !r.Deploy.Passed || r.Run == nil {
		t.Fatalf("it did not run: %+v", r)
	}
	if r.Run.Probe != probe || len(bindings) > 0 && !r.Run.SelfTest.Success {
		t.Errorf("from inside %+v, want it proven by %s", r.Run, probe)
	}
	var agreed []string
	for _, a := range r.Run.Agreement {
		if a.Agrees {
			agreed = append(agreed, a.Binding)
		} else {
			t.Errorf("%s: %s", a.Binding, a.Message)
		}
	}
	if !cmp.Equal(agreed, bindings) {
		t.Errorf("agreed %q, want %q", agreed, bindings)
	}
}

// TestRehearseExamples: each is deployed by its own wrangler, and runs, or fails there as in production.
func TestRehearseExamples(t *testing.T) {
	for _, c := range []struct {
		example, env string
		probe        string   // by which it is proven from inside
		bindings     []string // of what runs
		refused      string   // what wrangler says of what does not
	}{
		{example: "api-gateway", env: "production", probe: "own", bindings: []string{"API_GATEWAY_STORAGE"}},
		{example: "api-gateway", env: "test", probe: "own", bindings: []string{"API_GATEWAY_STORAGE"}},
		{example: "trading", env: "production", probe: "stand-in", bindings: []string{"MARKET_ANALYSIS_CACHE"}},
		{example: "trading", env: "staging", probe: "stand-in", bindings: []string{"MARKET_ANALYSIS_CACHE"}},
		{example: "incident-10041", env: "test", probe: "stand-in", bindings: []string{"ORDERS", "FEATURE_FLAGS"}},
		{example: "incident-silent-put", env: "production", refused: "KV namespace 'your-production-kv-id' is not valid. Please verify the namespace_id in your configuration. [code: 10042]"},
	} {
		t.Run(c.example+" "+c.env, func(t *testing.T) {
			dir := withWrangler(t, older, filepath.Join("..", "examples", c.example))
			if c.refused == "" {
				rehearse(t, 0, dir, "--env", c.env).ran(t, c.probe, c.bindings...)
				return
			}
			got := rehearse(t, 1, dir, "--env", c.env)
			if got.Deploy.Passed || got.Run != nil || !strings.Contains(got.Deploy.Output, c.refused) {
				t.Errorf("got %+v, want wrangler to say %q", got, c.refused)
			}
		})
	}
}

var printedFix = regexp.MustCompile(`^(.*):(\d+):\d+: write id = "([0-9a-f]{32})"`)

// TestRehearseIncident: it fails in wrangler with 10041, and passes after the fix that the report prints.
func TestRehearseIncident(t *testing.T) {
	for _, r := range []release{older, newest} {
		t.Run(r.version, func(t *testing.T) {
			dir := withWrangler(t, r, "../examples/incident-10041")
			got := rehearse(t, 1, dir, "--env", "production")
			const words = "KV namespace '2e83d0b4a17c4a0f95c66bd1f3b7e9a2' not found. [code: 10041]"
			if !got.Deploy.Ran || got.Deploy.By != "wrangler "+r.version || !strings.Contains(got.Deploy.Output, words) {
				t.Fatalf("got %+v, want wrangler %s to say %q", got.Deploy, r.version, words)
			}
			fix := printedFix.FindStringSubmatch(got.First)
			if fix == nil {
				t.Fatalf("the report begins with %q, want the id to write", got.First)
			}
			text, err := os.ReadFile(fix[1])
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(string(text), "\n")
			at, err := strconv.Atoi(fix[2])
			if err != nil {
				t.Fatal(err)
			}
			lines[at-1] = "id = \"" + fix[3] + "\"\n"
			if err := os.WriteFile(fix[1], []byte(strings.Join(lines, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			rehearse(t, 0, dir, "--env", "production").ran(t, "stand-in", "ORDERS")
		})
	}
}

// TestRehearseHangs: code that never ends at its top level makes this wrangler profile it for ever, after it was refused (4.164 gives
// up by itself). Both end, and the report says why.
func TestRehearseHangs(t *testing.T) {
	dir := withWrangler(t, older, "testdata/rehearse")
	if err := os.WriteFile(filepath.Join(dir, "src/index.js"), []byte("while (true);\nexport default { fetch() {} };\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := rehearse(t, 1, dir, "--timeout", "15s") // more than the server's trial takes
	if got.Deploy.Passed || got.Deploy.SilentMS != 15_000 || !strings.Contains(got.First, "Script startup exceeded") || !strings.Contains(got.First, "look for a loop at its top level") {
		t.Errorf("got %+v, first %q", got.Deploy, got.First)
	}
}

// TestRehearseLoops: a Worker that never answers fails, and the rest of the report is there.
func TestRehearseLoops(t *testing.T) {
	dir := withWrangler(t, older, "testdata/rehearse")
	if err := os.WriteFile(filepath.Join(dir, "src/index.js"), []byte("export default { fetch() { while (true); } };\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := rehearse(t, 1, dir)
	got.ran(t, "stand-in", "FRESH")
	if got.Run.Status != 0 || !strings.Contains(got.First, "fresh: GET / is not answered within 15s: look for a loop") {
		t.Errorf("got %+v, first %q", got.Run, got.First)
	}
}

// TestRehearseProbe: a Worker that mounts the probe proves itself; one whose critical binding is lost fails.
func TestRehearseProbe(t *testing.T) {
	dir := withWrangler(t, older, probedProject(t))
	rehearse(t, 0, dir, "--env", "one").ran(t, "own", "CACHE")
	lost := rehearse(t, 1, dir, "--env", "lost")
	if lost.Run == nil || lost.Run.Probe != "own" || lost.Run.SelfTest.Success {
		t.Errorf("got %+v, want its own probe to fail", lost.Run)
	}
}

// TestRehearseProvisions: wrangler makes the namespace of a binding without id, and writes it nowhere.
func TestRehearseProvisions(t *testing.T) {
	dir := withWrangler(t, older, "testdata/rehearse")
	got := rehearse(t, 0, dir)
	got.ran(t, "stand-in", "FRESH")
	if len(got.Created) != 1 || got.Created[0].Binding != "FRESH" {
		t.Errorf("created %+v, want FRESH", got.Created)
	}
}

// TestRehearseCommand: a script of package.json deploys to the throw-away accounts, whatever its caller could reach.
func TestRehearseCommand(t *testing.T) {
	for _, name := range []string{"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CF_API_TOKEN", "CLOUDFLARE_API_ENVIRONMENT"} {
		t.Setenv(name, "of-the-caller")
	}
	dir := withWrangler(t, older, "testdata/rehearse")
	t.Chdir(dir)
	rehearse(t, 0, ".", "--", "npm", "run", "--silent", "deploy").ran(t, "stand-in", "FRESH")
	if got := rehearse(t, 0, ".", "--", "npm", "run", "--silent", "careless"); !cmp.Equal(got.Deploy.Restored, []string{"wrangler.jsonc"}) {
		t.Errorf("restored %q, want the configuration", got.Deploy.Restored)
	}
	if got := rehearse(t, 1, ".", "--", "npm", "run", "--silent", "nothing"); !strings.Contains(got.First, `ended well, and account "stand-in" has no Worker "fresh"`) {
		t.Errorf("the report begins with %q, want it to say that nothing was deployed", got.First)
	}
	if got := rehearse(t, 1, ".", "--", "sh", "-c", "env; exit 3"); strings.Contains(got.Deploy.Output, "of-the-caller") {
		t.Errorf("the command saw what its caller has:\n%s", got.Deploy.Output)
	}
	// A global API key in a file goes before any token. It is sent to the throw-away server, and to nobody else.
	if err := os.WriteFile(".env", []byte("CLOUDFLARE_API_KEY=of-a-file\nCLOUDFLARE_EMAIL=of-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := rehearse(t, 1, "."); !strings.Contains(got.Deploy.Output, "Invalid format for X-Auth-Key header") {
		t.Errorf("got %+v, want the key refused", got.Deploy)
	}
}
