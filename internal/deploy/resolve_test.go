package deploy

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// loadSettings reads text as bindery.toml.
func loadSettings(t *testing.T, text string) *settings.Settings {
	t.Helper()
	if text == "" {
		return &settings.Settings{} // as where there is no file
	}
	s := settings.Parse(filepath.Join(t.TempDir(), settings.Name), []byte(text))
	if len(s.Problems) > 0 {
		t.Fatalf("%s: %v", text, s.Problems)
	}
	return s
}

const accountsTable = `[accounts]
test = "` + testID + `"
production = "` + productionID + `"
`

func TestResolveAccount(t *testing.T) {
	const (
		inTop = `account_id = "` + testID + `"` + "\n[env.production]\n"
		inEnv = "[env.production]\n" + `account_id = "` + productionID + `"`
		none  = "[env.production]\n"
	)
	tests := []struct {
		name, config, settings, variable string
		id, called, how                  string
	}{
		{"the environment's own", inEnv, "", testID, productionID, "", "account_id at wrangler.toml:2:14"},
		{"inherited", inTop, "", "", testID, "", "account_id at wrangler.toml:1:14"},
		{"the variable", none, "", productionID, productionID, "", "CLOUDFLARE_ACCOUNT_ID"},
		{"an empty one is none", "[env.production]\naccount_id = \"\"", "", productionID, productionID, "", "CLOUDFLARE_ACCOUNT_ID"},
		{"named by bindery.toml", inEnv, accountsTable, "", productionID, "production", "account_id at wrangler.toml:2:14"},
		{"chosen by bindery.toml", none, accountsTable + "[environments.production]\naccount = \"production\"", "", productionID, "production", "bindery.toml at bindery.toml:5:11"},
		{"both agree", inEnv, accountsTable + "[environments.production]\naccount = \"production\"", "", productionID, "production", "account_id at wrangler.toml:2:14"},
		{"bindery.toml and the variable agree", none, accountsTable + "[environments.production]\naccount = \"production\"", productionID, productionID, "production", "bindery.toml at bindery.toml:5:11"},
		{"account_id hides a variable that disagrees", inEnv, accountsTable + "[environments.production]\naccount = \"production\"", testID, productionID, "production", "account_id at wrangler.toml:2:14"},
		{"another environment's account is no matter", none, accountsTable + "[environments.staging]\naccount = \"test\"", productionID, productionID, "production", "CLOUDFLARE_ACCOUNT_ID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, err := wrangler.Parse("wrangler.toml", []byte(tt.config)).Environment("production")
			if err != nil {
				t.Fatal(err)
			}
			got, err := ResolveAccount(env, loadSettings(t, tt.settings), variable(tt.variable))
			if err != nil {
				t.Fatal(err)
			}
			how := got.String()
			if dir := filepath.Dir(got.Account.At.String()); dir != "." { // a temporary folder
				how = strings.Replace(how, dir+string(filepath.Separator), "", 1)
			}
			if got.Account.ID != tt.id || got.Account.Name != tt.called || how != tt.how {
				t.Errorf("got %s %q by %s\nwant %s %q by %s", got.Account.ID, got.Account.Name, how, tt.id, tt.called, tt.how)
			}
		})
	}
}

// variable is a getenv that knows CLOUDFLARE_ACCOUNT_ID only.
func variable(value string) func(string) string {
	return func(name string) string {
		if name == AccountVariable {
			return value
		}
		return ""
	}
}

func TestResolveAccountRefuses(t *testing.T) {
	wanted := accountsTable + "[environments.production]\naccount = \"production\""
	tests := []struct {
		name, config, settings, variable string
		message, hint                    string
	}{
		{
			"the file disagrees with bindery.toml", "[env.production]\naccount_id = \"" + testID + "\"", wanted, "",
			`wrangler.toml:2:14: env "production" would be deployed to account "test" (` + testID + `), but bindery.toml says that it belongs to account "production" (` + productionID + `)`,
			`write account_id = "` + productionID + `" there`,
		},
		{
			"the variable disagrees with bindery.toml", "[env.production]\n", wanted, testID,
			`CLOUDFLARE_ACCOUNT_ID: env "production" would be deployed to account "test"`, "unset it",
		},
		{"a placeholder", "[env.production]\naccount_id = \"REPLACE_ME\"", "", "", `wrangler.toml:2:14: "REPLACE_ME" is no account id`, "wrangler whoami"},
		{"a number", "[env.production]\naccount_id = 5", "", "", `"5" is no account id`, "wrangler whoami"},
		{"a mistyped variable", "[env.production]\n", "", "prod", `CLOUDFLARE_ACCOUNT_ID: "prod" is no account id`, "32 hex digits"},
		{"nobody says", "[env.production]\n", "", "", `env "production" of wrangler.toml names no account`, "CLOUDFLARE_ACCOUNT_ID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, err := wrangler.Parse("wrangler.toml", []byte(tt.config)).Environment("production")
			if err != nil {
				t.Fatal(err)
			}
			got, err := ResolveAccount(env, loadSettings(t, tt.settings), variable(tt.variable))
			if err == nil {
				t.Fatalf("got %+v, want an error", got)
			}
			var hinter interface{ Hint() string }
			if !strings.Contains(err.Error(), tt.message) || !errors.As(err, &hinter) || !strings.Contains(hinter.Hint(), tt.hint) {
				t.Errorf("got %q\nwant %q with a hint …%s…", err, tt.message, tt.hint)
			}
			var nobody *NoAccountError
			if errors.As(err, &nobody) != (tt.name == "nobody says") {
				t.Errorf("got a %T", err)
			}
		})
	}
}

func TestResolveAccountWithoutSettings(t *testing.T) {
	env, err := wrangler.Parse("wrangler.toml", []byte(`account_id = "`+testID+`"`)).Environment("")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ResolveAccount(env, nil, variable("")); err != nil || got.Account.ID != testID {
		t.Errorf("got %+v (%v), want %s", got, err, testID)
	}
}
