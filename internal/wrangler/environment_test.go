package wrangler

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// inherits has a top level and three environments: one with nothing of its own, one with all, one that is only implied.
const inherits = `
name = "gateway"
account_id = "11111111111111111111111111111111"
main = "src/index.ts"
compatibility_date = "2025-01-01"
assets = { directory = "public", binding = "ASSETS" }
kv_namespaces = [{ binding = "CACHE", id = "top" }]

[vars]
LEVEL = "top"

[env.bare]

[env.own]
name = "own-gateway"
account_id = "22222222222222222222222222222222"
main = "src/own.ts"
compatibility_date = "2026-01-01"
assets = { directory = "own", binding = "FILES" }
kv_namespaces = [{ binding = "CACHE", id = "own" }]
vars = { LEVEL = "own", MORE = 1 }

[env.implied.vars]
LEVEL = "implied"
`

func TestEnvironment(t *testing.T) {
	c := parse(t, "wrangler.toml", inherits)
	tests := []struct{ env, want string }{
		{"", `top level: gateway 1111 src/index.ts 2025-01-01 [assets ASSETS, kv_namespace CACHE=top] [LEVEL]`},
		{"bare", `env "bare": gateway-bare 1111 src/index.ts 2025-01-01 [assets ASSETS] []`},
		{"own", `env "own": own-gateway 2222 src/own.ts 2026-01-01 [assets FILES, kv_namespace CACHE=own] [LEVEL MORE]`},
		{"implied", `env "implied": gateway-implied 1111 src/index.ts 2025-01-01 [assets ASSETS] [LEVEL]`},
	}
	for _, tt := range tests {
		e, err := c.Environment(tt.env)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, summary(e)); diff != "" {
			t.Errorf("env %q (-want +got)\n%s", tt.env, diff)
		}
	}
}

// TestTwins: what a file means does not depend on its format.
func TestTwins(t *testing.T) {
	twin := parse(t, "wrangler.jsonc", `{
		"name": "gateway",
		"account_id": "11111111111111111111111111111111",
		"main": "src/index.ts",
		"compatibility_date": "2025-01-01",
		"assets": { "directory": "public", "binding": "ASSETS" },
		"kv_namespaces": [{ "binding": "CACHE", "id": "top" }],
		"vars": { "LEVEL": "top" },
		"env": {
			"bare": {},
			"own": {
				"name": "own-gateway",
				"account_id": "22222222222222222222222222222222",
				"main": "src/own.ts",
				"compatibility_date": "2026-01-01",
				"assets": { "directory": "own", "binding": "FILES" },
				"kv_namespaces": [{ "binding": "CACHE", "id": "own" }],
				"vars": { "LEVEL": "own", "MORE": 1 },
			},
			"implied": { "vars": { "LEVEL": "implied" } },
		},
	}`)
	of := func(c *Config) (all []string) {
		for _, e := range append([]*Environment{c.Top}, c.Envs...) {
			all = append(all, summary(e))
		}
		return all
	}
	if diff := cmp.Diff(of(parse(t, "wrangler.toml", inherits)), of(twin)); diff != "" {
		t.Errorf("(-TOML +JSON)\n%s", diff)
	}
}

func TestWorkerName(t *testing.T) {
	tests := []struct{ name, src, env, want string }{
		{"top level", `{"name": "x"}`, "", "x"},
		{"suffixed", `{"name": "x", "env": {"e": {}}}`, "e", "x-e"},
		{"own", `{"name": "x", "env": {"e": {"name": "y"}}}`, "e", "y"},
		{"own and empty", `{"name": "x", "env": {"e": {"name": ""}}}`, "e", ""},
		{"null is none", `{"name": "x", "env": {"e": {"name": null}}}`, "e", "x-e"},
		{"none", `{"env": {"e": {}}}`, "e", ""},
		{"not checked again", `{"name": "x", "env": {"Prod Env": {}}}`, "Prod Env", "x-Prod Env"},
		{"no environments at all", `{"name": "x"}`, "e", "x-e"},
		{"Pages", `{"name": "x", "pages_build_output_dir": "dist"}`, "production", "x"},
		{"service environment", `{"name": "x", "legacy_env": false, "env": {"e": {}}}`, "e", "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Parse("wrangler.json", []byte(tt.src)).Environment(tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.WorkerName(); got != tt.want {
				t.Errorf("WorkerName of env %q in %s = %q, want %q", tt.env, tt.src, got, tt.want)
			}
		})
	}
}

