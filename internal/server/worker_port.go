package server

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// WorkerPort is a port that answers nothing but Workers, at the host of Options.Listen and by the same rules.
type WorkerPort struct {
	// Worker is WORKER.ACCOUNT, which answers whatever host is asked for; "" is the one that the host names.
	Worker string
	Port   int // 0 picks a free one
}

func (p WorkerPort) address(listen string) string {
	host, _, _ := net.SplitHostPort(listen) // listenAll has looked
	return net.JoinHostPort(host, strconv.Itoa(p.Port))
}

// workerPortKey is where the context of a request has the WorkerPort by which it came.
type workerPortKey struct{}

// portOf is the base context of what comes by a listener.
func (s *Server) portOf(l net.Listener) context.Context {
	for i, other := range s.listeners[1:] {
		if other.Addr().String() == l.Addr().String() { // l may be a wrapper
			return context.WithValue(context.Background(), workerPortKey{}, s.o.WorkerPorts[i])
		}
	}
	return context.Background()
}

// routeToWorker answers what came by a port of Workers; false if it did not.
func (s *Server) routeToWorker(w http.ResponseWriter, r *http.Request) bool {
	port, ok := r.Context().Value(workerPortKey{}).(WorkerPort)
	switch {
	case !ok:
		return false
	case s.fleet == nil:
		http.Error(w, "bindery: Workers do not run; the log of the server says why", http.StatusServiceUnavailable)
	case port.Worker == "":
		s.fleet.ServeHTTP(w, r)
	default:
		worker, account, _ := strings.Cut(port.Worker, ".")
		s.fleet.ServeWorker(w, r, worker, strings.ToLower(account))
	}
	return true
}

// WorkerURLs are where the WorkerPorts listen, in their order; nil before Listen.
func (s *Server) WorkerURLs() (all []string) {
	for i := range s.listeners {
		if i > 0 {
			all = append(all, s.urlOf(s.listeners[i]))
		}
	}
	return all
}
