package cli

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/cloudflare"
)

const (
	// progressAfter is how long a person waits before being told what for.
	progressAfter = time.Second
	// drawEvery is how often a terminal is drawn anew, and logEvery how often a log gets a line.
	drawEvery = 100 * time.Millisecond
	logEvery  = 5 * time.Second
)

// progress says on a terminal what is being done, once it has taken a second. A pipe and a file do not see it, but for
// what startWork begins: that writes a line now and then, for whoever watches a job of CI.
type progress struct {
	s       *stream
	logs    bool // lines, as nobody looks
	mu      sync.Mutex
	step    string
	shown   bool
	last    time.Time // that something was written
	waited  time.Time // that a wait was
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

// startWork is startProgress for what moves data, which may take hours; --quiet keeps it still.
func (a *app) startWork() *progress {
	if a.quiet {
		return &progress{s: a.err}
	}
	p := startProgress(a.err)
	p.logs, p.last = !a.err.tty, time.Now()
	return p
}

// addQuiet gives cmd the flag --quiet.
func addQuiet(cmd *cobra.Command, a *app) {
	cmd.Flags().BoolVarP(&a.quiet, "quiet", "q", false, "show no progress")
}

// say names the step that begins, or how far it is.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = fmt.Sprintf(format, args...)
	p.show()
}

// wait says that nothing happens for a time: in a log even if a line was just written, as the next one may be minutes
// away. Several may wait at once.
func (p *progress) wait(w cloudflare.Wait) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = w.String()
	if p.logs && w.For >= logEvery && time.Since(p.waited) >= logEvery {
		p.last, p.waited = time.Time{}, time.Now()
	}
	p.show()
}

// show writes the step, if it is time.
func (p *progress) show() {
	switch since := time.Since(p.last); {
	case p.shown && since >= drawEvery:
		p.draw()
	case p.logs && !p.stopped && since >= logEvery:
		p.last = time.Now()
		fmt.Fprintln(p.s, p.step)
	}
}

// tally is how far something is.
type tally struct {
	keys, bytes int64
	total       int64 // keys; 0 where nobody knows
	fresh       int64 // keys, of this run
	took        time.Duration
}

// tally says how far doing is, how fast it goes, and how long it will take.
func (p *progress) tally(doing string, t tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = doing + ": "
	if t.total > 0 && !p.logs {
		p.step = doing + " " + bar(t.keys, t.total) + " "
	}
	p.step += t.String()
	p.show()
}

// String is "50%, 500 of 1000 keys, 3.4 MB, 250 keys/s, 2s left".
func (t tally) String() string {
	var parts []string
	if t.total > 0 {
		parts = append(parts, fmt.Sprintf("%d%%", min(t.keys*100/t.total, 100)), fmt.Sprintf("%d of %s", t.keys, plural(int(t.total), "key", "keys")))
	} else {
		parts = append(parts, plural(int(t.keys), "key", "keys"))
	}
	if t.bytes > 0 {
		parts = append(parts, sizeText(t.bytes))
	}
	if rate := float64(t.fresh) / t.took.Seconds(); t.took > 0 && t.fresh > 0 {
		parts = append(parts, fmt.Sprintf("%.0f keys/s", rate))
		if left := time.Duration(float64(t.total-t.keys) / rate * float64(time.Second)); t.total > 0 && left >= 0 {
			parts = append(parts, fmt.Sprintf("%s left", left.Round(time.Second)))
		}
	}
	return strings.Join(parts, ", ")
}

// bar is "[#####     ]".
func bar(done, total int64) string {
	const width = 20
	full := int(min(done*width/total, width))
	return "[" + strings.Repeat("#", full) + strings.Repeat(" ", width-full) + "]"
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
		p.last = time.Now()
		fmt.Fprint(p.s, "\r\x1b[K"+p.s.faint(p.step+" …"))
	}
}
