package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-dev/bindery"
	"github.com/bindery-dev/bindery/examples/gateway-go/blackbox"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/seed"
	"github.com/bindery-dev/bindery/internal/server"
)

const (
	account   = "3541a8b5f1d18989d24ea2b978f1a1fc" // those of examples/api-gateway
	namespace = "e40586387b6a6c2f972c364430e213b6"
	apiKey    = "a-key-for-the-data-endpoints"
)

// TestBlackBox: the gateway on a server of ours, over real HTTP on both sides, passes what the Worker passes.
func TestBlackBox(t *testing.T) {
	var before atomic.Int64
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		blackbox.Answer(w, r, int(before.Add(1)-1))
	}))
	t.Cleanup(upstream.Close)
	at := bindery.Options{Environment: "production"}
	at.URL, at.Token = serveKV(t)
	env, err := bindery.Open(t.Context(), "../api-gateway", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { env.Close() })
	storage, err := env.KV("API_GATEWAY_STORAGE")
	if err != nil {
		t.Fatal(err)
	}
	url, log := start(t, options{bindery: at, reload: 300 * time.Millisecond})
	for _, line := range []string{`binding is="API_GATEWAY_STORAGE KVNamespace ` + namespace + ` \"api-gateway-production\""`, "gateway listens"} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("the first lines of the log lack %s:\n%s", line, log)
		}
	}
	blackbox.Run(t, blackbox.Gateway{
		URL: url, APIKey: apiKey, Upstream: upstream.URL, Log: log.String,
		Put: func(key, value string) error {
			return storage.Put(t.Context(), key, bindery.Item{Value: []byte(value)})
		},
		Delete: func(key string) error { return storage.Delete(t.Context(), key) },
	})
}

// TestShutdown: whoever is being answered when the gateway stops gets the answer.
func TestShutdown(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-end
	}))
	t.Cleanup(upstream.Close)
	ctx, stop := context.WithCancel(t.Context())
	url, stopped := make(chan string, 1), make(chan error, 1)
	o := options{
		config: "../api-gateway", listen: "127.0.0.1:0", binding: "API_GATEWAY_STORAGE", reload: time.Hour,
		bindery: bindery.Options{Environment: "test", Memory: true},
		put:     map[string]string{"rule:a": `{"match":"/*","upstream":"` + upstream.URL + `"}`},
	}
	go func() {
		stopped <- run(ctx, o, slog.New(slog.DiscardHandler), func(a net.Addr) { url <- "http://" + a.String() })
	}()
	answered := make(chan string, 1)
	go func() {
		res, err := http.Get(<-url)
		if err != nil {
			answered <- err.Error()
			return
		}
		res.Body.Close()
		answered <- res.Status
	}()
	<-begun
	stop()
	close(end)
	if got := <-answered; got != "200 OK" {
		t.Errorf("a request under way got %s", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("it stopped with %v", err)
	}
}

// start runs the gateway until the test ends.
func start(t *testing.T, o options) (url string, log *lines) {
	t.Helper()
	o.config, o.listen, o.binding, o.apiKeys = "../api-gateway", "127.0.0.1:0", "API_GATEWAY_STORAGE", []string{apiKey}
	log = &lines{}
	ctx, stop := context.WithCancel(context.Background())
	started, stopped := make(chan string, 1), make(chan error, 1)
	go func() {
		stopped <- run(ctx, o, slog.New(slog.NewTextHandler(log, nil)), func(a net.Addr) { started <- "http://" + a.String() })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("the gateway stopped with %v", err)
		}
	})
	select {
	case url = <-started:
	case err := <-stopped:
		stopped <- nil
		t.Fatal(err)
	}
	return url, log
}

