package cli

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
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

// What moves data tells a log now and then, a terminal as often as it can be read, and with --quiet nobody.
func TestProgressOfWork(t *testing.T) {
	const first, drawn = "copying a: ", "\r\x1b[Kcopying a [##########          ] "
	for _, c := range []struct {
		name       string
		tty, quiet bool
		want       string
	}{
		{"into a pipe", false, false, first + "40%, 400 of 1000 keys, 100 keys/s, 6s left\n" + first + "100%, 1000 of 1000 keys, 100 keys/s, 0s left\n"},
		{"quiet", false, true, ""},
		{"quiet on a terminal", true, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				a := &app{err: &stream{Writer: &out, tty: c.tty}, quiet: c.quiet}
				p := a.startWork()
				started := time.Now()
				for n := range int64(6) {
					time.Sleep(2 * time.Second)
					p.tally("copying a", tally{keys: 200 * n, fresh: 200 * n, total: 1000, took: time.Since(started) - 2*time.Second})
				}
				p.stop()
				if got := out.String(); got != c.want {
					t.Errorf("it had printed %q, want %q", got, c.want)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := (&app{err: &stream{Writer: &out, tty: true}}).startWork()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		for range 10 {
			p.tally("copying a", tally{keys: 5, total: 10, fresh: 5, took: time.Second})
		}
		if got, want := out.String(), drawn+"50%, 5 of 10 keys, 5 keys/s, 1s left …"; got != want {
			t.Errorf("a terminal was drawn %q, want once, %q", got, want)
		}
	})
}

// A log hears of a long wait at once, and once of several callers that wait together.
func TestProgressOfAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := (&app{err: &stream{Writer: &out}}).startWork()
		for _, wait := range []time.Duration{time.Second, time.Minute, time.Minute} {
			p.wait(cloudflare.Wait{For: wait})
		}
		time.Sleep(time.Minute)
		p.say("copying")
		if got, want := out.String(), "waiting 1m0s: the API asks for it\ncopying\n"; got != want {
			t.Errorf("it had printed %q, want %q", got, want)
		}
	})
}

func TestTally(t *testing.T) {
	for want, row := range map[string]tally{
		"no keys":                                             {},
		"1 key, 2.0 MB, 1 keys/s":                             {keys: 1, bytes: 2e6, fresh: 1, took: time.Second},
		"5000 keys, 2.0 MB, 10 keys/s":                        {keys: 5000, bytes: 2e6, fresh: 100, took: 10 * time.Second}, // it went on where it was
		"100%, 12 of 10 keys, 12 keys/s":                      {keys: 12, total: 10, fresh: 12, took: time.Second},          // more came meanwhile
		"25%, 500 of 2000 keys, 50 keys/s, 30s left":          {keys: 500, total: 2000, fresh: 500, took: 10 * time.Second},
		"0%, 0 of 1000000 keys":                               {total: 1e6, took: time.Minute},
		"1%, 10000 of 1000000 keys, 100 keys/s, 2h45m0s left": {keys: 1e4, total: 1e6, fresh: 1e4, took: 100 * time.Second},
	} {
		if got := row.String(); got != want {
			t.Errorf("%+v: got %q, want %q", row, got, want)
		}
	}
}
