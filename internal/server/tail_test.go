package server_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/workers"
)

// A client that watches a Worker sees its calls, is kept over pings, and does not hold up the server's stop.
func TestTail(t *testing.T) {
	binary, err := server.FindWorkerd(t.Context(), "", filepath.Join("..", "..", "conformance"))
	if err != nil {
		t.Skipf("%v (npm ci --prefix conformance)", err)
	}
	s, err := server.Open(server.Options{Data: t.TempDir(), Workerd: binary, NoEgress: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		began := time.Now()
		if err := s.Close(); err != nil || time.Since(began) > 8*time.Second {
			t.Errorf("close: %v after %s", err, time.Since(began))
		}
	}()
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	account, err := s.Platform().EnsureAccount(t.Context(), "My Test", "")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: "tail", Permission: platform.Read})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Workers().Upload(t.Context(), account.ID, "api", workers.Upload{
		Deploy: true, CompatibilityDate: "2026-04-01",
		Modules: []workers.SentModule{{Name: "index.js", Kind: workers.KindESModule, Content: []byte(`export default { fetch() { console.log("hello"); return new Response("runs") } }`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequestWithContext(t.Context(), "POST", s.BaseURL()+"/accounts/"+account.ID+"/workers/scripts/api/tails", bytes.NewReader([]byte(`{"filters":[]}`)))
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var made struct {
		Result struct{ ID, URL string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&made); err != nil || !strings.HasSuffix(made.Result.URL, "/tails/"+made.Result.ID) {
		t.Fatalf("the session is %+v, %v", made, err)
	}
	conn, _, err := websocket.Dial(t.Context(), made.Result.URL, &websocket.DialOptions{Subprotocols: []string{"trace-v1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	ask, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/a", nil)
	ask.Host = "api.my-test.localhost"
	if answer, err := http.DefaultClient.Do(ask); err != nil || answer.StatusCode != 200 {
		t.Fatalf("got %+v, %v", answer, err)
	}
	_, event, err := conn.Read(t.Context())
	if err != nil || !strings.Contains(string(event), `"message":["hello"]`) || !strings.Contains(string(event), `"scriptName":"api"`) {
		t.Fatalf("the event is %s, %v", event, err)
	}
	go func() { _, _, _ = conn.Read(t.Context()) }() // pongs are read
	if err := conn.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}
