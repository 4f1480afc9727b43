package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/api"
)

// neverSucceed are the routes whose right answer is always an error.
var neverSucceed = map[string]bool{
	"GET /accounts/{account}/workflows/{workflow}": true,
}

// TestEveryRouteSucceeds sends to each route what it was made for: newHouse holds each
// answer against the document, which says nothing of an answer that no test has seen.
func TestEveryRouteSucceeds(t *testing.T) {
	h := newHouse(t)
	const (
		kv      = "/accounts/{account}/storage/kv/namespaces"
		scripts = "/accounts/{account}/workers/scripts"
		worker  = scripts + "/{worker}"
		tokens  = "/user/tokens"
		mine    = "/accounts/{account}/tokens"
		r2, d1  = "/accounts/{account}/r2/buckets", "/accounts/{account}/d1/database"
		queues  = "/accounts/{account}/queues"

		policies   = `"policies":[{"effect":"allow","permission_groups":[{"id":"8b47d2786a534c08a1f94ee8f9f599ef"}],"resources":{"com.cloudflare.api.account.` + accountA + `":"*"}}]`
		newToken   = `{"name":"t",` + policies + `}`
		bindings   = `,"bindings":[{"name":"A","type":"plain_text","text":"a"},{"name":"D","type":"durable_object_namespace","class_name":"Room"},{"name":"Q","type":"queue","queue_name":"jobs"},{"name":"S","type":"service","service":"api"}]`
		migrations = `,"migrations":{"new_tag":"v1","steps":[{"new_sqlite_classes":["Room"]}]}`
		settings   = `,"compatibility_date":"2026-04-01","compatibility_flags":["nodejs_compat"],"limits":{"cpu_ms":50},"placement":{"mode":"smart"},"observability":{"enabled":true},"tail_consumers":[],"tags":["t"]`
		hash       = "0123456789abcdef0123456789abcdef"
	)
	session, done := "", map[string]bool{}
	named := map[string]string{
		"account": accountA, "namespace": namespaceA, "worker": "api", "key": "k", "zone": accountA,
		"secret": "B", "workflow": "w", "bucket": "bucket", "object": "a/b", "tail": "", "consumer": "", "database": "", "queue": "", "token": "", "version": "",
	}
	keep := func(parameter, member string) func(map[string]any) {
		return func(result map[string]any) { named[parameter], _ = result[member].(string) }
	}
	file := func(address any) {
		text := address.(string)
		named["file"] = text[strings.LastIndex(text, "/")+1:]
	}
	for _, step := range []struct {
		route, query, body string
		then               func(result map[string]any)
	}{
		{"GET /user", "", "", nil},
		{"GET /user/tokens/verify", "", "", nil},
		{"GET /memberships", "", "", nil},
		{"GET /accounts", "", "", nil},
		{"GET /accounts/{account}", "", "", nil},

		{"GET " + tokens + "/permission_groups", "", "", nil},
		{"POST " + tokens, "", newToken, keep("token", "id")},
		{"GET " + tokens, "", "", nil},
		{"GET " + tokens + "/{token}", "", "", nil},
		{"PUT " + tokens + "/{token}", "", newToken, nil},
		{"PUT " + tokens + "/{token}/value", "", "{}", nil},
		{"DELETE " + tokens + "/{token}", "", "", nil},
		{"GET " + mine + "/permission_groups", "", "", nil},
		{"POST " + mine, "", newToken, keep("token", "id")},
		{"GET " + mine, "", "", nil},
		{"GET " + mine + "/verify", "", "", nil},
		{"GET " + mine + "/{token}", "", "", nil},
		{"PUT " + mine + "/{token}", "", newToken, nil},
		{"PUT " + mine + "/{token}/value", "", "{}", nil},
		{"DELETE " + mine + "/{token}", "", "", nil},

		{"POST " + kv, "", `{"title":"new"}`, nil},
		{"GET " + kv, "", "", nil},
		{"GET " + kv + "/{namespace}", "", "", nil},
		{"PUT " + kv + "/{namespace}", "", `{"title":"other"}`, nil},
		{"PUT " + kv + "/{namespace}/values/{key}", "expiration=1999999999", "v", nil},
		{"GET " + kv + "/{namespace}/values/{key}", "", "", nil},
		{"GET " + kv + "/{namespace}/metadata/{key}", "", "", nil},
		{"GET " + kv + "/{namespace}/keys", "", "", nil},
		{"PUT " + kv + "/{namespace}/bulk", "", `[{"key":"k","value":"v","metadata":{"a":1}}]`, nil},
		{"POST " + kv + "/{namespace}/bulk/get", "", `{"keys":["k"],"withMetadata":true}`, nil},
		{"POST " + kv + "/{namespace}/bulk/delete", "", `["k"]`, nil},
		{"DELETE " + kv + "/{namespace}/bulk", "", `["k"]`, nil},
		{"DELETE " + kv + "/{namespace}/values/{key}", "", "", nil},

		{"POST " + r2, "", `{"name":"bucket"}`, nil},
		{"GET " + r2, "", "", nil},
		{"GET " + r2 + "/{bucket}", "", "", nil},
		{"PUT " + r2 + "/{bucket}/objects/{object}", "", "content", nil},
		{"GET " + r2 + "/{bucket}/objects/{object}", "", "", nil},
		{"DELETE " + r2 + "/{bucket}/objects/{object}", "", "", nil},
		{"DELETE " + r2 + "/{bucket}", "", "", nil},
		{"POST " + d1, "", `{"name":"database"}`, keep("database", "uuid")},
		{"GET " + d1, "", "", nil},
		{"GET " + d1 + "/{database}", "", "", nil},
		{"POST " + d1 + "/{database}/query", "", `{"sql":"select 1"}`, nil},
		{"POST " + d1 + "/{database}/raw", "", `{"sql":"select 1"}`, nil},
		{"POST " + d1 + "/{database}/import", "", `{"action":"init","etag":"95adb6e77a0884d9e50232cb8c5c969d"}`, func(r map[string]any) { file(r["upload_url"]) }},
		{"PUT /d1/files/{file}", "", "select 1", nil},
		{"POST " + d1 + "/{database}/import", "", `{"action":"ingest","etag":"95adb6e77a0884d9e50232cb8c5c969d","filename":"f"}`, nil},
		{"POST " + d1 + "/{database}/export", "", `{"output_format":"polling","dump_options":{"tables":["t"]}}`, func(r map[string]any) { file(r["result"].(map[string]any)["signed_url"]) }},
		{"GET /d1/files/{file}", "", "", nil},
		{"DELETE " + d1 + "/{database}", "", "", nil},
		{"POST " + queues, "", `{"queue_name":"jobs","settings":{"delivery_delay":0}}`, keep("queue", "queue_id")},

		{"PUT " + worker, "", upload(""), nil},
		{"PUT " + worker, "", upload(bindings + migrations + settings), nil},
		{"GET " + scripts, "", "", nil},
		{"GET " + worker + "/settings", "", "", nil},
		{"PATCH " + worker + "/settings", "", `{"tags":["u"]}`, nil},
		{"GET " + worker + "/script-settings", "", "", nil},
		{"PATCH " + worker + "/script-settings", "", `{"logpush":true,"observability":{"enabled":true}}`, nil},
		{"GET " + worker + "/content/v2", "", "", nil},
		{"PUT " + worker + "/secrets", "", `{"name":"SECRET","text":"t","type":"secret_text"}`, nil},
		{"GET " + worker + "/secrets", "", "", nil},
		{"PATCH " + worker + "/secrets-bulk", "", `{"secrets":{"B":{"name":"B","text":"t","type":"secret_text"},"SECRET":null}}`, nil},
		{"DELETE " + worker + "/secrets/{secret}", "", "", nil},
		{"POST " + worker + "/versions", "", upload(bindings + settings), keep("version", "id")},
		{"GET " + worker + "/versions", "", "", nil},
		{"GET " + worker + "/versions/{version}", "", "", nil},
		{"POST " + worker + "/deployments", "force=true", `{"strategy":"percentage","versions":[{"version_id":"{version}","percentage":100}],"annotations":{"workers/message":"m"}}`, nil},
		{"GET " + worker + "/deployments", "", "", nil},
		{"PATCH /accounts/{account}/workers/workers/{worker}/versions/latest", "", `{"env":{"E":{"type":"secret_text","text":"t"}}}`, nil},
		{"GET /accounts/{account}/workers/workers/{worker}", "", "", nil},
		{"GET /accounts/{account}/workers/services/{worker}", "", "", nil},
		{"GET " + worker + "/subdomain", "", "", nil},
		{"POST " + worker + "/subdomain", "", `{"enabled":true,"previews_enabled":false}`, nil},
		{"GET /accounts/{account}/workers/subdomain", "", "", nil},
		{"PUT " + worker + "/schedules", "", `[{"cron":"*/5 * * * *"}]`, nil},
		{"GET " + worker + "/schedules", "", "", nil},
		{"PUT " + worker + "/routes", "", `[{"pattern":"example.com/*"}]`, nil},
		{"PUT " + worker + "/domains/records", "", `{"origins":[{"hostname":"a.example.com"}]}`, nil},
		{"POST " + worker + "/domains/changeset", "", "", nil},
		{"GET " + worker + "/references", "", "", nil},
		{"GET /accounts/{account}/workers/tails/by-consumer/{worker}", "", "", nil},
		{"POST " + worker + "/tails", "", `{"filters":[]}`, keep("tail", "id")},
		{"GET " + worker + "/tails", "", "", nil},
		{"DELETE " + worker + "/tails/{tail}", "", "", nil},
		{"POST " + worker + "/assets-upload-session", "", `{"manifest":{"/a.txt":{"hash":"` + hash + `","size":2}}}`, func(r map[string]any) { session, _ = r["jwt"].(string) }},
		{"POST /accounts/{account}/workers/assets/upload", "base64=true", form(part{hash, "text/plain", "aGk="}), nil},
		{"GET /accounts/{account}/workers/durable_objects/namespaces", "", "", nil},
		{"GET /accounts/{account}/workers/dispatch/namespaces", "", "", nil},
		{"PUT /accounts/{account}/workflows/{workflow}", "", `{"script_name":"api","class_name":"W"}`, nil},
		{"GET /zones", "name=example.com&account.id=" + accountA, "", nil},
		{"GET /zones/{zone}/workers/routes", "", "", nil},

		{"POST " + queues + "/{queue}/consumers", "", `{"type":"worker","script_name":"api","settings":{"batch_size":5},"dead_letter_queue":"dead"}`, keep("consumer", "consumer_id")},
		{"GET " + queues, "", "", nil},
		{"GET " + queues + "/{queue}", "", "", nil},
		{"GET " + queues + "/{queue}/consumers", "", "", nil},
		{"PUT " + queues + "/{queue}/consumers/{consumer}", "", `{"type":"worker","script_name":"api"}`, nil},
		{"DELETE " + queues + "/{queue}/consumers/{consumer}", "", "", nil},
		{"PATCH " + queues + "/{queue}", "", `{"queue_name":"jobs","settings":{"delivery_paused":true}}`, nil},
		{"POST " + queues + "/{queue}/messages", "", `{"body":"hi","content_type":"text","delay_seconds":3}`, nil},
		{"POST " + queues + "/{queue}/messages/batch", "", `{"messages":[{"body":{"a":1}},{"body":"t","content_type":"text"}],"delay_seconds":1}`, nil},
		{"POST " + queues + "/{queue}/consumers", "", `{"type":"http_pull","settings":{"batch_size":5}}`, keep("consumer", "consumer_id")},
		{"POST " + queues + "/{queue}/messages/pull", "", `{"batch_size":2,"visibility_timeout_ms":1000}`, nil},
		{"POST " + queues + "/{queue}/messages/ack", "", `{"acks":[{"lease_id":"l"}],"retries":[{"lease_id":"r","delay_seconds":2}]}`, nil},
		{"POST " + queues + "/{queue}/purge", "", `{"delete_messages_permanently":true}`, nil},
		{"DELETE " + queues + "/{queue}", "", "", nil},
		{"POST /graphql", "", `{"query":"{viewer{__typename}}"}`, nil},

		{"DELETE " + worker, "", "", nil},
		{"PUT " + worker, "", upload(""), nil},
		{"DELETE /accounts/{account}/workers/services/{worker}", "", "", nil},
		{"DELETE " + kv + "/{namespace}", "", "", nil},
	} {
		method, path, _ := strings.Cut(step.route, " ")
		body := step.body
		for name, value := range named {
			path = strings.ReplaceAll(path, "{"+name+"}", value)
			body = strings.ReplaceAll(body, "{"+name+"}", value)
		}
		req := httptest.NewRequest(method, api.Prefix+path+"?"+step.query, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+h.tokens["admin"])
		if strings.HasSuffix(step.route, "/assets/upload") {
			req.Header.Set("Authorization", "Bearer "+session)
		}
		if strings.HasPrefix(body, "--b") {
			req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		}
		rec := httptest.NewRecorder()
		h.handler.ServeHTTP(rec, req)
		if rec.Code >= 300 {
			t.Fatalf("%s %s: got %d %s", method, path, rec.Code, rec.Body)
		}
		done[step.route] = true
		if step.then != nil {
			var answer struct{ Result map[string]any }
			if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
				t.Fatalf("%s: %v: %s", step.route, err, rec.Body)
			}
			step.then(answer.Result)
		}
	}
	for _, route := range api.Routes() {
		if !done[route] && !neverSucceed[route] {
			t.Errorf("%s was not tried: add it to the tour", route)
		}
	}
}
