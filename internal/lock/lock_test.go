package lock_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/syntax"
)

const (
	test       = "1a2b3c4d5e6f708192a3b4c5d6e7f809"
	production = "4b1d0f6c2a7e49d38c5b6f1e0a9d7c32"
)

func agreed() []*lock.Environment {
	return []*lock.Environment{
		{Name: "production", AccountID: production, Account: "Example Production", Worker: "api-gateway", Bindings: []lock.Binding{
			{Name: "STORAGE", Type: "kv_namespace", ID: "70d34c1e5b8f4a6d9e2c7b0a1f3d5e68", Title: "api-gateway-production", Fingerprint: "sha256:1f"},
			{Name: "MODELS", Type: "r2_bucket", Title: "models"},
		}},
		{Name: "", AccountID: test, Worker: "api-gateway-dev"},
	}
}

const written = `# Which account each environment belongs to, and which resource each binding is.
# Written by "bindery lock" and "bindery apply". Commit it; comments of yours stay.
version = 1

[top-level]
account_id = "1a2b3c4d5e6f708192a3b4c5d6e7f809"
worker = "api-gateway-dev"

[env.production]
account_id = "4b1d0f6c2a7e49d38c5b6f1e0a9d7c32"
account_name = "Example Production"
worker = "api-gateway"

[env.production.bindings.MODELS]
type = "r2_bucket"
title = "models"

[env.production.bindings.STORAGE]
type = "kv_namespace"
id = "70d34c1e5b8f4a6d9e2c7b0a1f3d5e68"
title = "api-gateway-production"
fingerprint = "sha256:1f"
`

func TestWrite(t *testing.T) {
	if diff := cmp.Diff(written, string(new(lock.File).Write(agreed()))); diff != "" {
		t.Errorf("a first lock (-want +got):\n%s", diff)
	}
}

var noPlaces = cmpopts.IgnoreTypes(syntax.Span{})

func TestParse(t *testing.T) {
	f, problems := lock.Parse("bindery.lock", []byte(written))
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	want := agreed()
	want[0], want[1] = want[1], want[0]
	want[1].Bindings[0], want[1].Bindings[1] = want[1].Bindings[1], want[1].Bindings[0]
	if diff := cmp.Diff(want, f.Environments, noPlaces); diff != "" {
		t.Errorf("what was written reads as something else (-want +got):\n%s", diff)
	}
	if at := f.Source.Slice(f.Environment("production").Binding("STORAGE").At); at != `"70d34c1e5b8f4a6d9e2c7b0a1f3d5e68"` {
		t.Errorf("the place of a binding is %s, want that of its id", at)
	}
}

// What people write into a lock stays where it is, whatever else changes.
func TestCommentsStay(t *testing.T) {
	mine := strings.NewReplacer(
		"version = 1", "# top\nversion = 1 # the first",
		"[env.production]\n", "# ours since 2024\n#   ask Ana\n[env.production] # careful\n",
		"title = \"models\"\n", "title = \"models\" # shared \"with\" # the trainers\n",
	).Replace(written) + "\n# the end\n"
	f, problems := lock.Parse("bindery.lock", []byte(mine))
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	changed := agreed()
	changed[0].Bindings[0].Title = "renamed"
	changed = append(changed, &lock.Environment{Name: "new.one", AccountID: test})
	got := string(f.Write(changed))
	want := strings.NewReplacer(
		"title = \"api-gateway-production\"", "title = \"renamed\"",
		"[top-level]\n", "[top-level]\n",
	).Replace(strings.TrimSuffix(mine, "\n# the end\n"))
	want = strings.Replace(want, "\n# ours since", "\n# ours since", 1) // in its place
	newOne := "\n[env.\"new.one\"]\naccount_id = \"" + test + "\"\n"
	want = strings.Replace(want, "\n# ours since", newOne+"\n# ours since", 1) + "# the end\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rewritten lock (-want +got):\n%s", diff)
	}
	again, problems := lock.Parse("bindery.lock", []byte(got))
	if len(problems) > 0 || string(again.Write(again.Environments)) != got {
		t.Errorf("a second time changes it again (problems %v):\n%s", problems, cmp.Diff(got, string(again.Write(again.Environments))))
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, text, at, message string }{
		{"no version", "[env.a]\naccount_id = \"" + test + "\"\n", "", "does not say its version"},
		{"another version", "version = 2\n[new]\n", "2", "version 2 of the file is not one that this bindery reads"},
		{"syntax", "version = 1\n[env.a\n", "", ""},
		{"merge", "version = 1\n<<<<<<< HEAD\n", "<<<<<<<", "merge that was not finished"},
		{"misspelt", "version = 1\n[env.a]\nacount_id = \"" + test + "\"\n", "acount_id", "unknown key"},
		{"no account", "version = 1\n[env.a]\n", "a", "a has no account_id"},
		{"no account id", "version = 1\n[env.a]\naccount_id = \"production\"\n", `"production"`, "is no account id"},
		{"a number", "version = 1\n[top-level]\naccount_id = 3\n", "3", "account_id is no text"},
		{"no table", "version = 1\nenv = 3\n", "3", "env is an integer"},
		{"no type", "version = 1\n[top-level]\naccount_id = \"" + test + "\"\n[top-level.bindings.KV]\n", "KV", "KV has no type"},
	} {
		f, problems := lock.Parse("bindery.lock", []byte(c.text))
		if len(problems) == 0 {
			t.Errorf("%s: no problem in\n%s", c.name, c.text)
			continue
		}
		p := problems[0]
		if at := f.Source.Slice(p.Span); !strings.Contains(p.Message, c.message) || c.at != "" && at != c.at {
			t.Errorf("%s: got %q at %q, want %q at %q", c.name, p.Message, at, c.message, c.at)
		}
	}
}

