package wrangler

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBroken: of a file with a syntax error the rest is judged all the same, but for what may be missing only because it
// stands behind the mistake.
func TestBroken(t *testing.T) {
	tests := []struct {
		name, toml, jsonc string
		want              []string
	}{
		{
			"a value of the wrong type",
			"name = worker\nworkers_dev = \"yes\"\n",
			`{ "name": worker, "workers_dev": "yes" }`,
			[]string{`"workers_dev" must be true or false, not a string`},
		},
		{
			"a misspelt key, far from the mistake",
			"name = worker\n[env.production]\ncompatability_date = \"2025-01-01\"\n",
			`{ "name": worker, "env": { "production": { "compatability_date": "2025-01-01" } } }`,
			[]string{`wrangler knows no key "compatability_date"`},
		},
		{
			"what is not there",
			"[[kv_namespaces]]\nbinding = CACHE\n[[migrations]]\n",
			`{ "kv_namespaces": [{ "binding": CACHE }], "migrations": [{}] }`,
			nil,
		},
		{
			"a class without a migration",
			"migrations = v1\n[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n",
			`{ "migrations": v1, "durable_objects": { "bindings": [{ "name": "A", "class_name": "A" }] } }`,
			nil,
		},
		{
			"what only one more key would make right",
			"name = x\nobservability = { logs = {} }\nroutes = [{ pattern = \"a\" }]\npipelines = [{ binding = \"P\", stream = 5 }]\n",
			`{ "name": x, "observability": { "logs": {} }, "routes": [{ "pattern": "a" }], "pipelines": [{ "binding": "P", "stream": 5 }] }`,
			nil,
		},
		{
			"two keys that cannot stand together",
			"name = x\nroute = \"a\"\nroutes = []\n",
			`{ "name": x, "route": "a", "routes": [] }`,
			[]string{`"routes" cannot stand beside "route" in top level`},
		},
		{
			"a name given twice",
			"name = x\nkv_namespaces = [{ binding = \"A\" }]\nvars = { A = \"a\" }\n",
			`{ "name": x, "kv_namespaces": [{ "binding": "A" }], "vars": { "A": "a" } }`,
			[]string{`the name "A" is given twice`},
		},
		{
			"brackets that do not match", // so that nobody knows where a value belongs
			"",
			`{ "assets": { "directory": "a", "name": 5, "unknown": 1 `,
			nil,
		},
		{
			"a header that is broken", // what stands below it is not read as if it stood above
			"[assets]\n[env.production\nname = 5\n[vars]\nA = 2025-01-01\n",
			"",
			[]string{`variable "A" is a date, which wrangler does not take`},
		},
	}
	for _, tt := range tests {
		for path, src := range map[string]string{"wrangler.toml": tt.toml, "wrangler.jsonc": tt.jsonc} {
			if src == "" {
				continue
			}
			t.Run(tt.name+" in "+path, func(t *testing.T) {
				c := Parse(path, []byte(src))
				if len(c.File.Errors) == 0 {
					t.Errorf("%q is not broken", src)
				}
				var got []string
				for _, problems := range append([][]Problem{c.Problems}, problemsOf(c)...) {
					for _, p := range problems {
						message, _, _ := strings.Cut(p.Message, ":")
						got = append(got, message)
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s\n(-want +got)\n%s", src, diff)
				}
			})
		}
	}
}

// problemsOf lists those of each environment.
func problemsOf(c *Config) (all [][]Problem) {
	for _, e := range append([]*Environment{c.Top}, c.Envs...) {
		all = append(all, e.Problems)
	}
	return all
}
