package cli

import (
	"fmt"
	"sync"
	"time"
)

// progressAfter is how long a person waits before being told what for.
const progressAfter = time.Second

// progress says on a terminal what is being done, once it has taken a second; a
// pipe and a file never see it.
type progress struct {
	s       *stream
	mu      sync.Mutex
	step    string
	shown   bool
	timer   *time.Timer
	stopped bool
}

func startProgress(s *stream) *progress {
	p := &progress{s: s}
	if s.tty {
		p.timer = time.AfterFunc(progressAfter, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.shown = true
			p.draw()
		})
	}
	return p
}

// say names the step that begins.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = fmt.Sprintf(format, args...)
	if p.shown {
		p.draw()
	}
}

// stop removes the line. It may be called twice.
func (p *progress) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown && !p.stopped {
		fmt.Fprint(p.s, "\r\x1b[K")
	}
	p.stopped = true
}

func (p *progress) draw() {
	if !p.stopped && p.step != "" {
		fmt.Fprint(p.s, "\r\x1b[K"+p.s.faint(p.step+" …"))
	}
}
