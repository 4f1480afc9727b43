package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/bindery-dev/bindery/internal/check"
)

const placeholder = `name = "api" # 🗝 ключ
main = "src/index.ts"
compatibility_date = "2026-04-01"

[[kv_namespaces]]
binding = "CACHE"
id = "your-kv-id"
`

var filledIn = strings.Replace(placeholder, "your-kv-id", goodID, 1)

// An editing session from its start to its end: what is on the disk is judged at once, what is typed as it is typed,
// and what is closed unsaved is judged as it is on the disk again.
func TestSession(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", placeholder)
	c := start(t, newServer())

	if got := c.initialize(dir)["result"].(map[string]any)["serverInfo"]; !cmp.Equal(got, map[string]any{"name": "bindery", "version": "test"}) {
		t.Errorf("serverInfo = %v", got)
	}
	uri := fileURI(path)
	onDisk := c.diagnostics(uri)
	want := []string{"6:5-6:17 error id-invalid"}
	if diff := cmp.Diff(want, brief(onDisk)); diff != "" {
		t.Fatalf("a file that is not open (-want +got):\n%s", diff)
	}
	if onDisk.Version != nil {
		t.Errorf("a file that is not open has version %d", *onDisk.Version)
	}

	c.open(path, placeholder)
	if p := c.diagnostics(uri); p.Version == nil || *p.Version != 1 || len(p.Diagnostics) != 1 {
		t.Errorf("opened: %+v, want one finding in version 1", p)
	}
	c.change(uri, 2, filledIn)
	if p := c.diagnostics(uri); len(p.Diagnostics) != 0 || *p.Version != 2 {
		t.Errorf("typed: %+v, want none in version 2", p)
	}
	c.change(uri, 3, strings.Replace(filledIn, `id = "`, `id = `, 1))
	if diff := cmp.Diff("error syntax", rest(brief(c.diagnostics(uri))[0])); diff != "" {
		t.Errorf("a quote is missing (-want +got):\n%s", diff)
	}
	c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri}})
	if diff := cmp.Diff(want, brief(c.diagnostics(uri))); diff != "" {
		t.Errorf("closed without saving (-want +got):\n%s", diff)
	}

	if got := c.request("shutdown", nil); got["error"] != nil {
		t.Errorf("shutdown: %v", got["error"])
	}
	c.notify("exit", nil)
	if err := c.end(); err != nil {
		t.Errorf("Run = %v", err)
	}
	c.in.Close()
}

// A change that is older than what is there, or of a part of the text, is refused as a whole.
func TestRefusedChanges(t *testing.T) {
	dir := t.TempDir()
	c := start(t, newServer())
	c.initialize(dir)
	uri := c.open(write(t, dir, "wrangler.toml", placeholder), placeholder)
	c.change(uri, 5, filledIn)
	c.change(uri, 4, placeholder)
	somewhere := map[string]any{"start": position{}, "end": position{1, 0}}
	c.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri, "version": 6},
		"contentChanges": []any{map[string]any{"text": placeholder}, map[string]any{"range": somewhere, "text": ""}},
	})
	// The answer to a request for fixes waits until the text is judged that is there.
	actions := c.request("textDocument/codeAction", map[string]any{
		"textDocument": map[string]any{"uri": uri}, "range": map[string]any{"start": position{}, "end": position{99, 0}}, "context": map[string]any{},
	})
	if got := actions["result"].([]any); len(got) > 0 {
		t.Errorf("in version 5, which has no mistake, there is to fix: %v", got)
	}
	c.change(uri, 7, placeholder)
	if p := c.diagnostics(uri); len(p.Diagnostics) != 1 || *p.Version != 7 {
		t.Errorf("after version 7: %+v, want one finding", p)
	}
}

