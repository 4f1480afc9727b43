package deploy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	testID       = "960a51529c816b327b2e962bae18f22b"
	productionID = "3541a8b5f1d18989d24ea2b978f1a1fc"
)

// withoutPlaces compares accounts by what they are.
var withoutPlaces = cmpopts.IgnoreFields(Account{}, "At")

func TestParseInventory(t *testing.T) {
	const src = `{
  // what wrangler prints may stand here as it is
  "accounts": [
    {"id": "` + testID + `", "name": "test",
     "kv_namespaces": [{"id": "89aeb402fd0cd3648405894097b0057f", "title": "orders-test", "supports_url_encoding": true}],
     "d1_databases": [{"uuid": "2c1f5a6e-8f6a-4a57-9a0c-5a0d1f1b2c3d", "name": "main", "num_tables": 3}],
     "r2_buckets": [{"name": "models"}], "queues": [], "workers": [{"name": "api"}]},
    {"id": "` + productionID + `"},
  ],
}`
	inv, problems := ParseInventory("accounts", []byte(src))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []Account{
		{
			ID: testID, Name: "test", Known: true,
			KVNamespaces: []Resource{{ID: "89aeb402fd0cd3648405894097b0057f", Name: "orders-test"}},
			D1Databases:  []Resource{{ID: "2c1f5a6e-8f6a-4a57-9a0c-5a0d1f1b2c3d", Name: "main"}},
			R2Buckets:    []Resource{{Name: "models"}},
			Queues:       []Resource{}, // none, as opposed to nil: not said
			Workers:      []Resource{{Name: "api"}},
		},
		{ID: productionID},
	}
	if diff := cmp.Diff(want, inv.Accounts, withoutPlaces); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if got := inv.Accounts[1].At.String(); got != "accounts:8:12" {
		t.Errorf("the second account is at %s, want accounts.json:8:12", got)
	}
}

