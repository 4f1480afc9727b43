package fleet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/workerd"
)

// group is a plan with the process that runs it, if one does.
type group struct {
	fleet *Fleet
	plan  *plan

	mu       sync.Mutex
	unit     *unit         // nil: no process
	starting chan struct{} // closed when the start that is under way has ended; nil: none is
	held     chan struct{} // closed when requests need no longer wait for another process; nil: they need not
	retired  bool          // another group has its Workers
	failures int           // starts and processes that failed in a row
	retryAt  time.Time
}

// unit is a running process.
type unit struct {
	process    *workerd.Process
	transports map[string]*http.Transport // by service
	begun      time.Time

	telling sync.Mutex // held while its tail Workers are told who watches

	refs int           // requests; of the group's mu
	idle chan struct{} // closed when refs is 0; nil when nobody waits for that
}

// errRetired tells a request to look again for who serves it.
var errRetired = errors.New("another process serves the Worker")

// patience is how long a request waits for a process that has failed to be started again.
const patience = 2 * time.Second

// backOff is the time between a failure and the next start.
func backOff(failures int) time.Duration {
	return min(100*time.Millisecond<<min(failures-1, 10), 30*time.Second)
}

// acquire returns the process, which is started if there is none; release has to follow.
func (g *group) acquire(ctx context.Context) (*unit, error) {
	for {
		g.mu.Lock()
		var wait <-chan struct{}
		var timer <-chan time.Time
		switch until := time.Until(g.retryAt); {
		case g.held != nil:
			wait = g.held
		case g.retired:
			g.mu.Unlock()
			return nil, errRetired
		case g.unit != nil:
			u := g.unit
			u.refs++
			g.mu.Unlock()
			return u, nil
		case g.starting != nil:
			wait = g.starting
		case until > patience:
			g.mu.Unlock()
			return nil, &downError{until}
		case until > 0:
			timer = time.After(until)
		default:
			g.mu.Unlock()
			if err := g.start(ctx); err != nil {
				return nil, err
			}
			continue
		}
		held := g.held != nil
		g.mu.Unlock()
		select {
		case <-wait:
			if held {
				return nil, errRetired // perhaps: another process was waited for
			}
		case <-timer:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// downError: the process has failed, and is started again later.
type downError struct{ until time.Duration }

func (e *downError) Error() string {
	return "the process has failed and is started again in " + e.until.Round(time.Second).String()
}

func (g *group) release(u *unit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if u.refs--; u.refs == 0 && u.idle != nil {
		close(u.idle)
		u.idle = nil
	}
}

// start starts the process unless it runs. It outlives the request that wanted it.
func (g *group) start(ctx context.Context) error {
	g.mu.Lock()
	if g.unit != nil || g.starting != nil {
		g.mu.Unlock()
		return nil // acquire looks again
	}
	g.starting = make(chan struct{})
	g.mu.Unlock()

	u, err := g.run(context.WithoutCancel(ctx))
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.starting)
	g.starting = nil
	if err != nil {
		g.failed()
		g.log("Worker not started", "error", err, "again", time.Until(g.retryAt).Round(time.Millisecond))
		return err
	}
	g.unit = u
	g.fleet.tasks.Go(func() { g.watch(u) })
	return nil
}

// failed counts a failure; the caller holds g.mu.
func (g *group) failed() {
	g.failures++
	g.retryAt = time.Now().Add(backOff(g.failures))
}

func (g *group) log(message string, args ...any) {
	g.fleet.o.Log.Warn(message, append([]any{"account", g.plan.account, "workers", g.names()}, args...)...)
}

func (g *group) names() string {
	if g.plan.databases {
		return "(D1)"
	}
	var names []string
	for name := range g.plan.members {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

func (g *group) run(ctx context.Context) (*unit, error) {
	if err := g.fleet.life.Err(); err != nil {
		return nil, err
	}
	c, err := g.fleet.compose(ctx, g.plan)
	if err != nil {
		return nil, err
	}
	end := g.fleet.grants.give(c.grants)
	process, err := g.fleet.o.Workerd.Start(ctx, c.program, workerd.Options{
		Dir: g.fleet.run, StartLimit: g.fleet.o.StartLimit, Output: g.output,
		LoopLimit: g.plan.loopLimit(g.fleet.o.LoopLimit), MemoryMiB: g.fleet.o.MemoryMiB,
	})
	if err != nil {
		end()
		return nil, err
	}
	g.fleet.o.Log.Debug("Worker started", "account", g.plan.account, "workers", g.names(), "pid", process.PID())
	go func() {
		<-process.Done()
		end()
	}()
	u := &unit{process: process, transports: map[string]*http.Transport{}, begun: time.Now()}
	for _, s := range c.program.Sockets {
		u.transports[s.Name] = newTransport(process.Socket(s.Name))
	}
	g.tellTails(u)
	return u, nil
}

// newTransport reaches a socket of workerd, which closes connections that are idle for 5 s.
func newTransport(socket string) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		IdleConnTimeout: 4 * time.Second, MaxIdleConnsPerHost: 256, DisableCompression: true,
	}
}

// steady is how long a process has to run for its failures to be forgotten.
const steady = time.Minute

// watch notices when a process ends unasked. One with Durable Objects is started again even if
// nobody asks for it, as it may have alarms.
func (g *group) watch(u *unit) {
	select {
	case <-u.process.Done():
	case <-g.fleet.life.Done():
		return // Close stops it
	}
	g.mu.Lock()
	if g.unit != u {
		g.mu.Unlock()
		return // it was stopped
	}
	g.unit = nil
	if time.Since(u.begun) > steady {
		g.failures = 0
	}
	g.failed()
	wait := time.Until(g.retryAt)
	g.log("Worker ended", "error", u.process.Err(), "again", wait.Round(time.Millisecond))
	g.mu.Unlock()
	if !g.plan.stateful() {
		return
	}
	select {
	case <-time.After(wait):
		_ = g.start(g.fleet.life) // logs what is wrong
	case <-g.fleet.life.Done():
	}
}

// running says whether there is a process, or soon will be.
func (g *group) running() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.unit != nil || g.starting != nil
}

// hold lets new requests wait until the function that it returns is called; then they look again
// for who serves them.
func (g *group) hold() (free func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := make(chan struct{})
	g.held = held
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.held = nil
		close(held)
	}
}

// retire lets requests look for another group. Those that have the process keep it.
func (g *group) retire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.retired = true
}

// take takes the process from the group, to be stopped; nil if there is none.
func (g *group) take() *unit {
	g.mu.Lock()
	for g.starting != nil {
		starting := g.starting
		g.mu.Unlock()
		<-starting
		g.mu.Lock()
	}
	defer g.mu.Unlock()
	u := g.unit
	g.unit = nil
	return u
}

// drain waits until no request has the unit: up to limit, or until the fleet is closed.
func (g *group) drain(u *unit, limit time.Duration) {
	g.mu.Lock()
	if u.refs == 0 {
		g.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	u.idle = idle
	g.mu.Unlock()
	select {
	case <-idle:
	case <-time.After(limit):
		g.log("requests of a former version cut off", "after", limit)
	case <-g.fleet.life.Done():
	}
}

// close stops the process, if there is one.
func (g *group) close(patience time.Duration) {
	g.retire()
	if u := g.take(); u != nil {
		g.end(u, patience)
	}
}

func (g *group) end(u *unit, patience time.Duration) {
	for _, t := range u.transports {
		t.CloseIdleConnections()
	}
	if err := u.process.Stop(patience); err != nil {
		g.log("process not stopped cleanly", "error", err)
	}
}
