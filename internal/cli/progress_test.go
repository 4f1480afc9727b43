package cli

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever waits longer than a second on a terminal is told what for; the line goes when it is over.
func TestProgress(t *testing.T) {
	for _, c := range []struct {
		name string
		tty  bool
		work time.Duration // after the first step, before the second
		want string
	}{
		{"quick", true, 500 * time.Millisecond, ""},
		{"slow", true, 2 * time.Second, "\r\x1b[Kfirst step …\r\x1b[Ksecond step …\r\x1b[K"},
		{"slow into a pipe", false, 2 * time.Second, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				p := startProgress(&stream{Writer: &out, tty: c.tty})
				p.say("first %s", "step")
				time.Sleep(c.work)
				synctest.Wait()
				p.say("second step")
				p.stop()
				p.stop()
				if got := out.String(); got != c.want {
					t.Errorf("after %v it had printed %q, want %q", c.work, got, c.want)
				}
			})
		})
	}
}