// serveKV starts a server with the namespace of the example.
func serveKV(t *testing.T) (url, token string) {
	t.Helper()
	s, err := server.Open(server.Options{})
	if err == nil {
		err = s.Listen()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	p := s.Platform()
	if _, err := p.EnsureAccount(t.Context(), "production", account); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CreateNamespace(t.Context(), account, namespace, "api-gateway-production"); err != nil {
		t.Fatal(err)
	}
	token, _, err = p.CreateToken(t.Context(), platform.TokenInfo{Name: "gateway", Accounts: []string{account}, Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	return s.BaseURL(), token
}

// lines is a log that may be read while it is written.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// TestSeeds: what the seeds of the example declare is what the gateway understands, and what it would ignore is refused
// when it is seeded.
func TestSeeds(t *testing.T) {
	const folder = "../api-gateway/seeds/"
	for _, env := range []string{"test", "production"} {
		s, err := seed.Read([]string{folder + "gateway.yaml"}, seed.Options{Environment: env})
		if err != nil {
			t.Fatal(err)
		}
		all := &table{}
		for _, key := range s.Bindings[0].Keys {
			if key.Remove {
				continue
			}
			if err := all.add(key.Key, key.Value); err != nil {
				t.Errorf("%s, environment %s: %v", key.Key, env, err)
			}
		}
		if len(all.rules) < 2 || len(all.policies) < 1 {
			t.Errorf("environment %s has %d rules and %d policies", env, len(all.rules), len(all.policies))
		}
	}
	schemas, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key, value string
		good       bool
	}{
		{"rule:a", `{"match":"/a/*","upstream":"https://u.example/base","rewrite":"/b/*","methods":["GET"]}`, true},
		{"rule:a", `{"match":"/*","upstream":"http://u.example"}`, true},
		{"rule:a", `{"match":"/","upstream":"http://u.example"}`, true},
		{"rule:a", `{"match":"a","upstream":"https://u.example"}`, false},
		{"rule:a", `{"match":"","upstream":"https://u.example"}`, false},
		{"rule:a", `{"match":"/a*","upstream":"https://u.example"}`, false},
		{"rule:a", `{"match":"/*/a","upstream":"https://u.example"}`, false},
		{"rule:a", `{"match":"/a"}`, false},
		{"rule:a", `{"match":"/a","upstream":"u.example"}`, false},
		{"rule:a", `{"match":"/a","upstream":"https://u.example?a=b"}`, false},
		{"rule:a", `{"match":"/a","upstream":"https://u.example","rewrite":"/b/*"}`, false},
		{"rule:a", `{"match":"/a","upstream":"https://u.example","rewrite":"b"}`, false},
		{"rule:a", `{"match":"/a","upstream":"https://u.example","methods":["get"]}`, false},
		{"rule:a", `{"match":"/a","upstream":"https://u.example","methods":"GET"}`, false},
		{"rule:a", `{"match":"/a","upstream":"https://u.example","key_sha256":"secret"}`, false},
		{"rule:a", `{"match":"/a","upstream":"https://u.example","upstraem":1}`, false},
		{"rule:a", `[]`, false},
		{"cache:a", `{"match":"/a","ttl":1,"vary":["Accept"],"bypass":["Authorization"]}`, true},
		{"cache:a", `{"match":"/a"}`, false},
		{"cache:a", `{"match":"/a","ttl":0}`, false},
		{"cache:a", `{"match":"/a","ttl":"1"}`, false},
		{"cache:a", `{"match":"/a","ttl":1,"vary":"Accept"}`, false},
	} {
		path := filepath.Join(t.TempDir(), "a.json")
		src := fmt.Sprintf(`{"bindings":{"A":{"schemas":{"rule:":%q,"cache:":%q},"keys":{%q:{"json":%s}}}}}`,
			filepath.Join(schemas, "rule.schema.json"), filepath.Join(schemas, "cache.schema.json"), c.key, c.value)
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		_, refused := seed.Read([]string{path}, seed.Options{})
		ignored := (&table{}).add(c.key, []byte(c.value))
		if (refused == nil) != c.good || (ignored == nil) != c.good {
			t.Errorf("%s = %s: seeding says %v, the gateway says %v; want both to take it: %v", c.key, c.value, refused, ignored, c.good)
		}
	}
}