// A finding has everything an editor can show of it.
func TestDiagnosticInFull(t *testing.T) {
	dir := t.TempDir()
	shared := placeholder + "[[kv_namespaces]]\nbinding = \"B\"\nid = \"" + goodID + "\"\n[[kv_namespaces]]\nbinding = \"C\"\nid = \"" + goodID + "\"\n"
	path := write(t, dir, "wrangler.toml", shared)
	c := start(t, newServer())
	c.initialize(dir)
	for _, d := range c.diagnostics(fileURI(path)).Diagnostics {
		if d.Code != "kv-id-shared" {
			continue
		}
		if d.Source != "bindery" || d.CodeDescription.Href != "https://rules.example/kv-id-shared" || !strings.Contains(d.Message, "\n") {
			t.Errorf("finding %+v lacks its source, its page or what to do", d)
		}
		if len(d.RelatedInformation) < 2 || d.RelatedInformation[1].Location.URI != fileURI(path) {
			t.Errorf("its second place is not related: %+v", d.RelatedInformation)
		}
		return
	}
	t.Error("kv-id-shared is not found")
}

func TestHover(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", placeholder)
	c := start(t, newServer())
	c.initialize(dir)
	c.diagnostics(fileURI(path))
	hoverAt := func(line, character int) any {
		return c.request("textDocument/hover", map[string]any{
			"textDocument": map[string]any{"uri": fileURI(path)}, "position": position{line, character},
		})["result"]
	}
	h := as[hover](t, hoverAt(6, 8))
	for _, part := range []string{"**id-invalid: ", "## What happens", "## Cure", "(https://rules.example/id-invalid)"} {
		if !strings.Contains(h.Contents.Value, part) {
			t.Errorf("the hover lacks %q:\n%s", part, h.Contents.Value)
		}
	}
	if strings.Contains(h.Contents.Value, "## Before") {
		t.Errorf("the hover shows the example:\n%s", h.Contents.Value)
	}
	if h.Range != (textRange{position{6, 5}, position{6, 17}}) {
		t.Errorf("the hover is about %v", h.Range)
	}
	if got := hoverAt(0, 0); got != nil {
		t.Errorf("where nothing is found the hover shows %v", got)
	}
}

