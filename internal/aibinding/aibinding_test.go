package aibinding_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/bindery-dev/bindery/internal/aibinding"
)

// endpoint stands in for a model, which no test could have: it notes what it is asked and answers what it is told.
type endpoint struct {
	status      int
	answer      string
	path, asked string
	key         string
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.path, e.asked, e.key = r.URL.Path, string(body), r.Header.Get("Authorization")
	w.WriteHeader(e.status)
	_, _ = io.WriteString(w, e.answer)
}

func TestRun(t *testing.T) {
	const says = `{"choices":[{"message":{"content":"hello"}}],"usage":{"total_tokens":3}}`
	for _, c := range []struct {
		name, inputs      string
		endpoint          endpoint
		path, asked, want string
		status            int
	}{
		{"messages", `{"messages":[{"role":"user","content":"hi"}],"max_tokens":5}`, endpoint{status: 200, answer: says},
			"/v1/chat/completions", `{"max_tokens":5,"messages":[{"role":"user","content":"hi"}],"model":"@cf/m"}`, `{"response":"hello","usage":{"total_tokens":3}}`, 200},
		{"prompt", `{"prompt":"hi \"x\""}`, endpoint{status: 200, answer: says},
			"/v1/chat/completions", `{"messages":[{"role":"user","content":"hi \"x\""}],"model":"@cf/m"}`, `{"response":"hello"`, 200},
		{"tools", `{"prompt":"hi"}`, endpoint{status: 200, answer: `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"1"}]}}]}`},
			"/v1/chat/completions", `"model":"@cf/m"`, `{"response":"","tool_calls":[{"id":"1"}]}`, 200},
		{"embedding", `{"text":["a","b"]}`, endpoint{status: 200, answer: `{"data":[{"embedding":[1,2,3]},{"embedding":[4,5,6]}]}`},
			"/v1/embeddings", `{"input":["a","b"],"model":"@cf/m"}`, `{"shape":[2,3],"data":[[1,2,3],[4,5,6]]}`, 200},
		{"stream", `{"prompt":"hi","stream":true}`, endpoint{status: 200, answer: ": ping\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"he\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"n\":1}}\n\ndata: [DONE]\n\n"},
			"/v1/chat/completions", `"stream":true`, "data: {\"response\":\"he\"}\n\ndata: {\"response\":\"\",\"usage\":{\"n\":1}}\n\ndata: [DONE]\n\n", 200},
		{"other inputs", `{"image":[1]}`, endpoint{}, "", "", `"internalCode":5004`, 400},
		{"no such model", `{"prompt":"hi"}`, endpoint{status: 404, answer: `{"error":{"message":"model not found"}}`},
			"/v1/chat/completions", "", `"internalCode":5007,"name":"InferenceUpstreamError","description":"model not found"`, 400},
		{"busy", `{"prompt":"hi"}`, endpoint{status: 429, answer: "x"}, "/v1/chat/completions", "", `"internalCode":3040`, 429},
		{"wrong key", `{"prompt":"hi"}`, endpoint{status: 401, answer: `{"error":{"message":"bad key s3cret"}}`},
			"/v1/chat/completions", "", `takes no requests with this server's key`, 502},
		{"garbage", `{"prompt":"hi"}`, endpoint{status: 200, answer: "<html>"}, "/v1/chat/completions", "", `answers without a completion`, 502},
		{"inputs that are none", `7`, endpoint{}, "", "", `"internalCode":5004`, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &c.endpoint
			s := httptest.NewServer(e)
			defer s.Close()
			at, _ := url.Parse(s.URL + "/v1")
			var log bytes.Buffer
			h := aibinding.Handler(aibinding.Options{Endpoint: at, Key: "s3cret", Log: slog.New(slog.NewTextHandler(&log, nil))})
			r := httptest.NewRequest("POST", "/run?version=3", strings.NewReader(fmt.Sprintf(`{"inputs":%s,"options":{}}`, c.inputs)))
			r.Header.Set("cf-consn-model-id", "@cf/m")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if body := w.Body.String(); w.Code != c.status || !strings.Contains(body, c.want) || strings.Contains(body+log.String(), "s3cret") {
				t.Errorf("the Worker got %d %s, want %d with %s; log: %s", w.Code, body, c.status, c.want, &log)
			}
			if e.path != c.path || !strings.Contains(e.asked, c.asked) || c.path != "" && e.key != "Bearer s3cret" {
				t.Errorf("the endpoint was asked %s %s with %q; want %s %s", e.path, e.asked, e.key, c.path, c.asked)
			}
		})
	}
}
