package workerd

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// How often a process is looked at, and for how long code may keep it to itself before every
// other process of the machine comes first.
const (
	memoryInterval = 250 * time.Millisecond
	loopInterval   = time.Second
	politeAfter    = time.Second
)

// serviceAlive is a service, and a socket, of an empty folder: workerd answers for it without running
// any code, so that it answers unless code keeps its one thread.
const serviceAlive = "bindery:alive"

// answersFor adds that service to a program.
func (p *Program) answersFor(dir string) error {
	p.alive = filepath.Join(dir, "alive")
	p.Sockets = append(p.Sockets[:len(p.Sockets):len(p.Sockets)], Socket{Name: serviceAlive, Worker: serviceAlive})
	return os.Mkdir(p.alive, 0o700)
}

// use is what a process has taken of the machine.
type use struct {
	cpu    time.Duration
	memory int // resident, in MiB
}

// watchMemory kills the process when it has more than limit MiB. Nothing but that bounds what typed
// arrays and WebAssembly take: V8's own limit is of its heap.
func (p *Process) watchMemory(limit int) {
	tick := time.NewTicker(memoryInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
		}
		if now, known := useOf(p.PID()); known && now.memory > limit {
			p.kill(fmt.Sprintf("its process has %d MiB of memory, %d are allowed", now.memory, limit))
			return
		}
	}
}

// watchLoops kills the process when it has not answered for limit, and took processor time meanwhile:
// JavaScript that does not end. A process at rest is not asked.
func (p *Process) watchLoops(limit time.Duration) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", p.Socket(serviceAlive))
		},
	}}
	tick := time.NewTicker(min(loopInterval, limit))
	defer tick.Stop()
	var seen use
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
		}
		before, known := useOf(p.PID())
		if known && before.cpu == seen.cpu {
			continue
		}
		seen = before
		if p.answers(client, limit) {
			continue
		}
		after, _ := useOf(p.PID())
		if known && after.cpu-before.cpu < limit/10 {
			continue // it was others who had the processor
		}
		p.kill(fmt.Sprintf("JavaScript has kept its process from answering for %s", limit))
		return
	}
}

// answers says whether the process answers within limit, or ends by itself. One that takes long is
// put behind all others, where it stays: its code is such.
func (p *Process) answers(client *http.Client, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	late := time.AfterFunc(politeAfter, func() { giveWay(p.PID()) })
	defer late.Stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://alive/", nil)
	if err != nil {
		return true
	}
	answer, err := client.Do(r)
	if err != nil {
		return ctx.Err() == nil
	}
	_ = answer.Body.Close() // has nothing in it
	return true
}

// kill ends the process at once, for a reason that [ExitError] then says.
func (p *Process) kill(reason string) {
	p.mu.Lock()
	p.killed = reason
	p.mu.Unlock()
	_ = p.cmd.Process.Kill() // it may have ended
}
