package cli

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/platform"
)

// cache is the id of the namespace that the configuration binds.
func (h *gateHouse) cache() string {
	h.t.Helper()
	id := regexp.MustCompile(`(?m)^id = "([0-9a-f]{32})"$`).FindStringSubmatch(h.read("wrangler.toml"))
	if id == nil {
		h.t.Fatalf("no id in\n%s", h.read("wrangler.toml"))
	}
	return id[1]
}

// holds are the titles of an account's namespaces, and the buckets and Workers that it has.
func (h *gateHouse) holds(account string) string {
	h.t.Helper()
	list, err := h.server.Platform().Namespaces(context.Background(), account)
	if err != nil {
		h.t.Fatal(err)
	}
	var all []string
	for _, n := range list {
		all = append(all, n.ID+" "+n.Title)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Between two commands somebody deletes the namespace, renames it, or makes it again under its title. Whoever comes next says
// so before anything is done; a new title alone is nobody's harm. Configuration and lock stay as they were, unless the command
// was there to write them.
func TestNamespaceMoves(t *testing.T) {
	fakeNode(t)
	namespaces := func(h *gateHouse) (*platform.Platform, context.Context) {
		return h.server.Platform(), context.Background()
	}
	gone := func(h *gateHouse) error {
		p, ctx := namespaces(h)
		return p.DeleteNamespace(ctx, h.account, h.cache())
	}
	events := map[string]func(h *gateHouse) error{
		"deleted": gone,
		"renamed": func(h *gateHouse) error {
			p, ctx := namespaces(h)
			_, err := p.RenameNamespace(ctx, h.account, h.cache(), "other")
			return err
		},
		"made again": func(h *gateHouse) error {
			p, ctx := namespaces(h)
			if err := gone(h); err != nil {
				return err
			}
			_, err := p.CreateNamespace(ctx, h.account, "", "api-cache")
			return err
		},
	}
	for _, c := range []struct {
		event, command string
		code           int
		says           []string
		writes         string // the file that may have changed
	}{
		{"deleted", "lock", exitProblems, []string{"? CACHE  KV namespace", "not found", "1 binding leads to what is not there"}, "bindery.lock"},
		{"deleted", "lock --check", exitProblems, []string{"? CACHE  KV namespace", "does not say what the accounts say"}, ""},
		{"deleted", "plan", exitProblems, []string{"not found. [code: 10041]", "was deleted"}, ""},
		{"deleted", "apply", exitProblems, []string{"not found. [code: 10041]", "nothing was done: 1 binding has to be corrected"}, ""},
		{"deleted", "deploy --auto", exitProblems, []string{"[code: 10041]", "nothing was deployed"}, ""},
		{"deleted", "deploy --auto --plan plan.json", exitProblems, []string{"[code: 10041]", "CACHE is not what the plan says", "nothing was deployed"}, ""},

		{"renamed", "lock", exitOK, []string{"~ CACHE  title: api-cache → other", "written"}, "bindery.lock"},
		{"renamed", "lock --check", exitProblems, []string{"title: api-cache → other"}, ""},
		{"renamed", "plan", exitOK, []string{`"other", exists, as locked, sealed`}, ""},
		{"renamed", "apply", exitOK, []string{`+title = "other"`}, "bindery.lock"},
		{"renamed", "deploy --auto", exitOK, []string{"top level is deployed to", "1 KV binding proven"}, ""},
		{"renamed", "deploy --auto --plan plan.json", exitOK, []string{"1 KV binding proven"}, ""},

		{"made again", "lock", exitProblems, []string{"? CACHE  KV namespace", `holds "api-cache", which looks meant`}, "bindery.lock"},
		{"made again", "lock --check", exitProblems, []string{`holds "api-cache", which looks meant`}, ""},
		{"made again", "plan", exitProblems, []string{"[code: 10041]", `holds "api-cache", which looks meant`}, ""},
		{"made again", "apply", exitProblems, []string{"[code: 10041]", `holds "api-cache", which looks meant`, "nothing was done"}, ""},
		{"made again", "deploy --auto", exitProblems, []string{"[code: 10041]", "nothing was deployed"}, ""},
		{"made again", "deploy --auto --plan plan.json", exitProblems, []string{"CACHE is not what the plan says", "nothing was deployed"}, ""},
	} {
		t.Run(c.event+" before "+c.command, func(t *testing.T) {
			t.Parallel()
			h := newDeployHouse(t)
			words := strings.Fields(strings.ReplaceAll(c.command, "plan.json", h.dir+"/plan.json"))
			if code, out := h.run("plan", "--out", h.dir+"/plan.json"); code != exitOK {
				t.Fatalf("plan: exit code %d\n%s", code, out)
			}
			if err := events[c.event](h); err != nil {
				t.Fatal(err)
			}
			before := map[string]string{"wrangler.toml": h.read("wrangler.toml"), "bindery.lock": h.read("bindery.lock")}
			held, deployed := h.holds(h.account), h.deployments()
			code, out := h.run(words[0], words[1:]...)
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, out)
			}
			for _, text := range c.says {
				if !strings.Contains(out, text) {
					t.Errorf("it does not say %q:\n%s", text, out)
				}
			}
			for name, text := range before {
				if changed := h.read(name) != text; changed != (name == c.writes) {
					t.Errorf("%s: changed is %v\n%s\n%s", name, changed, h.read(name), out)
				}
			}
			if is := h.holds(h.account); is != held {
				t.Errorf("the account held %s, and holds %s", held, is)
			}
			if went := h.deployments() > deployed; went != (words[0] == "deploy" && c.code == exitOK) {
				t.Errorf("deployed is %v\n%s", went, out)
			}
		})
	}
}

