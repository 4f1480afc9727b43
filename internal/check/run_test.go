package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// everyID reports every KV id: a rule whose findings are easy to foresee.
var everyID = &check.Rule{
	ID:       "every-id",
	Severity: check.Warning,
	Environment: func(p *check.Pass) {
		for _, b := range p.Env.Of(wrangler.KVNamespace) {
			if id := b.Resource(); id != nil {
				p.Report(id.Span, "id of %s", b.Text())
			}
		}
	},
}

// everyEnv reports each environment at its first byte.
var everyEnv = &check.Rule{
	ID:          "every-env",
	Severity:    check.Info,
	Environment: func(p *check.Pass) { p.Report(p.Env.NameAt, "here is %s", p.Env.Label()) },
}

// project is one wrangler.toml, with a bindery.toml beside it unless that is empty.
func project(toml, ours string) *check.Project {
	p := &check.Project{
		Configs:  []*wrangler.Config{wrangler.Parse("wrangler.toml", []byte(toml))},
		Settings: map[string]*settings.Settings{},
	}
	if ours != "" {
		p.Settings["."] = settings.Parse("bindery.toml", []byte(ours))
	}
	return p
}

// run lists the findings, a line each: line number, severity, rule and message.
func run(p *check.Project, env *string, rules ...*check.Rule) []string {
	found := []string{}
	for _, d := range check.Run(p, check.Options{Rules: rules, Env: env}) {
		at := d.File.Position(d.Span.Start)
		found = append(found, fmt.Sprintf("%s:%d %s %s: %s", strings.TrimSuffix(d.File.Path, ".toml"), at.Line, d.Severity, d.Rule, d.Message))
	}
	return found
}

func TestSuppression(t *testing.T) {
	const namespace = "[[kv_namespaces]]\nbinding = \"A\"\n"
	for _, test := range []struct {
		name, toml string
		want       []string
	}{
		{"on the line", namespace + `id = "1" # bindery: ignore every-id -- known`, []string{}},
		{"on the line above", namespace + "# bindery: ignore every-id -- known\nid = \"1\"", []string{}},
		{"without blanks", namespace + "#bindery:ignore every-id --known\nid = \"1\"", []string{}},
		{"indented, CRLF", namespace + "\t# bindery: ignore every-id -- known\r\nid = \"1\"\r\n", []string{}},
		{"a comment between", namespace + "# bindery: ignore every-id -- known\n# more\nid = \"1\"", []string{}},
		{"two lines above", namespace + "# bindery: ignore every-id -- known\n\nid = \"1\"", []string{
			`wrangler:3 warning suppression: unused suppression: "every-id" finds nothing here`,
			"wrangler:5 warning every-id: id of A",
		}},
		{"behind the line above", "[[kv_namespaces]]\nbinding = \"A\" # bindery: ignore every-id -- known\nid = \"1\"", []string{
			`wrangler:2 warning suppression: unused suppression: "every-id" finds nothing here`,
			"wrangler:3 warning every-id: id of A",
		}},
		{"no reason", namespace + `id = "1" # bindery: ignore every-id`, []string{
			"wrangler:3 warning every-id: id of A",
			`wrangler:3 warning suppression: suppression of "every-id" gives no reason, so it is not honoured`,
		}},
		{"an empty reason", namespace + `id = "1" # bindery: ignore every-id --  `, []string{
			"wrangler:3 warning every-id: id of A",
			`wrangler:3 warning suppression: suppression of "every-id" gives no reason, so it is not honoured`,
		}},
		{"another rule", namespace + `id = "1" # bindery: ignore every-env -- known`, []string{
			"wrangler:3 warning every-id: id of A",
			`wrangler:3 warning suppression: suppression of "every-env", which is no rule`,
		}},
		{"in a string", namespace + "id = '# bindery: ignore every-id -- known'", []string{
			"wrangler:3 warning every-id: id of A",
		}},
		{"at the end of the file", namespace + "id = \"1\"\n# bindery: ignore every-id -- known", []string{
			"wrangler:3 warning every-id: id of A",
			`wrangler:4 warning suppression: unused suppression: "every-id" finds nothing here`,
		}},
		{"config", namespace + `id = "1" # bindery: ignore config -- known`, []string{
			"wrangler:3 warning every-id: id of A",
			`wrangler:3 warning suppression: rule "config" cannot be silenced`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, run(project(test.toml, ""), nil, everyID)); diff != "" {
				t.Errorf("of\n%s\nis found (-want +got):\n%s", test.toml, diff)
			}
		})
	}
}