func TestInventoryProblems(t *testing.T) {
	account := func(rest string) string {
		return `{"accounts": [{"id": "` + testID + `", "name": "test"` + rest + `}]}`
	}
	two := func(first, second string) string {
		return `{"accounts": [
{"id": "` + testID + `", "name": "test", ` + first + `},
{"id": "` + productionID + `", "name": "production", ` + second + `}]}`
	}
	const ns = `{"id": "89aeb402fd0cd3648405894097b0057f", "title": "orders"}`
	tests := []struct {
		name, src, want, help string
	}{
		{"no JSON", `{"accounts": [`, "accounts.json:1:", "an inventory has the form"},
		{"empty", `{}`, `accounts.json:1:1: the inventory names no accounts`, "an inventory has the form"},
		{"accounts is no list", `{"accounts": {}}`, `accounts.json:1:14: accounts is a table, where an array of tables is expected`, ""},
		{"an account is no table", `{"accounts": ["x"]}`, `accounts.json:1:15: an entry of accounts is a string, where a table is expected`, ""},
		{"unknown key", `{"accounts": [], "acounts": 1}`, `accounts.json:1:18: unknown key "acounts"`, `did you mean "accounts"?`},
		{"mistyped list", account(`, "kv_namespace": []`), `accounts.json:1:74: unknown key "kv_namespace"`, `did you mean "kv_namespaces"?`},
		{"strange key", account(`, "owner": "x"`), `unknown key "owner"`, "known are id, name, kv_namespaces"},
		{"no account id", `{"accounts": [{"name": "x"}]}`, `accounts.json:1:15: the account has no id`, ""},
		{"account id is no id", `{"accounts": [{"id": "prod"}]}`, `accounts.json:1:22: account id "prod" is not 32 hex digits in lower case`, "wrangler whoami"},
		{"account name is no string", `{"accounts": [{"id": "` + testID + `", "name": 5}]}`, `name of the account is not a string, or empty`, ""},
		{"no title", account(`, "kv_namespaces": [{"id": "89aeb402fd0cd3648405894097b0057f"}]`), `the KV namespace has no title`, ""},
		{"no id", account(`, "kv_namespaces": [{"title": "x"}]`), `the KV namespace has no id`, ""},
		{"id is no id", account(`, "kv_namespaces": [{"id": "X", "title": "x"}]`), `KV namespace id "X" is not 32 hex digits`, ""},
		{"D1 id is no id", account(`, "d1_databases": [{"id": "` + testID + `", "name": "x"}]`), `is not a UUID`, ""},
		{"bucket without name", account(`, "r2_buckets": [{}]`), `the R2 bucket has no name`, ""},
		{"one account twice", `{"accounts": [{"id": "` + testID + `"}, {"id": "` + testID + `"}]}`, `account id "` + testID + `" is there twice (accounts.json:1:22: named here first)`, ""},
		{
			"one name for two accounts", `{"accounts": [{"id": "` + testID + `", "name": "x"}, {"id": "` + productionID + `", "name": "x"}]}`,
			`account name "x" is there twice`, "a name of its own",
		},
		{
			"one namespace in two accounts", two(`"kv_namespaces": [`+ns+`]`, `"kv_namespaces": [`+ns+`]`),
			`accounts.json:3:91: KV namespace id "89aeb402fd0cd3648405894097b0057f" is there twice (accounts.json:2:85: held by account "test" here)`, "keep the entry that is right",
		},
		{"one title twice", account(`, "kv_namespaces": [` + ns + `, {"id": "99aeb402fd0cd3648405894097b0057f", "title": "orders"}]`), `KV namespace title "orders" is there twice in account "test" (accounts.json:1:`, "each name once"},
		{"one bucket twice", account(`, "r2_buckets": [{"name": "b"}, {"name": "b"}]`), `R2 bucket name "b" is there twice in account "test"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := ParseInventory("accounts.json", []byte(tt.src))
			if len(problems) == 0 {
				t.Fatalf("%s\ngot no problem, want %q", tt.src, tt.want)
			}
			p := problems[0]
			if !strings.Contains(p.Error(), tt.want) || !strings.Contains(p.Hint(), tt.help) {
				t.Errorf("%s\n got %q, hint %q\nwant %q, hint %q", tt.src, p.Error(), p.Hint(), tt.want, tt.help)
			}
			if len(problems) > 1 {
				t.Errorf("got more than one problem: %v", problems)
			}
		})
	}
}

// Buckets, queues and Workers of one name in two accounts are two things.
func TestSameNameInTwoAccounts(t *testing.T) {
	const src = `{"accounts": [
{"id": "` + testID + `", "r2_buckets": [{"name": "b"}], "workers": [{"name": "api"}], "kv_namespaces": [{"id": "89aeb402fd0cd3648405894097b0057f", "title": "orders"}]},
{"id": "` + productionID + `", "r2_buckets": [{"name": "b"}], "workers": [{"name": "api"}], "kv_namespaces": [{"id": "99aeb402fd0cd3648405894097b0057f", "title": "orders"}]}]}`
	if _, problems := ParseInventory("accounts.json", []byte(src)); len(problems) > 0 {
		t.Errorf("got %v, want no problem", problems)
	}
}

// Whatever the bytes: no panic, every problem has a place within the file, and an
// inventory without problems holds each id once, in the right form.
func FuzzParseInventory(f *testing.F) {
	f.Add("a.json", []byte(`{"accounts": [{"id": "`+testID+`", "name": "test", "kv_namespaces": [{"id": "89aeb402fd0cd3648405894097b0057f", "title": "orders"}]}]}`))
	f.Add("a.json", []byte(`{"accounts": [{"id": "`+testID+`"}, {"id": "`+testID+`"}]}`))
	f.Add("a.json", []byte(`{"accounts": [{"kv_namespaces": [null, 1, {"id": [], "title": {}}]}, []]}`))
	f.Add("a.jsonc", []byte("// x\n{\"accounts\": {}}"))
	f.Add("a.json", []byte(`[]`))
	f.Add("a.json", []byte(``))
	f.Add("a.toml", []byte("[[accounts]]\nid = \""+testID+"\"\nr2_buckets = [{ name = \"b\" }]"))
	f.Fuzz(func(t *testing.T, path string, src []byte) {
		inv, problems := ParseInventory(path, src)
		for _, p := range problems {
			if s := p.Place.Span; p.Place.File == nil || s.Start < 0 || s.Start > s.End || s.End > len(src) {
				t.Fatalf("%q: %v lies outside, at %v of %d bytes", src, p.Message, s, len(src))
			}
			_ = p.Error()
		}
		if len(problems) > 0 {
			return
		}
		seen := map[string]bool{}
		for _, a := range inv.Accounts {
			if !hexID.MatchString(a.ID) || seen[a.ID] {
				t.Fatalf("%q: account id %q is no id, or twice", src, a.ID)
			}
			seen[a.ID] = true
			for _, r := range a.KVNamespaces {
				if !hexID.MatchString(r.ID) || r.Name == "" || seen["kv "+r.ID] {
					t.Fatalf("%q: namespace %+v is incomplete, or twice", src, r)
				}
				seen["kv "+r.ID] = true
			}
		}
	})
}
