//go:build npm

package conformance

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/cloudflare"
)

// delivered is the report of a deploy, as far as tests look at it.
type delivered struct {
	Passed   bool
	ExitCode int `json:"exit_code"`
	Deployed string
	Version  string `json:"version_id"`
	Rolled   string `json:"rolled_back"`
	Canary   *struct {
		Worker workerSaid `json:"worker_self_test"`
	}
	Worker   *workerSaid `json:"worker_self_test"`
	Override *struct{ Who, Reason, File string }
	Outcome  []string
}

type workerSaid struct{ State, URL, Why string }

// deploy runs `bindery deploy --auto` in production, and reads the report that it leaves in a file.
func (g *gate) deploy(want int, args ...string) delivered {
	g.t.Helper()
	file := filepath.Join(g.t.TempDir(), "report.json")
	said := g.run(want, "deploy", append([]string{"--env", "production", "--auto", "--report", file}, args...)...)
	var d delivered
	if err := json.Unmarshal(mustRead(g.t, file), &d); err != nil {
		g.t.Fatal(err)
	}
	if d.ExitCode != want || d.Passed != (want == 0) {
		g.t.Errorf("deploy %q: the report says %+v, and the exit code is %d\n%s", args, d, want, said)
	}
	return d
}

// serves are the versions by which production serves now.
func (g *gate) serves() []cloudflare.WorkerVersion {
	g.t.Helper()
	list, err := cloudflare.New(cloudflare.Options{BaseURL: g.house.server.BaseURL(), Token: cloudflare.Token(os.Getenv("CLOUDFLARE_API_TOKEN"))}).
		Deployments(g.t.Context(), g.account["production"], "orders-production")
	if err != nil {
		g.t.Fatal(err)
	}
	return list[0].Versions
}

func (g *gate) write(name, text string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, name), []byte(text), 0o644); err != nil {
		g.t.Fatal(err)
	}
}

// A canary with a probe of its own: the first deploy, one that holds, one that does not before it serves, and one that
// does not when it serves.
func TestDeployCanary(t *testing.T) {
	const worker = `import { probe } from "./bindery-probe.js";
export default { async fetch(request, env) {
	/*FAULT*/
	return await probe(request, env) ?? new Response("one");
} };`
	for _, r := range []release{older, newest} {
		t.Run(r.version, func(t *testing.T) {
			g := newGate(t, r)
			t.Setenv("X_API_KEY", "a key of the tests")
			g.replace("wrangler.toml", "compatibility_date", "preview_urls = true\ncompatibility_date")
			g.replace("wrangler.toml", "[env.production]\n", "[env.production]\nvars = { X_API_KEY = \"a key of the tests\" }\n")
			g.write("index.js", worker)
			g.run(0, "lock")
			g.run(0, "apply", "--env", "production")
			g.run(0, "probe", "--js")

			d := g.deploy(0, "--canary")
			if d.Canary != nil || !strings.Contains(strings.Join(d.Outcome, " "), "first deploy of this Worker") || d.Worker.State != "passed" {
				t.Fatalf("the first deploy: %+v, worker %+v", d, d.Worker)
			}
			first := g.serves()

			g.write("index.js", strings.Replace(worker, "one", "two", 1))
			d = g.deploy(0, "--canary", "--", "--message", "two it is")
			if d.Canary == nil || d.Canary.Worker.State != "passed" || !strings.Contains(d.Canary.Worker.URL, d.Version[:8]+"-orders-production.") || d.Worker.State != "passed" {
				t.Fatalf("a version that holds: %+v, canary %+v", d, d.Canary)
			}
			root, _ := url.Parse(g.house.server.URL())
			host := "orders-production.production.localhost:" + root.Port()
			if a := get(t, g.house.server.URL(), host, "/", ""); a.body != "two" || len(g.serves()) != 1 || g.serves()[0].ID != d.Version {
				t.Errorf("promoted: it answers %d %q, and %v serves", a.status, a.body, g.serves())
			}
			if a := get(t, g.house.server.URL(), first[0].ID[:8]+"-"+host, "/", ""); a.body != "one" {
				t.Errorf("the version before answers %d %q at its own address, want one", a.status, a.body)
			}
			second := g.serves()

			// It does not hold at its own address: nobody is served by it.
			g.write("index.js", strings.Replace(worker, "/*FAULT*/", `if (request.url.includes("kv-self-test")) throw new Error("no")`, 1))
			d = g.deploy(1, "--canary", "--timeout", "2s")
			if d.Deployed != "no" || d.Canary.Worker.State != "failed" || d.Rolled != "" || g.serves()[0] != second[0] {
				t.Errorf("a version that does not hold: %+v, canary %+v, serves %v", d, d.Canary, g.serves())
			}

			// It holds at its own address only: what served before serves again.
			g.write("index.js", strings.Replace(worker, "/*FAULT*/", `if (new URL(request.url).hostname.startsWith("orders")) throw new Error("no")`, 1))
			d = g.deploy(1, "--canary", "--timeout", "2s")
			if d.Deployed != "yes" || d.Canary.Worker.State != "passed" || d.Worker.State != "failed" || d.Rolled != "yes" || g.serves()[0] != second[0] {
				t.Errorf("a version that does not hold when it serves: %+v, canary %+v, serves %v", d, d.Canary, g.serves())
			}
			if a := get(t, g.house.server.URL(), host, "/", ""); a.body != "two" {
				t.Errorf("rolled back: it answers %d %q", a.status, a.body)
			}
		})
	}
}

// What disagrees with the lock is deployed with --force only, and recorded; another account never is.
func TestDeployForce(t *testing.T) {
	for _, r := range []release{older, newest} {
		t.Run(r.version, func(t *testing.T) {
			g := newGate(t, r)
			t.Setenv("GITHUB_ACTOR", "ana")
			g.run(0, "lock")
			g.run(0, "apply", "--env", "production")
			list, err := g.house.server.Platform().Namespaces(t.Context(), g.account["production"])
			if err != nil {
				t.Fatal(err)
			}
			moved, err := g.house.server.Platform().CreateNamespace(t.Context(), g.account["production"], "", "orders-eu")
			if err != nil {
				t.Fatal(err)
			}
			g.replace("wrangler.toml", list[0].ID, moved.ID)
			if d := g.deploy(1); d.Deployed != "no" || len(g.workers("production")) > 0 {
				t.Errorf("a namespace that is not the one of the lock: %+v", d)
			}
			records := filepath.Join(g.dir, "bindery.overrides")
			d := g.deploy(0, "--force", "moved to the EU, see issue 12")
			if d.Override == nil || d.Override.Who != "ana" || !strings.Contains(string(mustRead(t, records)), "moved to the EU, see issue 12") {
				t.Errorf("forced: %+v, recorded %s", d.Override, mustRead(t, records))
			}
			if len(g.workers("production")) != 1 {
				t.Errorf("forced: the account has %v", g.workers("production"))
			}

			before := mustRead(t, records)
			g.replace("wrangler.toml", g.account["production"], g.account["test"])
			d = g.deploy(1, "--force", "it is urgent")
			if d.Deployed != "no" || d.Override != nil || len(g.workers("test")) > 0 || string(mustRead(t, records)) != string(before) {
				t.Errorf("another account was forced: %+v", d)
			}
		})
	}
}