// The quick fixes are edits of what the editor shows, even if that has just changed.
func TestCodeActions(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", placeholder)
	c := start(t, newServer())
	c.initialize(dir)
	uri := c.open(path, placeholder)
	c.change(uri, 2, "# one line more\r\n"+placeholder)

	ask := func(r textRange, only ...string) []codeAction {
		return as[[]codeAction](t, c.request("textDocument/codeAction", map[string]any{
			"textDocument": map[string]any{"uri": uri}, "range": r, "context": map[string]any{"diagnostics": []any{}, "only": only},
		})["result"])
	}
	var got []string
	for _, a := range ask(textRange{position{7, 7}, position{7, 7}}) {
		edit := a.Edit.Changes[uri][0]
		got = append(got, fmt.Sprintf("%s %q preferred=%v %v %q", a.Kind, a.Title, a.IsPreferred, edit.Range, edit.NewText))
	}
	want := []string{
		`quickfix "fill in an id" preferred=true {{7 5} {7 17}} "\"` + goodID + `\""`,
		`quickfix "silence id-invalid here, with a reason to fill in" preferred=false {{7 0} {7 0}} "# bindery: ignore id-invalid -- \r\n"`,
		`source.fixAll.bindery "bindery: make all safe fixes in this file" preferred=false {{7 5} {7 17}} "\"` + goodID + `\""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	for only, want := range map[string]int{"quickfix": 2, "source": 1, "source.fixAll": 1, "source.fixAll.bindery": 1, "refactor": 0, "": 3} {
		if got := ask(textRange{position{7, 7}, position{7, 7}}, only); len(got) != want {
			t.Errorf("only %q: %d actions, want %d", only, len(got), want)
		}
	}
	if got := ask(textRange{}); len(got) != 1 || got[0].Kind != kindFixAll {
		t.Errorf("where nothing is found: %+v, want all safe fixes only", got)
	}
}

// An editor that can is asked to tell of whatever a rule reads, not of configurations alone.
func TestWatchedFiles(t *testing.T) {
	c := start(t, newServer())
	c.request("initialize", map[string]any{"capabilities": map[string]any{
		"workspace": map[string]any{"didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}},
	}})
	c.notify("initialized", map[string]any{})
	asked := fmt.Sprint(c.await("a registration", func(m map[string]any) bool { return m["method"] == "client/registerCapability" })["params"])
	for _, name := range []string{"wrangler", "bindery.toml", "bindery*.lock", "package.json", ".github/workflows", ".gitlab-ci.yml", ".wrangler/deploy/config.json", "tsx"} {
		if !strings.Contains(asked, name) {
			t.Errorf("no watch for %s in %s", name, asked)
		}
	}
}

// A comment in a package.json would break it.
func TestNoCommentInPackageJSON(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, ".git/HEAD", "ref: refs/heads/main\n")
	write(t, dir, "wrangler.toml", "name = \"api\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-04-01\"\n[env.production]\n")
	text := "{\n  \"scripts\": { \"deploy\": \"wrangler deploy --env nope\" }\n}\n"
	path := write(t, dir, "package.json", text)
	c := start(t, newServer())
	c.initialize(dir)
	uri := c.open(path, text)
	if got := rest(strings.Join(brief(c.diagnostics(uri)), "; ")); got != "warning deploy-environment" {
		t.Fatalf("found %q, want an environment that is not declared", got)
	}
	actions := c.request("textDocument/codeAction", map[string]any{
		"textDocument": map[string]any{"uri": uri}, "range": textRange{position{1, 0}, position{2, 0}}, "context": map[string]any{"diagnostics": []any{}},
	})["result"]
	if got := as[[]codeAction](t, actions); len(got) > 0 {
		t.Errorf("actions %+v, want none", got)
	}
}

func TestDocumentLinks(t *testing.T) {
	dir := t.TempDir()
	text := "[[kv_namespaces]]\nbinding = \"A\"\nid = \"x\" # bindery: ignore id-invalid -- later\n[[kv_namespaces]]\n[env.staging]\nroute = \"a/*\"\n"
	path := write(t, dir, "wrangler.toml", text)
	c := start(t, newServer())
	c.initialize(dir)
	uri := c.open(path, text)
	var got []string
	for _, l := range as[[]documentLink](t, c.request("textDocument/documentLink", map[string]any{"textDocument": map[string]any{"uri": uri}})["result"]) {
		got = append(got, fmt.Sprintf("%d:%d %s", l.Range.Start.Line, l.Range.Start.Character, l.Target))
	}
	want := []string{
		"2:27 https://rules.example/id-invalid",
		"0:2 " + reference + "#kv-namespaces",
		"4:1 " + reference + "#environments",
		"5:0 " + reference + "#types-of-routes",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	other := c.open(write(t, dir, "Cargo.toml", "name = \"x\"\n"), "name = \"x\"\n")
	if got := c.request("textDocument/documentLink", map[string]any{"textDocument": map[string]any{"uri": other}})["result"]; len(got.([]any)) > 0 {
		t.Errorf("a file that is no configuration has links: %v", got)
	}
}

// What an editor should not send is answered, and the session goes on.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "wrangler.toml", placeholder)
	s := newServer()
	s.Judge = func(ctx context.Context, folders []string, open map[string][]byte, changed []string) ([]check.Diagnostic, error) {
		if len(open) > 1 {
			panic("too many files")
		}
		return judgeFolders(ctx, folders, open, changed)
	}
	c := start(t, s)
	code := func(answer map[string]any) any { return answer["error"].(map[string]any)["code"] }
	if got := code(c.request("textDocument/hover", nil)); got != float64(codeNotInitialized) {
		t.Errorf("before initialize: code %v", got)
	}
	c.raw("Content-Length: 5\r\n\r\n{nope")
	if got := code(c.await("broken JSON", func(m map[string]any) bool { return m["error"] != nil })); got != float64(codeParseError) {
		t.Errorf("broken JSON: code %v", got)
	}
	c.initialize(dir)
	uri := c.open(path, placeholder)
	for _, test := range []struct {
		method string
		params any
		want   int
	}{
		{"initialize", map[string]any{}, codeInvalidRequest},
		{"textDocument/rename", map[string]any{}, codeMethodNotFound},
		{"textDocument/hover", []int{1}, codeInvalidParams},
		{"textDocument/hover", nil, 0}, // no document: nothing to show
		{"textDocument/hover", map[string]any{"textDocument": map[string]any{"uri": "untitled:1"}}, 0},
		{"textDocument/hover", map[string]any{"textDocument": map[string]any{"uri": uri}, "position": position{99, 99}}, 0},
	} {
		answer := c.request(test.method, test.params)
		if test.want == 0 && answer["error"] == nil {
			continue
		}
		if answer["error"] == nil || code(answer) != float64(test.want) {
			t.Errorf("%s %v: %v, want code %d", test.method, test.params, answer, test.want)
		}
	}
	c.change("file:///not/open.toml", 1, "")
	c.notify("$/setTrace", map[string]any{"value": "off"})
	c.open(path+"2", "")
	if got := code(c.request("textDocument/codeAction", map[string]any{"textDocument": map[string]any{"uri": uri}})); got != float64(codeInternal) {
		t.Errorf("a panic: code %v", got)
	}
	c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri + "2"}})
	if got := brief(c.diagnostics(uri)); len(got) != 1 {
		t.Errorf("after all that %q is found", got)
	}
	c.request("shutdown", nil)
	if got := code(c.request("textDocument/hover", nil)); got != float64(codeInvalidRequest) {
		t.Errorf("after shutdown: code %v", got)
	}
}

func TestEndings(t *testing.T) {
	tests := []struct {
		name string
		play func(c *client)
		want string
	}{
		{"nothing was said", func(c *client) { c.in.Close() }, ""},
		{"exit without shutdown", func(c *client) { c.initialize(); c.notify("exit", nil) }, ErrNoShutdown.Error()},
		{"the editor is gone", func(c *client) { c.initialize(); c.in.Close() }, ErrNoShutdown.Error()},
		{"gone within a message", func(c *client) { c.raw("Content-Length: 10\r\n\r\n{"); c.in.Close() }, "unexpected EOF"},
		{"no length", func(c *client) { c.raw("Content-Type: x\r\n\r\n{}") }, "no Content-Length"},
		{"too long", func(c *client) { c.raw("Content-Length: 99999999999\r\n\r\n") }, "no number from 0 to"},
		{"no header", func(c *client) { c.raw("hello\r\n") }, "has no colon"},
		{"endless header", func(c *client) { go io.WriteString(c.in, strings.Repeat("x", 2*maxHeader)) }, "longer than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, newServer())
			test.play(c)
			got := ""
			if err := c.end(); err != nil {
				got = err.Error()
			}
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("Run = %q, want %q", got, test.want)
			}
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, _ := io.Pipe()
	if err := newServer().Run(ctx, in, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want that it was cancelled", err)
	}
}

func TestPathsAndURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"file:///srv/a%20b/wrangler.toml":     "/srv/a b/wrangler.toml",
		"file:///srv/%D0%BA/wrangler.toml":    "/srv/к/wrangler.toml",
		"file://localhost/srv/wrangler.toml":  "/srv/wrangler.toml",
		"file:///c%3A/work/wrangler.toml":     "c:/work/wrangler.toml",
		"untitled:Untitled-1":                 "",
		"git:/srv/wrangler.toml?%7B%7D":       "",
		"file://other-host/srv/wrangler.toml": "",
		"%":                                   "",
	} {
		if got, ok := pathOf(uri); got != want || ok != (want != "") {
			t.Errorf("pathOf(%q) = %q, %v, want %q", uri, got, ok, want)
		}
	}
	for path, want := range map[string]string{
		"/srv/a b/к.toml":         "file:///srv/a%20b/%D0%BA.toml",
		"c:/work/wrangler.toml":   "file:///c:/work/wrangler.toml",
		"/srv/100%/wrangler.toml": "file:///srv/100%25/wrangler.toml",
	} {
		if got := fileURI(path); got != want {
			t.Errorf("uriOf(%q) = %q, want %q", path, got, want)
		}
	}
}

// brief is "line:column-line:column severity rule" of each finding.
func brief(p publishDiagnosticsParams) []string {
	names := map[int]string{severities[check.Error]: "error", severities[check.Warning]: "warning", severities[check.Info]: "info"}
	var out []string
	for _, d := range p.Diagnostics {
		out = append(out, fmt.Sprintf("%d:%d-%d:%d %s %s", d.Range.Start.Line, d.Range.Start.Character,
			d.Range.End.Line, d.Range.End.Character, names[d.Severity], d.Code))
	}
	return out
}

func rest(s string) string { _, after, _ := strings.Cut(s, " "); return after }