func TestPath(t *testing.T) {
	for configuration, want := range map[string]string{
		"wrangler.toml": "bindery.lock", "app/wrangler.jsonc": "app/bindery.lock",
		"wrangler.admin.toml": "bindery.admin.lock", "wrangler-admin.json": "bindery.admin.lock", "build/other.json": "build/bindery.other.lock",
	} {
		if got := lock.Path(configuration); got != want {
			t.Errorf("%s: got %s, want %s", configuration, got, want)
		}
	}
}

func TestCompare(t *testing.T) {
	is := agreed()
	is[0].AccountID, is[0].Bindings[0].ID = test, "other"
	is[0].Bindings[1].Name = "WEIGHTS"
	is[1] = &lock.Environment{Name: "staging", AccountID: test, Account: "Example Test"}
	want := []lock.Change{
		{Was: test},
		{Environment: "production", Field: "account_id", Was: production, Is: test},
		{Environment: "production", Binding: "MODELS", Was: "models"},
		{Environment: "production", Binding: "STORAGE", Field: "id", Was: "70d34c1e5b8f4a6d9e2c7b0a1f3d5e68", Is: "other"},
		{Environment: "production", Binding: "WEIGHTS", Is: "models"},
		{Environment: "staging", Is: "Example Test"},
	}
	if diff := cmp.Diff(want, lock.Compare(agreed(), is)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if changes := lock.Compare(agreed(), agreed()); len(changes) > 0 {
		t.Errorf("nothing has changed, got %v", changes)
	}
}

// FuzzParse: no text makes it panic, and what is read without a problem is written and read again as the same.
func FuzzParse(f *testing.F) {
	f.Add(written)
	f.Add("version = 1\n# a\n[env.\"a.b\"] # c\naccount_id = '" + test + "'\nbindings.KV = { type = \"kv_namespace\" } # d\n")
	f.Add("version = 1\n[top-level]\naccount_id = \"\"\"\n" + test + "\"\"\" # x\n")
	f.Fuzz(func(t *testing.T, text string) {
		was, problems := lock.Parse("bindery.lock", []byte(text))
		out := was.Write(was.Environments)
		if len(problems) > 0 {
			return
		}
		is, problems := lock.Parse("bindery.lock", out)
		if len(problems) > 0 {
			t.Fatalf("%q is written as %q, which has problems: %v", text, out, problems)
		}
		if diff := cmp.Diff(was.Environments, is.Environments, noPlaces); diff != "" {
			t.Fatalf("%q is written as %q (-was +is):\n%s", text, out, diff)
		}
		if again := is.Write(is.Environments); string(again) != string(out) {
			t.Fatalf("%q is written as %q, then as %q", text, out, again)
		}
	})
}
