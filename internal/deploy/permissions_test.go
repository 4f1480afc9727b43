package deploy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// What a token lacks for a deploy, and what it has too much, depends on what the environment binds and where it is routed.
func TestJudgePermissions(t *testing.T) {
	const all = "Workers Scripts Write, Workers KV Storage Write, Workers R2 Storage Read"
	for _, c := range []struct{ name, config, granted, missing, superfluous string }{
		{"nothing bound", ``, "Workers Scripts Write", "", ""},
		{"may not deploy", ``, "Workers Scripts Read", "Workers Scripts Write", ""},
		{"has nothing", `kv_namespaces = [{ binding = "A" }]`, "", "Workers KV Storage Write, Workers Scripts Write", ""},
		{"reading is enough for a bucket that is there", `r2_buckets = [{ binding = "A", bucket_name = "there" }]`, all, "", "Workers KV Storage Write"},
		{"and not for one that is made", `r2_buckets = [{ binding = "A", bucket_name = "new" }]`, all, "Workers R2 Storage Write", "Workers KV Storage Write"},
		{"a queue is bound", `queues = { producers = [{ binding = "A", queue = "q" }] }`, "Workers Scripts Write, Queues Read", "", ""},
		{"a queue is consumed", `queues = { consumers = [{ queue = "q" }] }`, "Workers Scripts Write, Queues Read", "Queues Write", ""},
		{"a route", `route = "example.com/*"`, "Workers Scripts Write", "Workers Routes Write", ""},
		{"a custom domain", `routes = [{ pattern = "example.com", custom_domain = true }]`, "Workers Scripts Write", "", ""},
		{"no route", ``, "Workers Scripts Write, Workers Routes Write, DNS Write", "", "Workers Routes Write, DNS Write"},
		{"what tells who it is", ``, "Workers Scripts Write, Account Settings Read, API Tokens Read, User Details Read", "", ""},
		{"what a deploy does without, and another tool for the same does not", `ai = { binding = "AI" }`, "Workers Scripts Write, Workers AI Read, Vectorize Write", "", "Vectorize Write"},
	} {
		config := wrangler.Parse("wrangler.toml", []byte("name = \"api\"\n"+c.config))
		if len(config.File.Errors) > 0 {
			t.Fatalf("%s: %v", c.name, config.File.Errors)
		}
		account := deploy.Account{Known: true, R2Buckets: []deploy.Resource{{Name: "there"}}, Queues: []deploy.Resource{{Name: "q"}}}
		var granted []string
		if c.granted != "" {
			granted = strings.Split(c.granted, ", ")
		}
		missing, superfluous := deploy.JudgePermissions(config.Top, deploy.Judge(config.Top, account, nil), granted)
		got := []string{strings.Join(missing, ", "), strings.Join(superfluous, ", ")}
		if diff := cmp.Diff([]string{c.missing, c.superfluous}, got); diff != "" {
			t.Errorf("%s: %q with %s: missing, superfluous (-want +got):\n%s", c.name, c.config, c.granted, diff)
		}
	}
}
