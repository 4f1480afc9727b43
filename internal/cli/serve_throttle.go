package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/server"
)

// throttleFlag is how many requests a token may send in which time: N/TIME, as in
// 1200/5m. It is empty unless it was given.
type throttleFlag struct {
	requests int
	window   time.Duration
}

// cloudflareThrottle is what --throttle means alone.
var cloudflareThrottle = (&throttleFlag{server.CloudflareThrottle.Requests, server.CloudflareThrottle.Window}).String()

func (f *throttleFlag) Type() string { return "N/TIME" }

func (f *throttleFlag) String() string {
	if f.requests == 0 {
		return ""
	}
	window := f.window.String()
	if f.window%time.Minute == 0 {
		window = fmt.Sprintf("%dm", int(f.window.Minutes()))
	}
	return fmt.Sprintf("%d/%s", f.requests, window)
}

func (f *throttleFlag) Set(text string) error {
	number, window, _ := strings.Cut(text, "/")
	requests, err := strconv.Atoi(number)
	length, err2 := time.ParseDuration(window)
	if err != nil || err2 != nil || requests < 1 || length < time.Second {
		return fmt.Errorf("it is a number of requests and a time of a second or more, as in %s", cloudflareThrottle)
	}
	f.requests, f.window = requests, length
	return nil
}

func (o *serveOptions) limits() server.Throttle {
	t := server.Throttle{Requests: o.throttle.requests, Window: o.throttle.window}
	if o.throttleKeys {
		t.KeyInterval = time.Second
	}
	return t
}
