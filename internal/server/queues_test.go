package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

// What a client and a Worker send waits in a paused queue, over a restart of the server, and reaches the
// consumer when the queue is resumed; a queue that was deleted leaves nothing behind.
func TestQueueOfClientAndWorker(t *testing.T) {
	binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	o := server.Options{Data: t.TempDir(), Workerd: binary, NoEgress: true}
	s := openListening(t, o)
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "t", Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	account, err := s.Platform().EnsureAccount(t.Context(), "My Test", "")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body, want string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.BaseURL()+"/accounts/"+account.ID+"/queues"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if path == "worker" {
			r.URL.Path, r.Host = "/", "w.my-test.localhost"
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s %s %s: got %s, %v; want %s", method, path, body, text, err, want)
		}
	}
	ask("POST", "", `{"queue_name":"jobs","settings":{"delivery_paused":true}}`, `"queue_name":"jobs"`)
	ask("POST", "", `{"queue_name":"slow","settings":{"delivery_delay":-1}}`, `delivery_delay is -1, must be 0 to 86400`)
	var bound workers.Binding
	if err := json.Unmarshal([]byte(`{"name":"Q","type":"queue","queue_name":"jobs"}`), &bound); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Workers().Upload(t.Context(), account.ID, "w", workers.Upload{
		Deploy: true, CompatibilityDate: "2026-04-01",
		Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(`let got = [];
				export default {
					async fetch(request, env) { 
						try { if (request.method === "POST") await env.Q.send("worker"); return Response.json(got.sort()) } catch (e) { return new Response(e.message) }
					},
					queue(batch) { got.push(...batch.messages.map((m) => m.body)) },
				}`)}},
		Bindings: []workers.Binding{bound},
	}); err != nil {
		t.Fatal(err)
	}
	ask("POST", "/jobs/consumers", `{"type":"worker","script_name":"w","dead_letter_queue":"dead","settings":{"batch_size":101}}`, `batch_size is 101, must be 1 to 100`)
	ask("POST", "/jobs/consumers", `{"type":"worker","script_name":"w","dead_letter_queue":"dead","settings":{"max_wait_time_ms":10,"max_retries":null}}`, `"script_name":"w"`)
	ask("GET", "/dead", "", `"queue_name":"dead"`)
	ask("POST", "/jobs/messages", `{"body":{"from":"client"}}`, `"success":true`)
	ask("POST", "/jobs/messages", `{"body":1,"content_type":"text"}`, `a text must be a string`)
	ask("POST", "worker", "", `[]`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openListening(t, o)
	ask("PATCH", "/jobs", `{"settings":{"delivery_paused":false}}`, `"delivery_paused":false`)
	deadline := time.Now().Add(10 * time.Second)
	for got := ""; !strings.Contains(got, "worker"); {
		if time.Now().After(deadline) {
			t.Fatalf("the consumer got %s", got)
		}
		r, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL(), nil)
		r.Host = "w.my-test.localhost"
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		got = string(text)
		time.Sleep(10 * time.Millisecond)
	}
	ask("GET", "worker", "", `[{"from":"client"},"worker"]`)
	ask("DELETE", "/jobs", "", `"success":true`)
	ask("POST", "/jobs/messages", `{"body":1}`, `"code":11000`)
	ask("POST", "worker", "", "queue not found (11000)")
}

func openListening(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	s, err := server.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	return s
}
