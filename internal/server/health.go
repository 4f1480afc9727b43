package server

import (
	"context"
	"net/http"

	"github.com/bindery-dev/bindery/internal/api"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/metrics"
	"github.com/bindery-dev/bindery/internal/platform"
)

// checkup is the body of /healthz and /readyz.
type checkup struct {
	Status  string `json:"status"` // "ok", "draining" or "failing"
	Store   string `json:"store"`  // "ok", or what is wrong with it
	Version string `json:"version,omitempty"`
}

// checkup asks the store, if it can say: one in memory is always well.
func (s *Server) checkup() checkup {
	c := checkup{Status: "ok", Store: "ok", Version: s.o.Version}
	if asked, can := s.store.(interface{ Health() error }); can {
		if err := asked.Health(); err != nil {
			c.Status, c.Store = "failing", err.Error()
		}
	}
	return c
}

// healthz says whether the process is of use at all: one that is not should be restarted.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { answerCheckup(w, s.checkup()) }

// readyz says whether requests should be sent here.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	c := s.checkup()
	if c.Status == "ok" && s.draining.Load() {
		c.Status = "draining"
	}
	answerCheckup(w, c)
}

func answerCheckup(w http.ResponseWriter, c checkup) {
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	if c.Status != "ok" {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, c)
}

func (s *Server) newMetrics() *metrics.Metrics {
	o := metrics.Options{
		Operations: api.Operations(), Version: s.o.Version,
		Held:     func() (platform.Counts, error) { return s.platform.Count(context.Background()) },
		InFlight: s.inFlight.Load,
		Ready:    func() bool { return s.checkup().Status == "ok" && !s.draining.Load() },
	}
	if disk, ok := s.store.(*pebblekv.Store); ok {
		o.Store = func() (pebblekv.Stats, error) { return disk.Stats(context.Background()) }
	}
	return metrics.New(o)
}
