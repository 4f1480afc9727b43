package api_test

import (
	"strings"
	"testing"
)

// A consumer outside of Cloudflare: added as wrangler does, then messages are pulled and acknowledged.
func TestMessagesArePulled(t *testing.T) {
	h := newHouse(t)
	const queues = "/accounts/" + accountA + "/queues"
	queue := queues + "/" + result(t, h.form("POST", queues, `{"queue_name":"jobs"}`))["queue_id"].(string)
	if rec := h.form("POST", queue+"/messages/pull", ``); rec.Code != 400 || !strings.Contains(rec.Body.String(), "no consumer of type http_pull") {
		t.Errorf("without a consumer: got %d %s", rec.Code, rec.Body)
	}
	for _, wrong := range []string{`{"type":"ftp"}`, `{"type":"http_pull","settings":{"batch_size":101}}`, `{"type":"http_pull","settings":{"visibility_timeout_ms":43200001}}`} {
		if rec := h.form("POST", queue+"/consumers", wrong); rec.Code != 400 {
			t.Errorf("%s: got %d %s, want 400", wrong, rec.Code, rec.Body)
		}
	}
	consumer := result(t, h.form("POST", queue+"/consumers", `{"type":"http_pull","settings":{"batch_size":2,"visibility_timeout_ms":60000}}`))
	if consumer["type"] != "http_pull" || consumer["script"] != nil {
		t.Errorf("the consumer is %v, want one that pulls, of no Worker", consumer)
	}
	if rec := h.form("POST", queue+"/consumers", `{"type":"http_pull"}`); !strings.Contains(rec.Body.String(), "11004") {
		t.Errorf("a second one: got %s, want 11004", rec.Body)
	}
	for _, message := range []string{`{"body":{"a":1}}`, `{"body":"text","content_type":"text"}`, `{"body":3}`} {
		if rec := h.form("POST", queue+"/messages", message); rec.Code != 200 {
			t.Fatal(rec.Body)
		}
	}
	got := result(t, h.form("POST", queue+"/messages/pull", `{"visibility_timeout":30000}`))
	messages := got["messages"].([]any)
	if len(messages) != 2 || got["message_backlog_count"] != 3.0 {
		t.Fatalf("got %v, want two of three messages", got)
	}
	var leases []string
	for i, want := range []string{"eyJhIjoxfQ==", "text"} { // JSON comes as base64
		m := messages[i].(map[string]any)
		if m["body"] != want || m["attempts"] != 1.0 {
			t.Errorf("message %d is %v, want body %s at the first attempt", i, m, want)
		}
		leases = append(leases, m["lease_id"].(string))
	}
	done := result(t, h.form("POST", queue+"/messages/ack", `{"acks":[{"lease_id":"`+leases[0]+`"},{"lease_id":"x"}],"retries":[{"lease_id":"`+leases[1]+`","delay_seconds":600}]}`))
	if done["ackCount"] != 1.0 || done["retryCount"] != 1.0 || len(done["warnings"].(map[string]any)) != 1 {
		t.Errorf("got %v, want one acknowledged, one to retry, and a warning of what is no lease", done)
	}
	for body, want := range map[string]string{
		`{"batch_size":0}`:                   "batch_size is 0",
		`{"batch_size":101}`:                 "batch_size is 101",
		`{"visibility_timeout_ms":43200001}`: "visibility_timeout_ms is 43200001",
		`{"visibility_timeout_ms":0}`:        "visibility_timeout_ms is 0",
	} {
		if rec := h.form("POST", queue+"/messages/pull", body); rec.Code != 400 || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: got %d %s, want 400 that says %s", body, rec.Code, rec.Body, want)
		}
	}
	if rec := h.form("POST", queue+"/messages/ack", `{"retries":[{"lease_id":"x","delay_seconds":-1}]}`); rec.Code != 400 {
		t.Errorf("a delay that is none: got %d %s", rec.Code, rec.Body)
	}
	result(t, h.form("PUT", queue+"/consumers/"+consumer["consumer_id"].(string), `{"type":"http_pull"}`))
	if rec := h.form("DELETE", queue+"/consumers/"+consumer["consumer_id"].(string), ""); rec.Code != 200 {
		t.Errorf("delete: %s", rec.Body)
	}
}
