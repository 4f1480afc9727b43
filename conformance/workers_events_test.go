//go:build npm

package conformance

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// ask sends a request to a Worker of the account.
func (s *shell) ask(t *testing.T, method, worker, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.house.server.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = worker + "." + s.account + ".localhost"
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// said is what a running command prints.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) has(parts ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, part := range parts {
		if !strings.Contains(s.text.String(), part) {
			return false
		}
	}
	return true
}

// tail runs wrangler tail until all of want was printed. meanwhile is what is done again and again for it.
func (s *shell) tail(t *testing.T, meanwhile func(), args []string, want ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out said
	cmd := s.command(ctx, t, append([]string{"tail"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for !out.has(want...) && ctx.Err() == nil {
		meanwhile()
		time.Sleep(100 * time.Millisecond)
	}
	if ctx.Err() == nil {
		_ = cmd.Process.Signal(os.Interrupt) // it deletes its session
	}
	err := cmd.Wait()
	text := out.text.String()
	if !out.has(want...) {
		t.Fatalf("wrangler tail %q: %v, and printed\n%s\nwant %q in it", args, err, text, want)
	}
	return text
}

const tailed = `export default { async fetch(r) {
	console.log("seen", new URL(r.url).pathname, { deep: [1] });
	if (r.method === "POST") throw new TypeError("boom");
	return new Response("fine") } }`

func tailJSON(t *testing.T, s *shell) {
	s.configured(t, "tailed", `"vars": {}`)
	s.file(t, "src/plain.js", []byte(tailed))
	s.run(t, "deploy")
	s.tail(t, func() {
		s.ask(t, "GET", "tailed", "/get")
		s.ask(t, "POST", "tailed", "/post")
	}, []string{"tailed", "--format", "json"},
		`"scriptName": "tailed"`, `"outcome": "ok"`, `"status": 200`, `"method": "GET"`, `"seen",`, `"/get"`, `"deep"`,
		`"outcome": "exception"`, `"name": "TypeError"`, `"message": "boom"`)
}

func tailPretty(t *testing.T, s *shell) {
	text := s.tail(t, func() {
		s.ask(t, "GET", "tailed", "/get")
		s.ask(t, "POST", "tailed", "/post")
		s.ask(t, "POST", "tailed", "/other")
	}, []string{"tailed", "--format", "pretty", "--status", "error", "--method", "POST", "--search", "/post"},
		"Connected to tailed, waiting for logs...", "POST http://tailed.", "/post - Exception Thrown", "(log) seen /post", "TypeError: boom")
	for _, not := range []string{"GET http", "/other"} {
		if strings.Contains(text, not) {
			t.Errorf("%q was to be filtered out:\n%s", not, text)
		}
	}
	if status := s.status(t, "/accounts/"+s.account+"/workers/scripts/tailed/tails"); status != http.StatusOK {
		t.Errorf("the list of sessions: got %d", status)
	}
}

func tailNone(t *testing.T, s *shell) {
	s.refused(t, "This Worker does not exist on your account.", "tail", "none", "--format", "json")
}
