package deploy

import (
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/wrangler"
	"github.com/google/go-cmp/cmp"
)

const thirdID = "a6eaf06958ca37ac45e4f5e91abb54d3"

func flags(t *testing.T, values ...string) []Account {
	t.Helper()
	var all []Account
	for _, v := range values {
		a, err := ParseAccountFlag(v)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func inventory(t *testing.T, src string) *Inventory {
	t.Helper()
	inv, problems := ParseInventory("accounts.json", []byte(src))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return inv
}

func TestMergeAccounts(t *testing.T) {
	config := wrangler.Parse("wrangler.toml", []byte(`account_id = "`+testID+`"
[env.production]
account_id = "`+productionID+`"
[env.staging]
account_id = "REPLACE_ME"
[env.dev]
`))
	got, problems := MergeAccounts(Sources{
		Flags:     flags(t, "prod="+productionID),
		Settings:  loadSettings(t, accountsTable),
		Inventory: inventory(t, `{"accounts": [{"id": "`+productionID+`", "name": "Acme Ltd", "kv_namespaces": []}, {"id": "`+thirdID+`", "name": "trading"}]}`),
		Config:    config,
		Chosen:    &Resolution{Account: Account{ID: productionID}, By: "account_id"},
	})
	want := []Account{
		{ID: productionID, Name: "prod", Known: true, KVNamespaces: []Resource{}}, // a flag's name beats those of files
		{ID: testID, Name: "test"},
		{ID: thirdID, Name: "trading"},
	}
	if diff := cmp.Diff(want, got, withoutPlaces); diff != "" || len(problems) > 0 {
		t.Errorf("problems %v; accounts (-want +got):\n%s", problems, diff)
	}
	if at := got[0].At.String(); at != "--account prod="+productionID {
		t.Errorf("the first account was named at %q, want the flag", at)
	}
}

func TestMergeAccountsOfAConfigurationAlone(t *testing.T) {
	config := wrangler.Parse("wrangler.toml", []byte(`account_id = "`+testID+`"
[env.production]
account_id = "`+productionID+`"
[env.dev]
`))
	got, problems := MergeAccounts(Sources{Config: config})
	want := []Account{{ID: testID}, {ID: productionID}}
	if diff := cmp.Diff(want, got, withoutPlaces); diff != "" || len(problems) > 0 {
		t.Errorf("problems %v; accounts (-want +got):\n%s", problems, diff)
	}
	if got, problems := MergeAccounts(Sources{}); len(got)+len(problems) > 0 {
		t.Errorf("no source at all: got %v, %v", got, problems)
	}
}

func TestMergeAccountsConflicts(t *testing.T) {
	tests := []struct {
		name    string
		sources Sources
		want    string
	}{
		{
			"a flag against bindery.toml",
			Sources{Flags: flags(t, "production="+thirdID), Settings: loadSettings(t, accountsTable)},
			`bindery.toml:3:14: account "production" is ` + productionID + ` here and ` + thirdID + ` elsewhere (--account production=` + thirdID + `: said here first)`,
		},
		{
			"bindery.toml against an inventory",
			Sources{Settings: loadSettings(t, accountsTable), Inventory: inventory(t, `{"accounts": [{"id": "`+thirdID+`", "name": "test"}]}`)},
			`accounts.json:1:22: account "test" is ` + thirdID + ` here and ` + testID + ` elsewhere`,
		},
		{
			"two flags, one name",
			Sources{Flags: flags(t, "a="+testID, "a="+productionID)},
			`--account a=` + productionID + `: account "a" is ` + productionID + ` here and ` + testID + ` elsewhere`,
		},
		{
			"two flags, one id",
			Sources{Flags: flags(t, "a="+testID, "b="+testID)},
			`--account b=` + testID + `: account ` + testID + ` is called both "a" and "b"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := MergeAccounts(tt.sources)
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), tt.want) || problems[0].Hint() == "" {
				t.Errorf("got %v, want one problem with %q and a hint", problems, tt.want)
			}
		})
	}
}

func TestParseAccountFlag(t *testing.T) {
	got, err := ParseAccountFlag("production=" + productionID)
	if want := (Account{ID: productionID, Name: "production"}); err != nil || cmp.Diff(want, got, withoutPlaces) != "" {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	for value, want := range map[string]string{
		"":                 "not of the form NAME=ID",
		"production":       "not of the form NAME=ID",
		"=" + productionID: "not of the form NAME=ID",
		"production=":      `"" is no account id`,
		"production=prod":  `"prod" is no account id`,
		"production=" + strings.ToUpper(productionID): "is no account id",
		productionID + "=production":                  `"production" is no account id`,
	} {
		if _, err := ParseAccountFlag(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want …%s…", value, err, want)
		}
	}
}
