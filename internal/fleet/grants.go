package fleet

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

// headerGrant is what workerd sets on each request of a binding: a random word that stands for what
// is behind it (one namespace of one account, say), as long as the process runs that it was made
// for. Nothing else in a request says what is meant, so that there is nothing to forge.
const headerGrant = "Bindery-Grant"

// grants serves the bindings of all processes, on one socket in a folder that only we enter.
type grants struct {
	socket string
	server *http.Server
	served chan error

	mu  sync.RWMutex
	all map[string]http.Handler // by word
}

func openGrants(socket string, log *slog.Logger) (*grants, error) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen for bindings: %w", err)
	}
	g := &grants{socket: socket, all: map[string]http.Handler{}, served: make(chan error, 1)}
	g.server = &http.Server{ // without timeouts: workerd is who asks, and closes first
		Handler:  g,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() { g.served <- g.server.Serve(listener) }()
	return g, nil
}

// ServeHTTP lets what the request's word stands for answer, which does not see the word.
func (g *grants) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.RLock()
	to, ok := g.all[r.Header.Get(headerGrant)]
	g.mu.RUnlock()
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.Header.Del(headerGrant)
	to.ServeHTTP(w, r)
}

// give makes grants valid, and returns what ends them.
func (g *grants) give(all map[string]http.Handler) (end func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.Copy(g.all, all)
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