// The wrong account, in four ways: a token of another one, an id of another one, no id at all, and the same title in both.
// Whatever runs, nothing is made in an account that was not agreed to, and nothing is deployed to it.
func TestWrongAccount(t *testing.T) {
	fakeNode(t)
	const lockFile, config = "bindery.lock", "wrangler.toml"
	token := func(h *gateHouse, _ string) string { return h.read(config) }
	foreign := func(h *gateHouse, theirs string) string { return strings.Replace(h.read(config), h.cache(), theirs, 1) }
	noID := func(h *gateHouse, _ string) string {
		return strings.Replace(h.read(config), "id = \""+h.cache()+"\"\n", "", 1)
	}
	nothing := func(h *gateHouse, theirs string) string {
		return strings.Replace(noID(h, theirs), "account_id = \""+h.account+"\"\n", "", 1)
	}
	for _, c := range []struct {
		name    string
		config  func(h *gateHouse, theirs string) string
		theirs  bool // the token is one of the other account
		command string
		code    int
		says    string
		writes  string
	}{
		{"token", token, true, "lock", exitUnauthorised, "the token does not see account", ""},
		{"token", token, true, "plan", exitUnauthorised, "the token does not see account", ""},
		{"token", token, true, "apply", exitUnauthorised, "the token does not see account", ""},
		{"token", token, true, "deploy --auto", exitUnauthorised, "nothing was deployed", ""},

		{"id", foreign, false, "lock", exitProblems, "not found", lockFile},
		{"id", foreign, false, "plan", exitProblems, "[code: 10041]", ""},
		{"id", foreign, false, "apply", exitProblems, "nothing was done", ""},
		{"id", foreign, false, "deploy --auto", exitProblems, "nothing was deployed", ""},
		{"id and token", foreign, true, "apply", exitUnauthorised, "the token does not see account", ""},
		{"id and token", foreign, true, "deploy --auto", exitUnauthorised, "nothing was deployed", ""},

		// The account holds a namespace of the same title, as does the other: its own is meant.
		{"no id", noID, false, "lock", exitOK, "`bindery apply` takes it", lockFile},
		{"no id", noID, false, "plan", exitProblems, "already exists [code: 10014]", ""},
		{"no id", noID, false, "apply", exitOK, `took kv_namespace "api-cache"`, config},
		{"no id", noID, false, "deploy --auto", exitProblems, "nothing was deployed", ""},
		{"no id, token", noID, true, "apply", exitUnauthorised, "the token does not see account", ""},
		{"no id, token", noID, true, "deploy --auto", exitUnauthorised, "nothing was deployed", ""},

		// The file names neither: wrangler would make all of it anew in the other account. The lock knows.
		{"nothing named, token", nothing, true, "lock", exitUnauthorised, "the token does not see account", ""},
		{"nothing named, token", nothing, true, "plan", exitUnauthorised, "the token does not see account", ""},
		{"nothing named, token", nothing, true, "apply", exitUnauthorised, "the token does not see account", ""},
		{"nothing named, token", nothing, true, "deploy --auto", exitUnauthorised, "nothing was deployed", ""},
	} {
		t.Run(c.name+" "+c.command, func(t *testing.T) {
			t.Parallel()
			h := newDeployHouse(t)
			p := h.server.Platform()
			other, err := p.EnsureAccount(t.Context(), "test", "960a51529c816b327b2e962bae18f22b")
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := p.CreateNamespace(t.Context(), other.ID, "", "api-cache")
			if err != nil {
				t.Fatal(err)
			}
			secret, _, err := p.CreateToken(t.Context(), platform.TokenInfo{Name: "other", Permission: platform.Edit, Accounts: []string{other.ID}})
			if err != nil {
				t.Fatal(err)
			}
			h.write(c.config(h, theirs.ID))
			both := h.env["CLOUDFLARE_API_TOKEN"]
			if c.theirs {
				h.env["CLOUDFLARE_API_TOKEN"] = secret
			}
			before := map[string]string{config: h.read(config), lockFile: h.read(lockFile)}
			mine, foreign := h.holds(h.account), h.holds(other.ID)
			words := strings.Fields(c.command)
			code, out := h.run(words[0], words[1:]...)
			if code != c.code || !strings.Contains(out, c.says) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, c.code, c.says, out)
			}
			for name, text := range before {
				if changed := h.read(name) != text; changed != (name == c.writes) {
					t.Errorf("%s: changed is %v\n%s\n%s", name, changed, h.read(name), out)
				}
			}
			if h.holds(h.account) != mine || h.holds(other.ID) != foreign {
				t.Errorf("the accounts held %s; %s, and hold %s; %s", mine, foreign, h.holds(h.account), h.holds(other.ID))
			}
			h.env["CLOUDFLARE_API_TOKEN"] = both
			if went := h.deployments() > 1; went != (words[0] == "deploy" && c.code == exitOK) {
				t.Errorf("deployed is %v\n%s", went, out)
			}
		})
	}
}
