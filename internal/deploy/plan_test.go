package deploy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

const (
	testAccount       = "960a51529c816b327b2e962bae18f22b"
	productionAccount = "3541a8b5f1d18989d24ea2b978f1a1fc"
	testCache         = "11111111111111111111111111111111"
	productionCache   = "22222222222222222222222222222222"
)

const planned = `
name = "api"
[env.test]
account_id = "960a51529c816b327b2e962bae18f22b"
[[env.test.kv_namespaces]]
binding = "CACHE"
id = "11111111111111111111111111111111"
[env.production]
account_id = "3541a8b5f1d18989d24ea2b978f1a1fc"
secrets = { required = ["API_KEY"] }
[[env.production.kv_namespaces]]
binding = "CACHE"
id = "22222222222222222222222222222222"
[[env.production.r2_buckets]]
binding = "MODELS"
bucket_name = "models"
[env.production.vars]
MODE = "fast"
`

func lockedAs(account, worker, cache string) *lock.File {
	return &lock.File{Environments: []*lock.Environment{{
		Name: "production", AccountID: account, Worker: worker,
		Bindings: []lock.Binding{{Name: "CACHE", Type: "kv_namespace", ID: cache, Title: "cache"}, {Name: "MODELS", Type: "r2_bucket", Title: "models"}},
	}}}
}