const twoEnvironments = `
[[kv_namespaces]]
binding = "A"
id = "1"

[[env.staging.kv_namespaces]]
binding = "A"
id = "2"

[[env.production.kv_namespaces]]
binding = "A"
id = "3"
`

func TestEnvironmentShowsItselfAndTheTopLevel(t *testing.T) {
	top, staging := "wrangler:4 warning every-id: id of A", "wrangler:8 warning every-id: id of A"
	production := "wrangler:12 warning every-id: id of A"
	name := func(s string) *string { return &s }
	for _, test := range []struct {
		env  *string
		want []string
	}{
		{nil, []string{top, staging, production}},
		{name(""), []string{top}},
		{name("staging"), []string{top, staging}},
		{name("production"), []string{top, production}},
	} {
		got := run(project(twoEnvironments, ""), test.env, everyID)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("env %v (-want +got):\n%s", test.env, diff)
		}
	}
}

// A finding about two environments is shown when either is asked for.
func TestAlso(t *testing.T) {
	both := &check.Rule{ID: "both", Severity: check.Error, Project: func(p *check.Pass) {
		envs := p.Project.Configs[0].Envs
		p.Of(envs[0]).Report(envs[0].NameAt, "both").Also(envs[1])
	}}
	for _, env := range []string{"staging", "production"} {
		if got := run(project(twoEnvironments, ""), &env, both); len(got) != 1 {
			t.Errorf("env %s: found %q, want the one that is about both", env, got)
		}
	}
	if env := ""; len(run(project(twoEnvironments, ""), &env, both)) != 0 {
		t.Error("the top level shows a finding about two environments")
	}
}

func TestSeverities(t *testing.T) {
	for _, test := range []struct {
		rules string
		want  []string
	}{
		{"", []string{"wrangler:1 info every-env: here is top level", "wrangler:4 warning every-id: id of A"}},
		{"every-id = \"error\"", []string{"wrangler:1 info every-env: here is top level", "wrangler:4 error every-id: id of A"}},
		{"every-id = \"off\"", []string{"wrangler:1 info every-env: here is top level"}},
		{"every-id = \"info\"\nevery-env = \"off\"", []string{"wrangler:4 info every-id: id of A"}},
	} {
		p := project("\n[[kv_namespaces]]\nbinding = \"A\"\nid = \"1\"\n", "[rules]\n"+test.rules)
		if diff := cmp.Diff(test.want, run(p, nil, everyID, everyEnv)); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", test.rules, diff)
		}
	}
}

// everyTodo reports each TODO of a file that is no configuration.
func everyTodo(path, text string) *check.Rule {
	return &check.Rule{ID: "every-todo", Severity: check.Warning, Config: func(p *check.Pass) {
		file := syntax.Plain(path, []byte(text))
		for at, rest := 0, text; ; {
			i := strings.Index(rest, "TODO")
			if i < 0 {
				return
			}
			p.ReportIn(file, syntax.Span{Start: at + i, End: at + i + 4}, "to do")
			at, rest = at+i+4, rest[i+4:]
		}
	}}
}

// A finding in a script or a pipeline is silenced there, as in a configuration, and bindery.toml sets its severity too.
func TestFindingsInOtherFiles(t *testing.T) {
	for _, test := range []struct {
		name, path, text, rules string
		want                    []string
	}{
		{"found", "deploy.yml", "run: TODO", "", []string{"deploy.yml:1 warning every-todo: to do"}},
		{"severity", "package.json", `{ "scripts": "TODO" }`, `every-todo = "info"`, []string{"package.json:1 info every-todo: to do"}},
		{"off", "package.json", `{ "scripts": "TODO" }`, `every-todo = "off"`, []string{}},
		{"yaml", "deploy.yml", "# bindery: ignore every-todo -- by hand\nrun: TODO", "", []string{}},
		{"script", "src/index.ts", "env.TODO // bindery: ignore every-todo -- set by a secret", "", []string{}},
		{"no reason", "src/index.ts", "env.TODO // bindery: ignore every-todo", "", []string{
			"src/index.ts:1 warning every-todo: to do",
			`src/index.ts:1 warning suppression: suppression of "every-todo" gives no reason, so it is not honoured`,
		}},
		{"unused", "deploy.yml", "run: TODO\nrun: done # bindery: ignore every-todo -- by hand", "", []string{
			"deploy.yml:1 warning every-todo: to do",
			`deploy.yml:2 warning suppression: unused suppression: "every-todo" finds nothing here`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := project("x = 1", "[rules]\n"+test.rules)
			if diff := cmp.Diff(test.want, run(p, nil, everyTodo(test.path, test.text))); diff != "" {
				t.Errorf("of %q (-want +got):\n%s", test.text, diff)
			}
		})
	}
}

