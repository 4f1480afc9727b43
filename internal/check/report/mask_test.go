package report_test

import (
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// Whatever is pointed at, the value of a secret is not printed. The secret is called hunter2 everywhere.
func TestSecretsAreMasked(t *testing.T) {
	for _, test := range []struct{ name, path, source, mark, want string }{
		{"the variable's name is pointed at", "a.toml", "[vars]\nAPI_TOKEN = \"hunter2\" # it", "API_TOKEN", "API_TOKEN = *** # it"},
		{"the secret itself", "a.toml", "[vars]\nAPI_TOKEN = \"hunter2\"", `"hunter2"`, "API_TOKEN = ***"},
		{"within the secret", "a.toml", "[vars]\nAPI_TOKEN = \"hunter2\"", "unter", "API_TOKEN = ***"},
		{"in an environment", "a.toml", "[env.production.vars]\nDB_PASSWORD = 'hunter2'", "DB_PASSWORD", "DB_PASSWORD = ***"},
		{"in one line with others", "a.jsonc", `{"vars": {"A": "1", "JWT_SECRET": "hunter2", "B": "2"}}`, `"B"`, `{"vars": {"A": "1", "JWT_SECRET": ***, "B": "2"}}`},
		{"in a list", "a.jsonc", `{"vars": {"API_KEYS": ["hunter2", "hunter2"]}}`, `"API_KEYS"`, `{"vars": {"API_KEYS": [***, ***]}}`},
		{"over several lines", "a.toml", "[vars]\nPRIVATE_KEY = \"\"\"\na\nhunter2 x\n\"\"\"\n", "hunter2", "***"},
		{"a connection string", "a.jsonc", `{"hyperdrive": [{"localConnectionString": "postgres://u:hunter2@h", "id": "x"}]}`, `"x"`, `"localConnectionString": ***, "id": "x"`},
		{"a part of a key", "a.toml", "[vars]\nK = { kty = \"OKP\", d = \"hunter2\" }", "K", `K = { kty = "OKP", d = *** }`},
		{"set within a command", "package.json", `{"scripts": {"d": "API_TOKEN=hunter2 wrangler deploy"}}`, `"d"`, `"d": "API_TOKEN=*** wrangler deploy"`},
		{"in a file of another language", "deploy.yml", "env:\n  API_TOKEN: hunter2\n", "API_TOKEN", "API_TOKEN: ***"},
		{"under no name that tells", "a.toml", "[vars]\nX = \"redis://:hunter2.hunter2@eu.acme.io\"", "X", "X = ***"},
		{"in a comment", "a.toml", "name = \"x\" # redis://:hunter2@eu.acme.io/ was it", "name", "redis://:***@eu.acme.io/ was it"},
		{"in a file that does not parse", "a.toml", "[vars]\nAPI_TOKEN = \"hunter2\n", "API", "API_TOKEN = ***"},
		{"in a JSON file that does not parse", "a.jsonc", `{"vars": {"API_TOKEN": "hunter2" x`, `"vars"`, `{"vars": {"API_TOKEN": ***`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := syntax.Plain(test.path, []byte(test.source))
			if !strings.HasSuffix(test.path, ".yml") {
				f = syntax.Parse(test.path, []byte(test.source))
			}
			got := text(t, false, check.Diagnostic{File: f, Span: spanOf(t, f, test.mark), Severity: check.Error})
			if strings.Contains(got, "hunter2") || strings.Contains(got, "unter") || !strings.Contains(got, test.want) {
				t.Errorf("of %q is printed\n%s\nwant a line with %q, and never the secret", test.source, got, test.want)
			}
		})
	}
}

// What is no secret is shown, though its name may sound like one.
func TestOthersAreShown(t *testing.T) {
	f := syntax.Parse("a.toml", []byte("[vars]\nLOG_LEVEL = \"debug\"\n[[kv_namespaces]]\nbinding = \"AUTH_TOKENS\"\n"))
	for _, mark := range []string{`"debug"`, `"AUTH_TOKENS"`} {
		got := text(t, false, check.Diagnostic{File: f, Span: spanOf(t, f, mark), Severity: check.Error})
		if !strings.Contains(got, mark) {
			t.Errorf("%s is not shown:\n%s", mark, got)
		}
	}
}