// TestCommand: a command goes to the account of the environment, not to that of the top level.
func TestCommand(t *testing.T) {
	tests := []struct{ path, env, want string }{
		{"app/wrangler.toml", "", "wrangler d1 list"},
		{"app/wrangler.toml", "production", "wrangler d1 list --env production"},
		{"wrangler.toml", "it's live", `wrangler d1 list --env 'it'\''s live'`},
		{"app/wrangler.staging.toml", "eu-1", "wrangler d1 list --config wrangler.staging.toml --env eu-1"},
	}
	for _, tt := range tests {
		e, err := Parse(tt.path, nil).Environment(tt.env)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Command("wrangler d1 list"); got != tt.want {
			t.Errorf("Command for env %q of %s = %q, want %q", tt.env, tt.path, got, tt.want)
		}
	}
}

func TestUnknownEnvironment(t *testing.T) {
	tests := []struct{ name, src, env, hint string }{
		{"a typo", "[env.production]\n[env.staging]", "prodution", `did you mean "production"?`},
		{"another name", "[env.production]\n[env.staging]", "live", "it declares production, staging"},
		{"an empty section", "[env]", "live", "its env section is empty; leave the environment out for the top level"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("wrangler.toml", []byte(tt.src)).Environment(tt.env)
			var unknown *UnknownEnvironmentError
			if !errors.As(err, &unknown) {
				t.Fatalf("Environment(%q) of %q: %v, want *UnknownEnvironmentError", tt.env, tt.src, err)
			}
			if unknown.Hint() != tt.hint {
				t.Errorf("hint %q, want %q", unknown.Hint(), tt.hint)
			}
		})
	}
}

// TestUndeclaredEnvironment: a file without any environment gives its top level, with a warning.
func TestUndeclaredEnvironment(t *testing.T) {
	c := parse(t, "wrangler.toml", "name = \"x\"\nkv_namespaces = [{ binding = \"CACHE\" }]")
	e, err := c.Environment("production")
	if err != nil {
		t.Fatal(err)
	}
	if e.WorkerName() != "x-production" || len(e.Of(KVNamespace)) != 1 || e.Node != nil {
		t.Errorf("got %s with node %v, want the top level under another name", summary(e), e.Node)
	}
	if len(e.Problems) != 1 || e.Problems[0].Error || e.Refused() {
		t.Errorf("problems %v, want one warning", e.Problems)
	}
	if len(c.Top.Problems) != 0 {
		t.Errorf("the top level itself got %v", c.Top.Problems)
	}
}

func TestRefused(t *testing.T) {
	const bad = "workers_dev = 1\n"
	tests := []struct {
		name, src    string
		top, a, b    bool // refused?
		withProblems bool
	}{
		{"nothing wrong", "[env.a]\n[env.b]", false, false, false, false},
		{"a warning", "unknown = 1\n[env.a]\n[env.b]", false, false, false, true},
		{"top level", bad + "[env.a]\n[env.b]", true, true, true, true},
		{"one environment", "[env.a]\n" + bad + "[env.b]", false, true, false, true},
		{"names at the top level", "kv_namespaces = [{ binding = \"A\" }]\nvars.A = 1\n[env.a]\n[env.b]", true, false, false, true},
		{"syntax", "x =\n[env.a]\n" + bad + "[env.b]", true, true, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Parse("wrangler.toml", []byte(tt.src))
			problems := len(c.Problems)
			for env, want := range map[string]bool{"": tt.top, "a": tt.a, "b": tt.b} {
				e, err := c.Environment(env)
				if err != nil {
					t.Fatal(err)
				}
				problems += len(e.Problems)
				if got := e.Refused(); got != want {
					t.Errorf("%s refused = %v, want %v in %q", e.Label(), got, want, tt.src)
				}
			}
			if (problems > 0) != tt.withProblems {
				t.Errorf("%d problems in %q, want some = %v", problems, tt.src, tt.withProblems)
			}
		})
	}
}

