package fleet

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kvbinding"
)

// headerGrant is what workerd sets on each request of a KV binding: a random word that stands for
// one namespace of one account, as long as the process runs that it was made for. Nothing else in a
// request says what is meant, so that there is nothing to forge.
const headerGrant = "Bindery-Grant"

// grants serves the KV bindings of all processes, on one socket in a folder that only we enter.
type grants struct {
	socket string
	open   func(ctx context.Context, account, id string) (kv.Namespace, error)
	server *http.Server
	served chan error

	mu  sync.RWMutex
	all map[string]grant
}

type grant struct{ account, namespace string }

func openGrants(socket string, o Options) (*grants, error) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen for KV bindings: %w", err)
	}
	g := &grants{socket: socket, open: o.Namespace, all: map[string]grant{}, served: make(chan error, 1)}
	g.server = &http.Server{ // without timeouts: workerd is who asks, and closes first
		Handler:  kvbinding.Handler(g.namespace, kvbinding.Options{Log: o.Log, Now: o.Now}),
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	go func() { g.served <- g.server.Serve(listener) }()
	return g, nil
}

func (g *grants) namespace(r *http.Request) (kv.Namespace, error) {
	g.mu.RLock()
	to, ok := g.all[r.Header.Get(headerGrant)]
	g.mu.RUnlock()
	if !ok {
		return nil, kv.ErrUnauthenticated
	}
	return g.open(r.Context(), to.account, to.namespace)
}

// give makes grants valid, and returns what ends them.
func (g *grants) give(all map[string]grant) (end func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for word, to := range all {
		g.all[word] = to
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for word := range all {
			delete(g.all, word)
		}
	}
}

func newGrantWord() string { return rand.Text() }

func (g *grants) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := g.server.Shutdown(ctx); err != nil {
		_ = g.server.Close() // what asked has ended
	}
	<-g.served
	return nil
}
