package deploy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// What the account holds is agreed to; what is missing, elsewhere or to be made is not.
func TestAgree(t *testing.T) {
	config := wrangler.Parse("wrangler.toml", []byte(`
name = "api"
[[kv_namespaces]]
binding = "HELD"
id = "11111111111111111111111111111111"
[[kv_namespaces]]
binding = "MISSING"
id = "22222222222222222222222222222222"
[[kv_namespaces]]
binding = "NEW"
[[kv_namespaces]]
binding = "DEPLOYED"
[[r2_buckets]]
binding = "MODELS"
bucket_name = "models"
[[vectorize]]
binding = "INDEX"
index_name = "words"
[ai]
binding = "AI"
[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"
[[durable_objects.bindings]]
name = "LOBBY"
class_name = "Lobby"
script_name = "chat"
`))
	account := deploy.Account{ID: "a", Name: "production", Known: true,
		KVNamespaces: []deploy.Resource{{ID: "11111111111111111111111111111111", Name: "held"}, {ID: "33333333333333333333333333333333", Name: "deployed"}},
		R2Buckets:    []deploy.Resource{{Name: "models"}},
	}
	verdicts := deploy.Judge(config.Top, account, nil)
	deploy.Inherit(account, verdicts, []deploy.Live{
		{Type: wrangler.KVNamespace, Name: "DEPLOYED", Resource: "33333333333333333333333333333333"},
		{Type: wrangler.KVNamespace, Name: "NEW", Resource: "44444444444444444444444444444444"}, // deleted since
	})
	got, open := deploy.Agree(config.Top, account, verdicts)
	want := &lock.Environment{AccountID: "a", Account: "production", Worker: "api", Bindings: []lock.Binding{
		{Name: "DEPLOYED", Type: "kv_namespace", ID: "33333333333333333333333333333333", Title: "deployed"},
		{Name: "HELD", Type: "kv_namespace", ID: "11111111111111111111111111111111", Title: "held"},
		{Name: "INDEX", Type: "vectorize", Title: "words"},
		{Name: "LOBBY", Type: "durable_object_namespace", Title: "Lobby of chat"},
		{Name: "MODELS", Type: "r2_bucket", Title: "models"},
		{Name: "ROOM", Type: "durable_object_namespace", Title: "Room"},
	}}
	byName := cmpopts.SortSlices(func(a, b lock.Binding) bool { return a.Name < b.Name })
	if diff := cmp.Diff(want, got, byName, cmpopts.IgnoreTypes(syntax.Span{})); diff != "" {
		t.Errorf("agreed to (-want +got):\n%s", diff)
	}
	left := map[string]deploy.State{}
	for _, v := range open {
		left[v.Binding.Text()] = v.State
	}
	if diff := cmp.Diff(map[string]deploy.State{"MISSING": deploy.Missing, "NEW": deploy.Create}, left); diff != "" {
		t.Errorf("not agreed to (-want +got):\n%s", diff)
	}
}