func TestValue(t *testing.T) {
	c := parse(t, "wrangler.toml", "minify = true\nkeep_vars = true\ndefine = { A = \"1\" }\nroute = \"a\"\n[env.e]\nroute = \"\"")
	e := c.Envs[0]
	for key, want := range map[string]bool{"minify": true, "keep_vars": true, "define": false, "route": true, "unknown": false} {
		if got := e.Value(key) != nil; got != want {
			t.Errorf("Value(%q) applies = %v, want %v", key, got, want)
		}
	}
}

func parse(t *testing.T, path, src string) *Config {
	t.Helper()
	c := Parse(path, []byte(src))
	for _, e := range c.File.Errors {
		t.Fatalf("%s: %v: %s", path, c.File.Position(e.Span.Start), e.Message)
	}
	for _, e := range append([]*Environment{c.Top}, c.Envs...) {
		if e.Refused() {
			t.Fatalf("%s is refused: %v %v", e.Label(), c.Problems, e.Problems)
		}
	}
	return c
}

// summary is an environment in a line: label, Worker, account (its first digits), main, date, bindings, vars.
func summary(e *Environment) string {
	var bindings, vars []string
	for _, b := range e.Bindings {
		text := fmt.Sprintf("%s %s", b.Type, b.Text())
		if resource := b.Resource(); resource != nil {
			text += "=" + resource.Str()
		}
		bindings = append(bindings, text)
	}
	for _, v := range e.Vars {
		vars = append(vars, v.Name)
	}
	return fmt.Sprintf("%s: %s %.4s %s %s [%s] %v", e.Label(), e.WorkerName(), e.AccountID.Str(), e.Main.Str(),
		e.CompatibilityDate.Str(), strings.Join(bindings, ", "), vars)
}

// TestBindings: each type with its section, its name, and what says which resource it is; in the order of the file.
func TestBindings(t *testing.T) {
	c := load(t, "testdata/bindings.toml")
	var got []string
	for _, b := range c.Top.Bindings {
		resource := "none"
		if n := b.Resource(); n.Is(syntax.String) {
			resource = n.Text
		}
		got = append(got, fmt.Sprintf("%s %s %s %s", b.Section, b.Type, b.Text(), resource))
	}
	want := []string{
		"kv_namespaces kv_namespace KV kv-id",
		"durable_objects.bindings durable_object_namespace DO Counter",
		"queues.producers queue QUEUE jobs",
		"services service AUTH auth-worker",
		"ai ai AI none",
		"r2_buckets r2_bucket R2 models",
		"d1_databases d1 DB db-id",
		"workflows workflow FLOW orders",
		"vectorize vectorize VECTORS products",
		"hyperdrive hyperdrive PG hyperdrive-id",
		"analytics_engine_datasets analytics_engine EVENTS clicks",
		"dispatch_namespaces dispatch_namespace TENANTS tenants",
		"mtls_certificates mtls_certificate CERT cert-id",
		"send_email send_email MAIL none",
		"pipelines pipelines PIPE pipe-id",
		"k2 k2 K2 k2-stream",
		"agent_memory agent_memory MEMORY memories",
		"secrets_store_secrets secrets_store_secret STORED api-key",
		"ratelimits ratelimit LIMIT 1001",
		"worker_loaders worker_loader LOADER none",
		"vpc_services vpc_service VPC service-id",
		"vpc_networks vpc_network NET network-id",
		"ai_search ai_search SEARCH instance",
		"ai_search_namespaces ai_search_namespace SEARCH_NS space",
		"artifacts artifacts ART art",
		"flagship flagship FLAGS app",
		"unsafe_hello_world unsafe_hello_world HELLO none",
		"unsafe.bindings unsafe UNSAFE none",
		"logfwdr.bindings logfwdr LOGS sink",
		"browser browser BROWSER none",
		"analytics analytics ANALYTICS none",
		"images images IMAGES none",
		"stream stream STREAM none",
		"media media MEDIA none",
		"version_metadata version_metadata VERSION none",
		"assets assets ASSETS none",
		"kv_namespaces kv_namespace KV_NEW none",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(sections) != len(want)-1 {
		t.Errorf("%d sections, of which %d are shown", len(sections), len(want)-1)
	}
}
