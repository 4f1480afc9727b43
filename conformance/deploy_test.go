//go:build npm

package conformance

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/cli"
	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/server"
)

// gate is a project with the real wrangler, and two accounts on a server.
type gate struct {
	t       *testing.T
	house   house
	account map[string]string
	dir     string
}

func newGate(t *testing.T, r release) *gate {
	t.Helper()
	g := &gate{t: t, house: newHouse(t, server.Throttle{}), account: map[string]string{}}
	for _, name := range []string{"test", "production"} {
		a, err := g.house.server.Platform().EnsureAccount(t.Context(), name, "")
		if err != nil {
			t.Fatal(err)
		}
		g.account[name] = a.ID
	}
	project := t.TempDir()
	for name, text := range map[string]string{
		"wrangler.toml": "name = \"orders\"\nmain = \"index.js\"\ncompatibility_date = \"2026-04-01\"\n" +
			"[env.test]\naccount_id = \"" + g.account["test"] + "\"\n[[env.test.kv_namespaces]]\nbinding = \"ORDERS\"\n" +
			"[env.production]\naccount_id = \"" + g.account["production"] + "\"\n[[env.production.kv_namespaces]]\nbinding = \"ORDERS\"\n",
		"index.js": `export default { async fetch(request, env) { return new Response("order: " + await env.ORDERS.get("first")); } };`,
	} {
		if err := os.WriteFile(filepath.Join(project, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	g.dir = withWrangler(t, r, project)
	for name, value := range map[string]string{
		"CLOUDFLARE_API_BASE_URL": g.house.server.BaseURL(), "CLOUDFLARE_API_TOKEN": g.house.token(t),
		"CLOUDFLARE_ACCOUNT_ID": g.account["test"], // a trap: the file names another
		"WRANGLER_SEND_METRICS": "false", "WRANGLER_SEND_ERROR_REPORTS": "false", "CI": "1", "HOME": t.TempDir(), "npm_config_registry": "http://127.0.0.1:9/",
	} {
		t.Setenv(name, value)
	}
	return g
}

// run is one command of bindery in the project.
func (g *gate) run(want int, command string, args ...string) string {
	g.t.Helper()
	var out, errs bytes.Buffer
	if code := cli.Main(append([]string{command, g.dir}, args...), strings.NewReader(""), &out, &errs, os.Getenv); code != want {
		g.t.Fatalf("bindery %s %q ends with %d, want %d\n%s%s", command, args, code, want, &out, &errs)
	}
	return out.String() + errs.String()
}

// replace changes a text in a file of the project.
func (g *gate) replace(name, old, with string) {
	g.t.Helper()
	path := filepath.Join(g.dir, name)
	text, err := os.ReadFile(path)
	if err == nil && !bytes.Contains(text, []byte(old)) {
		g.t.Fatalf("%s does not hold %q:\n%s", name, old, text)
	}
	if err == nil {
		err = os.WriteFile(path, bytes.ReplaceAll(text, []byte(old), []byte(with)), 0o644)
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *gate) workers(account string) []string {
	g.t.Helper()
	list, err := cloudflare.New(cloudflare.Options{BaseURL: g.house.server.BaseURL(), Token: cloudflare.Token(os.Getenv("CLOUDFLARE_API_TOKEN"))}).
		Workers(g.t.Context(), g.account[account])
	if err != nil {
		g.t.Fatal(err)
	}
	return list
}

// The whole path over two accounts, with the real wrangler: agree, make, deploy, prove. Then the deploys that must
// not happen: nothing of them reaches any account.
func TestDeploy(t *testing.T) {
	for _, r := range []release{older, newest} {
		t.Run(r.version, func(t *testing.T) {
			g := newGate(t, r)
			g.run(1, "deploy", "--env", "production", "--auto") // nothing is agreed
			g.run(0, "lock")
			g.run(0, "apply", "--env", "production")
			g.run(0, "apply", "--env", "test")
			said := g.run(0, "deploy", "--env", "production", "--auto")
			if !strings.Contains(said, "1 KV binding proven") || len(g.workers("test")) != 0 {
				t.Errorf("the test account has %v; deploy said\n%s", g.workers("test"), said)
			}

			// What is written through the API of the account is what the Worker reads.
			list, err := g.house.server.Platform().Namespaces(t.Context(), g.account["production"])
			if err != nil || len(list) != 1 {
				t.Fatalf("production holds %v, %v; want one namespace", list, err)
			}
			ns, err := g.house.server.Platform().Namespace(t.Context(), g.account["production"], list[0].ID)
			if err == nil {
				err = ns.Put(t.Context(), kv.Pair{Key: "first", Item: kv.Item{Value: []byte("tea")}})
			}
			if err != nil {
				t.Fatal(err)
			}
			root, _ := url.Parse(g.house.server.URL())
			if a := get(t, g.house.server.URL(), "orders-production.production.localhost:"+root.Port(), "/", ""); a.body != "order: tea" {
				t.Errorf("the Worker answers %d %q", a.status, a.body)
			}

			var plan struct{ Changes []any }
			if err := json.Unmarshal([]byte(g.run(0, "plan", "--env", "production", "--format", "json")), &plan); err != nil || len(plan.Changes) > 0 {
				t.Errorf("after the deploy a plan still has changes: %v %v", plan.Changes, err)
			}

			// No id, and the account of the other environment: wrangler would make a second Worker and an empty namespace.
			before := string(mustRead(t, filepath.Join(g.dir, "wrangler.toml")))
			g.replace("wrangler.toml", "id = \""+list[0].ID+"\"\n", "")
			g.replace("wrangler.toml", g.account["production"], g.account["test"])
			if said := g.run(1, "deploy", "--env", "production", "--auto"); !strings.Contains(said, "and the lock says account") || len(g.workers("test")) != 0 {
				t.Errorf("the wrong account: the test account has %v\n%s", g.workers("test"), said)
			}

			// wrangler fails: the report says so, and what served goes on serving.
			if err := os.WriteFile(filepath.Join(g.dir, "wrangler.toml"), []byte(before), 0o644); err != nil {
				t.Fatal(err)
			}
			g.replace("index.js", "export default {", "throw new Error('at the start'); export default {")
			if said := g.run(1, "deploy", "--env", "production", "--auto"); !strings.Contains(said, "10021") || !strings.Contains(said, "wrangler ended with exit code") {
				t.Errorf("a Worker that throws at its start: %s", said)
			}
			if a := get(t, g.house.server.URL(), "orders-production.production.localhost:"+root.Port(), "/", ""); a.body != "order: tea" {
				t.Errorf("after a deploy that failed the Worker answers %d %q", a.status, a.body)
			}
		})
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