func TestSyntaxAndConfigCannotBeSilenced(t *testing.T) {
	for _, id := range []string{check.Syntax, check.Config} {
		loud := &check.Rule{ID: id, Severity: check.Error, Config: func(p *check.Pass) { p.Report(p.Config.Top.NameAt, "no") }}
		p := project("x = 1 # bindery: ignore "+id+" -- please", "[rules]\n"+id+" = \"off\"")
		if got := run(p, nil, loud); !slices.Contains(got, "wrangler:1 error "+id+": no") {
			t.Errorf("rule %s was silenced: %q", id, got)
		}
	}
}

// A rule that judges what is written looks at a broken file, too, and can be silenced there.
func TestUnparsedRules(t *testing.T) {
	written := *everyID
	written.Unparsed = true
	const toml = "[[kv_namespaces]]\nbinding = \"A\"\nid = \"1\"\nx = = 1\n"
	want := []string{"wrangler:3 warning every-id: id of A"}
	if diff := cmp.Diff(want, run(project(toml, ""), nil, &written, everyEnv)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	silenced := "# bindery: ignore every-env -- known\n" + strings.Replace(toml, "id", "# bindery: ignore every-id -- known\nid", 1)
	if got := run(project(silenced, ""), nil, &written, everyEnv); len(got) > 0 {
		t.Errorf("of\n%s\nis found %q, want nothing: one suppression is used, of the other nobody knows", silenced, got)
	}
}

// What could be read of a file with a syntax error is no ground for a judgement, and no suppression in it is unused.
func TestUnparsedFileIsLeftAlone(t *testing.T) {
	p := project("[[kv_namespaces]]\nbinding = \"A\"\nid = \"1\"\nx = = 1 # bindery: ignore every-id -- known\n", "")
	if len(p.Configs[0].File.Errors) == 0 {
		t.Fatal("the file parses")
	}
	parse := &check.Rule{ID: check.Syntax, Severity: check.Error, Unparsed: true, Config: func(p *check.Pass) {
		p.Report(p.Config.File.Errors[0].Span, "broken")
	}}
	want := []string{"wrangler:4 error syntax: broken"}
	if diff := cmp.Diff(want, run(p, nil, parse, everyID)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// wrangler's own warning is dropped where a rule of ours says more of the same place; its errors stay.
func TestEchoes(t *testing.T) {
	echo := func(s check.Severity) *check.Rule {
		return &check.Rule{ID: check.Config, Severity: s, Environment: func(p *check.Pass) { p.Report(p.Env.NameAt, "echo") }}
	}
	if got := run(project("x = 1", ""), nil, echo(check.Warning), everyEnv); len(got) != 1 {
		t.Errorf("a warning of wrangler's is repeated: %q", got)
	}
	if got := run(project("x = 1", ""), nil, echo(check.Error), everyEnv); len(got) != 2 {
		t.Errorf("an error of wrangler's is dropped: %q", got)
	}
}

// The order of the diagnostics depends on neither the order of files nor that of rules.
func TestOrder(t *testing.T) {
	a := wrangler.Parse("a/wrangler.toml", []byte(twoEnvironments))
	b := wrangler.Parse("b/wrangler.toml", []byte(twoEnvironments))
	forward := run(&check.Project{Configs: []*wrangler.Config{a, b}}, nil, everyID, everyEnv)
	backward := run(&check.Project{Configs: []*wrangler.Config{b, a}}, nil, everyEnv, everyID)
	if diff := cmp.Diff(forward, backward); diff != "" {
		t.Errorf("the other way round (-forward +backward):\n%s", diff)
	}
	if len(forward) != 12 || !strings.HasPrefix(forward[6], "b/") {
		t.Errorf("found %q, want six of each file, those of a/ first", forward)
	}
}
