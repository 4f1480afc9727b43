package check_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/check"
)

const agreed = `version = 1
[top-level]
account_id = "960a51529c816b327b2e962bae18f22b"
account_name = "Example Test"
`

// A lock is that of the configuration beside it, by name; one with a mistake says nothing; the text of an editor counts.
func TestLocks(t *testing.T) {
	tree(t, map[string]string{
		"wrangler.toml": "", "bindery.lock": agreed,
		"wrangler.admin.toml":  "",
		"broken/wrangler.toml": "", "broken/bindery.lock": "version = 1\n[top-level]\n",
		"none/wrangler.toml": "",
	})
	path, err := filepath.Abs("none/bindery.lock")
	if err != nil {
		t.Fatal(err)
	}
	open := map[string][]byte{path: []byte(agreed)}
	for _, c := range []struct {
		path, want string
		open       map[string][]byte
	}{
		{"wrangler.toml", "Example Test", nil},
		{"wrangler.admin.toml", "", nil},
		{"broken/wrangler.toml", "", nil},
		{"none/wrangler.toml", "", nil},
		{"none/wrangler.toml", "Example Test", open},
	} {
		p, err := check.Load(context.Background(), []string{c.path}, check.LoadOptions{Open: c.open})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.AccountOf(p.Configs[0].Top).Name; got != c.want {
			t.Errorf("%s (editor: %v): account %q, want %q", c.path, c.open != nil, got, c.want)
		}
	}
}

// What a build made goes by the lock beside the file that it was made from.
func TestLockOfABuild(t *testing.T) {
	tree(t, map[string]string{
		"wrangler.toml": "", "bindery.lock": agreed, "dist/wrangler.json": "{}",
		".wrangler/deploy/config.json": `{"configPath": "../../dist/wrangler.json"}`,
	})
	p, err := check.LoadProject([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	built := 0
	for _, c := range p.Configs {
		if c.Redirect != nil {
			built++
		}
		if p.AccountOf(c.Top).Name != "Example Test" {
			t.Errorf("%s: no account, want that of the lock", c.Path)
		}
	}
	if built != 1 {
		t.Errorf("%d built configurations, want 1", built)
	}
}

// A lock that cannot be read is said to be so, and all else is judged.
func TestUnreadableLock(t *testing.T) {
	tree(t, map[string]string{"wrangler.toml": ""})
	if err := os.Mkdir("bindery.lock", 0o777); err != nil {
		t.Fatal(err)
	}
	p, err := check.Load(context.Background(), []string{"."}, check.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Configs) != 1 || len(p.Unread) != 1 || filepath.Base(p.Unread[0].Path) != "bindery.lock" {
		t.Errorf("got %d configurations, unread %v; want one of each", len(p.Configs), p.Unread)
	}
}

// A rule that is over another has the word of a place, in its own notes and in those of the other, unless it is off.
func TestRuleOver(t *testing.T) {
	more := &check.Rule{ID: "more", Severity: check.Error, Over: []string{"less"}, Config: func(p *check.Pass) {
		p.Report(p.Config.Top.Worker.Span, "more")
	}}
	less := &check.Rule{ID: "less", Severity: check.Warning, Config: func(p *check.Pass) {
		p.Report(p.Config.Top.Worker.Span, "at the place")
		p.Report(p.Config.File.Root.Get("main").Span, "with a note there").Note(p.Config.Top.Worker.Span, "here")
		p.Report(p.Config.File.Root.Get("main").Span, "elsewhere")
	}}
	for settings, want := range map[string][]string{
		"":                        {"more", "elsewhere"},
		"[rules]\nmore = \"off\"": {"at the place", "elsewhere", "with a note there"},
	} {
		var got []string
		for _, d := range check.Run(project("name = \"a\"\nmain = \"b\"\n", settings), check.Options{Rules: []*check.Rule{more, less}}) {
			got = append(got, d.Message)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", settings, diff)
		}
	}
}
