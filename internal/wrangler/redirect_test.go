package wrangler

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseRedirect(t *testing.T) {
	base := filepath.FromSlash("/project/site")
	path := filepath.Join(base, redirectName)
	for _, test := range []struct{ src, target, problem string }{
		{`{"configPath": "../../dist/wrangler.json"}`, "/project/site/dist/wrangler.json", ""},
		{`{ /* a comment */ "configPath": "../../wrangler.json", }`, "/project/site/wrangler.json", ""},
		{`{"configPath": "/elsewhere/wrangler.json"}`, "/elsewhere/wrangler.json", ""},
		{`{"configPath": "a", "configPath": "b"}`, "/project/site/.wrangler/deploy/b", ""},
		{`{}`, "", `names no configuration: "configPath" is missing`},
		{`[]`, "", `expected`},
		{``, "", `empty`},
		{`{"configPath": ""}`, "", `"configPath" must be the path of a configuration`},
		{`{"configPath": 7}`, "", `"configPath" must be the path of a configuration`},
		{`{"configPath": "x"`, "", `expected '}'`},
	} {
		r := ParseRedirect(path, []byte(test.src))
		problem := ""
		if len(r.Problems) > 0 {
			problem = r.Problems[0].Message
		}
		if filepath.ToSlash(r.Target) != test.target || (problem == "") != (test.problem == "") || !strings.Contains(problem, test.problem) {
			t.Errorf("ParseRedirect(%s) leads to %q with the problem %q, want %q and %q", test.src, r.Target, problem, test.target, test.problem)
		}
		if r.Base != base {
			t.Errorf("ParseRedirect(%s): base %q, want %q", test.src, r.Base, base)
		}
	}
}

// What a build made is one environment; wrangler takes no other, and takes the keys that a build spells out.
func TestParseRedirected(t *testing.T) {
	const src = `{"name": "site-production", "legacy_env": true, "targetEnvironment": "production", "some_new_key": [],
		"kv_namespaces": [{"binding": "CACHE", "id": "b982c0993164e854bf8d26d52ff98e35"}]}`
	c := ParseRedirected(&Redirect{Target: "wrangler.json"}, []byte(src))
	if len(c.Problems)+len(c.Top.Problems) > 0 {
		t.Errorf("problems: %v %v, want none", c.Problems, c.Top.Problems)
	}
	for _, name := range []string{"", "production"} {
		env, err := c.Environment(name)
		if err != nil || env.Name != "production" || env.WorkerName() != "site-production" || len(env.Bindings) != 1 {
			t.Errorf("Environment(%q) = %+v, %v, want production as it was built", name, env, err)
		}
	}
	var other *RedirectedEnvironmentError
	if _, err := c.Environment("staging"); !errors.As(err, &other) || other.Made != "production" || other.Hint() == "" {
		t.Errorf("Environment(staging): %v, want *RedirectedEnvironmentError", err)
	}
	anonymous := ParseRedirected(&Redirect{Target: "wrangler.json"}, []byte(`{"name": "site"}`))
	if env, err := anonymous.Environment("staging"); err != nil || env.WorkerName() != "site" {
		t.Errorf("built for no environment in particular: %+v, %v, want it without a suffix", env, err)
	}
	refused := ParseRedirected(&Redirect{Target: "wrangler.json"}, []byte(`{"name": "site", "env": {"a": {}}, "vars": 1}`))
	if !refused.Top.Refused() || len(refused.Problems)+len(refused.Top.Problems) != 2 {
		t.Errorf("with environments and a wrong type: %v %v, want two errors", refused.Problems, refused.Top.Problems)
	}
}

func TestFindRedirect(t *testing.T) {
	dir := folder(t, "a/.wrangler/deploy/config.json", "a/b/c/wrangler.toml", "a/b/.wrangler/deploy/config.json/x")
	want := filepath.Join(dir, "a", redirectName)
	for _, test := range []struct{ from, top, want string }{
		{"a", "a", want},
		{"a/b/c", ".", want},
		{"a/b/c", "a/b", ""},
	} {
		if got := FindRedirect(filepath.Join(dir, test.from), filepath.Join(dir, test.top)); got != test.want {
			t.Errorf("FindRedirect from %s up to %s = %q, want %q", test.from, test.top, got, test.want)
		}
	}
}
