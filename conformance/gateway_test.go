//go:build npm

package conformance

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bindery-dev/bindery/examples/gateway-go/blackbox"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/server"
)

// The test environment of examples/api-gateway.
const (
	gatewayAccount   = "960a51529c816b327b2e962bae18f22b"
	gatewayNamespace = "89aeb402fd0cd3648405894097b0057f"
)

// TestGatewayWorker: the Worker of examples/api-gateway, deployed by wrangler and run by workerd, passes what
// examples/gateway-go passes. Its upstream is a Worker too, as workerd lets none reach a server of this machine.
func TestGatewayWorker(t *testing.T) {
	var log consoleLog
	h := newHouse(t, server.Throttle{}, func(o *server.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	p := h.server.Platform()
	if _, err := p.EnsureAccount(t.Context(), "test", gatewayAccount); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CreateNamespace(t.Context(), gatewayAccount, gatewayNamespace, "api-gateway-test"); err != nil {
		t.Fatal(err)
	}
	s := &shell{flat: &flat{house: h, account: gatewayAccount, token: h.token(t, gatewayAccount)}, wrangler: older}

	s.dir = t.TempDir()
	s.file(t, "wrangler.toml", []byte("name = \"upstream\"\nmain = \"index.js\"\ncompatibility_date = \"2026-04-01\"\n"))
	s.file(t, "index.js", []byte(blackbox.UpstreamCode))
	s.run(t, "deploy")

	s.dir = t.TempDir()
	if err := os.CopyFS(s.dir, os.DirFS("../examples/api-gateway")); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(s.dir, "wrangler.toml"))
	if err != nil {
		t.Fatal(err)
	}
	s.file(t, "wrangler.toml", append(config, "\n[[env.test.services]]\nbinding = \"UPSTREAM\"\nservice = \"upstream\"\n"...))
	s.run(t, "deploy", "--env", "test")
	s.typed(t, probeKey, "secret", "put", "X_API_KEY", "--env", "test")

	store, err := p.Namespace(t.Context(), gatewayAccount, gatewayNamespace)
	if err != nil {
		t.Fatal(err)
	}
	blackbox.Run(t, blackbox.Gateway{
		URL: h.server.URL(), Host: "api-gateway-test.test.localhost", APIKey: probeKey, Upstream: "service:UPSTREAM", Log: log.String,
		Put: func(key, value string) error {
			return store.Put(t.Context(), kv.Pair{Key: key, Item: kv.Item{Value: []byte(value)}})
		},
		Delete: func(key string) error { return store.Delete(t.Context(), key) },
	})
}

// consoleLog keeps what Workers write to the console.
type consoleLog struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *consoleLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(line, []byte("msg=console")) {
		l.all.Write(line)
	}
	return len(line), nil
}

func (l *consoleLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// TestGatewayCompiles: under tsc --strict, with the types that wrangler generates for the runtime.
func TestGatewayCompiles(t *testing.T) {
	s := &shell{flat: &flat{house: newHouse(t, server.Throttle{})}, wrangler: older, dir: t.TempDir()}
	if err := os.CopyFS(s.dir, os.DirFS("../examples/api-gateway")); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile("testdata/probe/tsconfig.json")
	if err != nil {
		t.Fatal(err)
	}
	s.file(t, "tsconfig.json", config)
	s.run(t, "types", "--include-env=false")
	tsc, err := filepath.Abs("node_modules/typescript/bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(older.node(), tsc, "--project", s.dir).CombinedOutput(); err != nil {
		t.Errorf("tsc: %v\n%s", err, said)
	}
}