// Each row is a state of the world in which somebody is about to deploy, with what the plan says of it.
func TestPlan(t *testing.T) {
	live := []deploy.Live{{Type: "kv_namespace", Name: "CACHE", Resource: productionCache}, {Type: "r2_bucket", Name: "MODELS", Resource: "models"}, {Type: "secret_text", Name: "API_KEY"}}
	full := deploy.Account{ID: productionAccount, Name: "production", Known: true,
		KVNamespaces: []deploy.Resource{{ID: productionCache, Name: "cache"}}, R2Buckets: []deploy.Resource{{Name: "models"}}}
	empty := deploy.Account{ID: productionAccount, Name: "production", Known: true, KVNamespaces: []deploy.Resource{}, R2Buckets: []deploy.Resource{}}
	for _, c := range []struct {
		name             string
		edit             func(string) string
		account          deploy.Account
		locked           *lock.File
		live             []deploy.Live // nil: not deployed
		changes, reasons []string
		failed           bool
	}{
		{name: "as agreed", account: full, locked: lockedAs(productionAccount, "api-production", productionCache), live: live},
		{
			name: "nothing is agreed", account: full, locked: &lock.File{}, live: live,
			reasons: []string{"nobody has agreed which account"},
		},
		{
			name: "the first deploy", account: full, locked: lockedAs(productionAccount, "api-production", productionCache),
			changes: []string{"create worker api-production"}, reasons: []string{"the secret API_KEY is required and not set"},
		},
		{
			name: "the wrong account", account: full, locked: lockedAs(testAccount, "api-production", productionCache), live: live,
			reasons: []string{"would go to account \"production\" (3541a8b5f1d18989d24ea2b978f1a1fc), and the lock says account 960a51529c816b327b2e962bae18f22b"}, failed: true,
		},
		{
			name: "another Worker", account: full, locked: lockedAs(productionAccount, "gateway", productionCache), live: live,
			reasons: []string{`the lock says "gateway": the deploy makes a second one`}, failed: true,
		},
		{
			name: "another namespace than agreed", account: full, locked: lockedAs(productionAccount, "api-production", testCache), live: live,
			reasons: []string{"CACHE leads to kv_namespace 22222222222222222222222222222222"}, failed: true,
		},
		{
			name: "an account that holds nothing", account: empty, locked: lockedAs(productionAccount, "api-production", productionCache), live: live,
			changes: []string{"create r2_bucket models"},
			reasons: []string{"KV namespace '22222222222222222222222222222222' not found.", `the deploy would create an empty "models"`}, failed: true,
		},
		{
			name: "no id, from the wrong login", account: empty, locked: lockedAs(productionAccount, "api-production", productionCache),
			edit:    func(s string) string { return strings.Replace(s, "id = \""+productionCache+"\"\n", "", 1) },
			changes: []string{"create worker api-production", "create kv_namespace api-production-cache", "create r2_bucket models"},
			reasons: []string{`the deploy would create an empty "api-production-cache"`, `the deploy would create an empty "models"`, "the secret API_KEY is required"}, failed: true,
		},
		{
			name: "the live Worker has more", account: full, locked: lockedAs(productionAccount, "api-production", productionCache),
			live:    append(live, deploy.Live{Type: "d1", Name: "DB", Resource: "main"}),
			changes: []string{"drop d1 DB main →"}, reasons: []string{"the live Worker has a d1 binding DB"},
		},
		{
			name: "the live Worker has another", account: full, locked: lockedAs(productionAccount, "api-production", productionCache),
			live:    []deploy.Live{{Type: "kv_namespace", Name: "CACHE", Resource: "old"}, {Type: "secret_text", Name: "API_KEY"}},
			changes: []string{"rebind kv_namespace CACHE old → " + productionCache, "bind r2_bucket MODELS models"},
		},
		{
			name: "one namespace for two environments", account: full, locked: lockedAs(productionAccount, "api-production", productionCache), live: live,
			edit:    func(s string) string { return strings.Replace(s, testCache, productionCache, 1) },
			reasons: []string{`CACHE of env "production" and of env "test" is the same resource`},
		},
		{
			name: "a Durable Object that a migration makes, and the lock has", account: full, locked: func() *lock.File {
				l := lockedAs(productionAccount, "api-production", productionCache)
				l.Environments[0].Bindings = append(l.Environments[0].Bindings, lock.Binding{Name: "ROOM", Type: "durable_object_namespace", Title: "Room"})
				return l
			}(), live: live,
			edit: func(s string) string {
				return s + "[[env.production.durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\"]\n"
			},
			changes: []string{"create durable_object_namespace Room"},
		},
	} {
		text := planned
		if c.edit != nil {
			text = c.edit(text)
		}
		env, err := wrangler.Parse("wrangler.toml", []byte(text)).Environment("production")
		if err != nil {
			t.Fatal(err)
		}
		verdicts := deploy.Judge(env, c.account, nil)
		deploy.Inherit(c.account, verdicts, c.live)
		var secrets []string
		for _, l := range c.live {
			if l.Type == "secret_text" {
				secrets = append(secrets, l.Name)
			}
		}
		p := deploy.MakePlan(deploy.Facts{
			Env: env, Account: deploy.Resolution{Account: c.account, By: "account_id"}, Verdicts: verdicts,
			Locked: c.locked, Deployed: c.live != nil, Live: c.live, Secrets: secrets,
		})
		var changes []string
		for _, o := range p.Changes {
			changes = append(changes, changeText(o))
		}
		if diff := cmp.Diff(c.changes, changes); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", c.name, diff)
		}
		for i, o := range p.Problems {
			if i >= len(c.reasons) || !strings.Contains(o.Message, c.reasons[i]) {
				t.Errorf("%s: problem %d is %q, want one with %q", c.name, i, o.Message, append(c.reasons, make([]string, i+1)...)[i])
			}
		}
		if len(p.Problems) < len(c.reasons) || p.Failed() != c.failed {
			t.Errorf("%s: %d problems, failed %v; want %d, %v", c.name, len(p.Problems), p.Failed(), len(c.reasons), c.failed)
		}
	}
}

func changeText(c deploy.PlannedChange) string {
	text := string(c.Verb) + " " + c.Type
	if c.Verb != deploy.Make {
		text += " " + c.Binding
	}
	if c.Was != "" {
		text += " " + c.Was + " →"
	}
	if c.Is != "" {
		text += " " + c.Is
	}
	return text
}
