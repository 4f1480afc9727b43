package fleet

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/bindery-dev/bindery/internal/workerd"
	"github.com/bindery-dev/bindery/internal/workers"
)

//go:embed js/router.js
var routerCode []byte

// router is the service that hands events to the Workers of its process.
const router = "event router"

var (
	// ErrNoWorker: the account has no Worker of this name that is deployed.
	ErrNoWorker = errors.New("the Worker is not deployed")
	// ErrNoHandler: the Worker has no handler for the event.
	ErrNoHandler = errors.New("the Worker has no handler for this event")
)

// route adds the router where a Worker has a handler for it. It needs what workerd calls experimental, which
// its user could then ask for as well: so all versions must have been tried, without that, before.
func (c *composer) route() {
	var bindings []workerd.Binding
	for name, m := range c.plan.members {
		for _, s := range m.shares {
			if len(s.version.Modules) > 0 && !tried(&s.version) {
				return
			}
		}
		if v := &m.main().version; handles(v, "scheduled") || handles(v, "queue") {
			bindings = append(bindings, workerd.Binding{Name: name, Value: workerd.Service{Worker: m.service(v)}})
		}
	}
	if len(bindings) == 0 {
		return
	}
	c.program.Experimental = true
	c.program.Workers = append(c.program.Workers, workerd.Worker{
		Name: router, CompatibilityDate: oldestDate, CompatibilityFlags: []string{"service_binding_extra_handlers"},
		Modules:  []workerd.Module{{Name: "router.js", Kind: workerd.ESModule, Content: routerCode}},
		Bindings: bindings,
	})
	c.program.Sockets = append(c.program.Sockets, workerd.Socket{Name: router, Worker: router})
}

// tried says whether a version was started before it was accepted.
func tried(v *workers.Version) bool { return len(v.Trial.Handlers)+len(v.Trial.Classes) > 0 }

// event is what the router is sent: a batch of a queue, or else the time of a trigger.
type event struct {
	Worker   string        `json:"worker"`
	Cron     string        `json:"cron,omitempty"`
	Time     int64         `json:"time,omitempty"` // Unix milliseconds
	Queue    string        `json:"queue,omitempty"`
	Messages []sentMessage `json:"messages,omitempty"`
}

// handler names what a Worker has for the event.
func (e *event) handler() string {
	if e.Queue != "" {
		return "queue"
	}
	return "scheduled"
}

// send hands an event to a Worker and waits until it has dealt with it: ErrNoWorker, ErrNoHandler. The outcome is
// the runtime's: ok, exception, …; what else it says of the event goes into result, unless that is nil.
func (f *Fleet) send(ctx context.Context, account string, e event, result any) (outcome string, err error) {
	to, u, err := f.enter(ctx, account, e.Worker)
	if err != nil {
		return "", err
	}
	defer to.group.release(u)
	e.Worker = to.member.worker.Name // as it is written
	transport := u.transports[router]
	if transport == nil || !handles(&to.member.main().version, e.handler()) {
		return "", ErrNoHandler
	}
	body, _ := json.Marshal(e) // strings, numbers and bytes
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://router/", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	answer, err := transport.RoundTrip(r)
	var text []byte
	if err == nil {
		defer answer.Body.Close()
		text, err = io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	}
	if err != nil {
		if e.Queue != "" && ctx.Err() == nil {
			return "exception", nil // the process ended, over one of the messages perhaps: they are not to come again for ever
		}
		return "", fmt.Errorf("hand an event to Worker %s: %w", e.Worker, err)
	}
	var said struct{ Outcome string }
	if answer.StatusCode != http.StatusOK || json.Unmarshal(text, &said) != nil {
		return "exception", nil // what it was is in the log
	}
	if result != nil {
		if err := json.Unmarshal(text, result); err != nil {
			return "", fmt.Errorf("what Worker %s has done with an event: %w", e.Worker, err)
		}
	}
	return said.Outcome, nil
}

// enter returns the process that serves a Worker, started if need be; release has to follow.
func (f *Fleet) enter(ctx context.Context, account, worker string) (route, *unit, error) {
	for {
		to, found, err := f.tenant(account).find(ctx, worker)
		if err != nil {
			return route{}, nil, err
		}
		if !found {
			return route{}, nil, ErrNoWorker
		}
		u, err := to.group.acquire(ctx)
		if errors.Is(err, errRetired) {
			continue
		}
		return to, u, err
	}
}
