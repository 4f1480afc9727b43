package wranglerrun

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// maxOutput bounds what is kept of a command's output: its end.
const maxOutput = 1 << 20

// output keeps the end of what a command writes, shows each line, and notices when there is nothing for long.
type output struct {
	watch    func(string)  // may be nil
	patience time.Duration // 0 has no end
	silent   func()        // is told when that is over

	mu         sync.Mutex
	text, line []byte
	timer      *time.Timer // nil: nobody waits
	heard      time.Time
}

func (o *output) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = time.Now()
	if o.patience > 0 {
		o.timer = time.AfterFunc(o.patience, o.silent)
	}
}

// end makes sure that nobody is told of anything any more.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.timer != nil {
		o.timer.Stop()
	}
	o.timer, o.watch = nil, nil
}

// remind says that the command goes on without a word, and again as long as it does.
func (o *output) remind() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.timer == nil || o.watch == nil {
		return
	}
	o.watch(fmt.Sprintf("… nothing printed for %s, and it still runs: Ctrl-C ends it. Where Cloudflare has refused code "+
		"that never ends at its top level, wrangler profiles it without end", time.Since(o.heard).Round(time.Second)))
	o.timer.Reset(o.patience)
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = time.Now()
	if o.timer != nil {
		o.timer.Reset(o.patience)
	}
	o.text = append(o.text, p...)
	if len(o.text) > maxOutput {
		o.text = bytes.Clone(o.text[len(o.text)-maxOutput/2:])
	}
	if o.watch == nil {
		return len(p), nil
	}
	o.line = append(o.line, p...)
	for {
		line, rest, ended := bytes.Cut(o.line, []byte("\n"))
		if !ended {
			return len(p), nil
		}
		if text := strings.TrimSpace(plain(line)); text != "" {
			o.watch(text)
		}
		o.line = bytes.Clone(rest)
	}
}

// colours are what terminals take for colours. Wrangler prints some whatever NO_COLOR says.
var colours = pattern.New(`\x1b\[[0-9;]*m`)

func plain(text []byte) string { return string(colours.Regexp().ReplaceAll(text, nil)) }
