package settings

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bindery-dev/bindery/internal/syntax"
)

const (
	testAccount = "11111111111111111111111111111111"
	prodAccount = "22222222222222222222222222222222"
)

// complete says everything that can be said.
const complete = `
inventory = "accounts.json"
critical = ["CACHE"]

[accounts]
test = "` + testAccount + `"
production = "` + prodAccount + `"

[environments.production]
account = "production"
critical = ["CACHE", "SESSIONS"]

[environments.staging]
account = "` + testAccount + `"

[environments.nothing]
critical = []

[top-level]
account = "test"

[rules]
kv-id-shared = "off"
kv-id-missing = "error"
`

func TestParse(t *testing.T) {
	got := Parse("project/bindery.toml", []byte(complete))
	want := &Settings{
		Inventory: filepath.Join("project", "accounts.json"),
		Accounts:  []Account{{Name: "test", ID: testAccount}, {Name: "production", ID: prodAccount}},
		Environments: map[string]Environment{
			"":           {Account: testAccount},
			"production": {Account: prodAccount, Critical: []string{"CACHE", "SESSIONS"}},
			"staging":    {Account: testAccount},
			"nothing":    {Critical: []string{}},
		},
		Critical: []string{"CACHE"},
		Rules:    map[string]string{"kv-id-shared": "off", "kv-id-missing": "error"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(&syntax.File{}, syntax.Span{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if at := got.File.Slice(got.Environments["production"].At); at != `"production"` {
		t.Errorf("the account of production stands at %s", at)
	}
	if at := got.File.Slice(got.Accounts[1].Span); at != `"`+prodAccount+`"` {
		t.Errorf("the id of production stands at %s", at)
	}
}

func TestAnswers(t *testing.T) {
	s := Parse("bindery.toml", []byte(complete))
	for id, want := range map[string]string{testAccount: "test", strings.ToUpper(prodAccount): "production", "": "", "33": ""} {
		if got := s.AccountName(id); got != want {
			t.Errorf("AccountName(%q) = %q, want %q", id, got, want)
		}
	}
	for env, want := range map[string][]string{"production": {"CACHE", "SESSIONS"}, "staging": {"CACHE"}, "": {"CACHE"}, "other": {"CACHE"}, "nothing": {}} {
		if got := s.CriticalFor(env); !cmp.Equal(got, want) {
			t.Errorf("CriticalFor(%q) = %v, want %v", env, got, want)
		}
	}
	none := &Settings{}
	if none.AccountName(testAccount) != "" || none.CriticalFor("production") != nil {
		t.Error("a project without the file says something")
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name string
		src  string
		want []string // LINE:COLUMN message | help
	}{
		{"empty", "", nil},
		{"unknown key", "inventry = \"a\"\n[account]\n", []string{
			`1:1 bindery.toml knows no key "inventry" | did you mean "inventory"?`,
			`2:2 bindery.toml knows no key "account" | did you mean "accounts"?`,
		}},
		{"unknown key of an environment", "[environments.production]\naccout = \"x\"\nfar = 1", []string{
			`2:1 environments.production knows no key "accout" | did you mean "account"?`,
			`3:1 environments.production knows no key "far" | `,
		}},
		{"wrong types", "inventory = 1\ncritical = \"CACHE\"\naccounts = []\nrules = 5\n[environments]\nproduction = \"x\"\ntest = { critical = [1] }", []string{
			`1:13 "inventory" must be a string, not an integer | `,
			`2:12 "critical" must be an array, not a string | `,
			`3:12 "accounts" must be a table, not an array | `,
			`4:9 "rules" must be a table, not an integer | `,
			`6:14 "environments.production" must be a table, not a string | `,
			`7:22 "environments.test.critical" must be a string, not an integer | `,
		}},
		{"an id that is none", "[accounts]\ntest = \"123\"\nother = 5\n[environments.a]\naccount = \"test\"", []string{
			"2:8 \"123\" is no account id | an account id has 32 hex digits; `wrangler whoami` shows yours",
			`3:9 "accounts.other" must be a string, not an integer | `,
		}},
		{"two names for one id", "[accounts]\na = \"" + testAccount + "\"\nb = \"" + testAccount + "\"", []string{
			`3:5 accounts "a" and "b" have the same id | keep one: several environments may name it`,
		}},
		{"an unknown account", "[accounts]\nproduction = \"" + prodAccount + "\"\n[environments.a]\naccount = \"prodution\"\n[environments.b]\naccount = \"elsewhere\"", []string{
			`4:11 no account is called "prodution" | did you mean "production"?`,
			`6:11 no account is called "elsewhere" | [accounts] names production`,
		}},
		{"no accounts at all", "[top-level]\naccount = \"test\"", []string{
			`2:11 no account is called "test" | name it in [accounts], or give its id: 32 hex digits`,
		}},
		{"a severity that is none", "[rules]\nkv-id-shared = \"ignore\"\nkv-id-missing = false", []string{
			`2:16 rule "kv-id-shared" cannot be "ignore" | one of error, warning, info, off`,
			`3:17 "rules.kv-id-missing" must be a string, not a boolean | `,
		}},
		{"broken", "inventory = accounts.json\nunknown = 1", []string{
			`1:13 this is no value | text needs double quotes`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Parse("bindery.toml", []byte(tt.src))
			var got []string
			for _, p := range s.Problems {
				at := s.File.Position(p.Span.Start)
				got = append(got, fmt.Sprintf("%d:%d %s | %s", at.Line, at.Column, p.Message, p.Help))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", tt.src, diff)
			}
		})
	}
}

// Paths in the file start from its folder.
func TestInventoryBesideTheFile(t *testing.T) {
	if s := Parse(filepath.Join("shop", Name), []byte(complete)); len(s.Problems) != 0 || s.Inventory != filepath.Join("shop", "accounts.json") {
		t.Errorf("Parse = %+v, want the inventory beside the file and no problem", s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(complete))
	f.Add([]byte("[accounts]\na = 1\n[environments]\nb = 2\n[rules]\nc = 3\ncritical = [4]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, p := range Parse("bindery.toml", src).Problems {
			if p.Span.Start < 0 || p.Span.Start > p.Span.End || p.Span.End > len(src) || p.Message == "" {
				t.Errorf("Parse(%q): problem %+v lies outside the file, or says nothing", src, p)
			}
		}
	})
}
