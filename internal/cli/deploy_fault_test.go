package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
)

// deployments counts those of the Worker, straight from the server.
func (h *gateHouse) deployments() int {
	h.t.Helper()
	return len(h.deployed())
}

func (h *gateHouse) deployed() []cloudflare.WorkerDeployment {
	h.t.Helper()
	list, err := cloudflare.New(cloudflare.Options{BaseURL: h.server.BaseURL(), Token: cloudflare.Token(h.env["CLOUDFLARE_API_TOKEN"])}).
		Deployments(context.Background(), h.account, "api")
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// struck is how a deploy ended that something happened to.
type struck struct {
	hit  bool
	code int
	said string // "yes", "no", "unknown"; "" if it ended before there was a report
	back string // the same, of a canary that was rolled back; "" if it was not
	out  string
}

// fault is what happens to some requests, by their number, in place of an answer.
type fault struct {
	hits func(n int) bool
	do   func(w http.ResponseWriter, r *http.Request, serve http.Handler)
}

// atOnce bounds how many deploys run: most of a faulted one is waiting, and under more load than that the time is up
// of what nothing has happened to.
var atOnce = make(chan struct{}, 10)

// strike runs a deploy with a fault in place, and holds what it says against what is so.
func strike(ctx context.Context, t *testing.T, when, timeout string, fault fault, flags ...string) struck {
	t.Helper()
	atOnce <- struct{}{}
	defer func() { <-atOnce }()
	h := newDeployHouse(t)
	config, locked, before := h.read("wrangler.toml"), h.read("bindery.lock"), h.deployments()
	served := h.deployed()[0].Versions
	report := filepath.Join(h.dir, "report.json")
	var s struck
	var hit atomic.Bool
	h.count.Store(0)
	f := func(n int, w http.ResponseWriter, r *http.Request, serve http.Handler) {
		if !fault.hits(n) {
			serve.ServeHTTP(w, r)
			return
		}
		hit.Store(true)
		fault.do(w, r, serve)
	}
	h.fault.Store(&f)
	var out bytes.Buffer
	none := func(name string) string { return h.env[name] }
	a := &app{in: strings.NewReader(""), out: newStream(&out, none), err: newStream(&out, none), getenv: none, now: time.Now}
	s.code = a.execute(ctx, newRootCommand, append([]string{"deploy", h.dir, "--auto", "--timeout", timeout, "--report", report}, flags...))
	h.fault.Store(nil)
	s.out, s.hit = out.String(), hit.Load()

	if h.read("wrangler.toml") != config || h.read("bindery.lock") != locked {
		t.Errorf("%s: configuration or lock is another", when)
	}
	deployed := h.deployments() > before
	var r struct {
		Passed     bool
		ExitCode   int `json:"exit_code"`
		Deployed   string
		RolledBack string `json:"rolled_back"`
	}
	text, err := os.ReadFile(report)
	switch {
	case err != nil && (deployed || s.code == exitOK || !strings.Contains(s.out, "nothing was deployed")):
		t.Errorf("%s: exit code %d, no report, and deployed is %v:\n%s", when, s.code, deployed, s.out)
	case err == nil:
		if err := json.Unmarshal(text, &r); err != nil {
			t.Errorf("%s: the report is not whole: %v\n%s", when, err, text)
		}
		if s.said = r.Deployed; s.said == "yes" != deployed && s.said != "unknown" || r.ExitCode != s.code || r.Passed != (s.code == exitOK) {
			t.Errorf("%s: the report says %+v; exit code %d, and deployed is %v\n%s", when, r, s.code, deployed, s.out)
		}
		s.back = r.RolledBack
		if same := slices.Equal(h.deployed()[0].Versions, served); s.back == "yes" && !same || s.back == "no" && same || r.Passed && same {
			t.Errorf("%s: the report says %+v, and that the version of before serves is %v\n%s", when, r, same, s.out)
		}
	}
	if s.code == exitOK && !deployed {
		t.Errorf("%s: exit code 0, and nothing is deployed:\n%s", when, s.out)
	}
	if strings.Contains(s.out, h.env["CLOUDFLARE_API_TOKEN"]) {
		t.Errorf("%s: the token is in the output", when)
	}
	return s
}

// each strikes at the first request, the next, and so on until a deploy ends before, some at a time.
func each(step int, one func(at int) (hit bool)) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	last := false
	places := make(chan int)
	for range cap(atOnce) {
		wait.Go(func() {
			for at := range places {
				if !one(at) {
					mu.Lock()
					last = true
					mu.Unlock()
				}
			}
		})
	}
	for at := 1; ; at += step {
		mu.Lock()
		end := last
		mu.Unlock()
		if end {
			break
		}
		places <- at
	}
	close(places)
	wait.Wait()
}

// deployFault is what happens to the calls of a deploy, from each of them on in turn.
type deployFault struct {
	name    string
	step    int // one call makes what the next one makes of an answer that is none
	times   int // a GET is tried three times; 0: from then on
	timeout string
	fault   func(w http.ResponseWriter, r *http.Request, serve http.Handler)
}

func deployFaults() []deployFault {
	answer := func(status int, kind, text string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(status)
			fmt.Fprint(w, text)
		}
	}
	return []deployFault{
		{"cut before", 1, 3, "10s", func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }},
		{"cut after", 1, 1, "10s", func(_ http.ResponseWriter, r *http.Request, serve http.Handler) {
			serve.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}},
		{"cut for good", 3, 0, "10s", func(_ http.ResponseWriter, r *http.Request, serve http.Handler) {
			serve.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}},
		{"throttled", 5, 0, "10s", answer(429, "application/json", `{"result":null,"success":false,"errors":[{"code":971,"message":"Please wait"}],"messages":[]}`)},
		{"failing", 5, 3, "10s", answer(500, "application/json", `{"result":null,"success":false,"errors":[{"code":10013,"message":"Unknown error"}],"messages":[]}`)},
		{"garbage", 5, 1, "10s", answer(200, "text/html", "<html>login</html>")},
		{"slow", 6, 3, "1s", func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}},
		{"dripping", 6, 3, "1s", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.Copy(io.Discard, r.Body)
			for r.Context().Err() == nil {
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(50 * time.Millisecond)
			}
		}},
	}
}

// cutEach runs deploys with a fault at each of their calls, and returns how often the report of one that failed said what of deployed,
// and how often a canary was rolled back.
func cutEach(t *testing.T, c deployFault, flags ...string) (said, back map[string]int) {
	var mu sync.Mutex
	said, back = map[string]int{}, map[string]int{}
	each(c.step, func(at int) bool {
		s := strike(t.Context(), t, fmt.Sprintf("%s at request %d", c.name, at), c.timeout, fault{
			hits: func(n int) bool { return n >= at && (c.times == 0 || n < at+c.times) }, do: c.fault,
		}, flags...)
		mu.Lock()
		defer mu.Unlock()
		if s.code != exitOK {
			said[s.said]++
		}
		back[s.back]++
		if !s.hit && s.code != exitOK && c.timeout == "10s" {
			t.Errorf("%s: nothing happened, and exit code %d\n%s", c.name, s.code, s.out)
		}
		return s.hit
	})
	t.Logf("%s: of the deploys that failed, the report says of deployed: %v; of all, of rolled back: %v", c.name, said, back)
	return said, back
}

// Whatever becomes of a call of a deploy, ours or wrangler's, configuration and lock stay as they are, and the report says
// what was done: that the Worker was deployed, was not, or that nobody could tell.
func TestDeployIsCut(t *testing.T) {
	fakeNode(t)
	var all sync.WaitGroup
	defer all.Wait()
	for _, c := range deployFaults() {
		all.Go(func() {
			said, _ := cutEach(t, c)
			if c.name != "cut after" && said[""] == 0 {
				t.Errorf("%s: no fault stopped a deploy at the gate: the test proves nothing", c.name)
			}
			if c.name == "cut after" && said["yes"] == 0 {
				t.Error("no answer of wrangler's was lost: the test proves nothing")
			}
			if c.name == "cut for good" && said["unknown"] == 0 {
				t.Error("of no deploy it was unknown what became of it: the test proves nothing")
			}
		})
	}
}

// The same of a canary: whatever becomes of a call of its upload, its promotion, the proofs or the way back, the report says what
// serves.
func TestCanaryIsCut(t *testing.T) {
	fakeNode(t)
	var all sync.WaitGroup
	defer all.Wait()
	for _, c := range deployFaults() {
		if c.timeout != "10s" || c.name == "throttled" {
			continue // as in a deploy: what waits and what is refused is told by the same code
		}
		c.step += 1 + c.step/2
		all.Go(func() {
			said, back := cutEach(t, c, "--canary")
			if c.name == "cut before" && (said["no"] == 0 || said["yes"] == 0 || back["yes"] == 0) {
				t.Errorf("%s: no upload, no promotion or no way back was met: the test proves nothing", c.name)
			}
			if c.name == "cut for good" && said["unknown"]+back["unknown"] == 0 {
				t.Error("of no canary it was unknown what became of it: the test proves nothing")
			}
		})
	}
}

// Ctrl-C during any call of a deploy: it ends, says what was and was not done, and leaves nothing behind.
func TestDeployInterrupted(t *testing.T) { interruptEach(t) }

// The same of a canary.
func TestCanaryInterrupted(t *testing.T) { interruptEach(t, "--canary") }

func interruptEach(t *testing.T, flags ...string) {
	fakeNode(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var mu sync.Mutex
	said := map[string]int{}
	each(1, func(at int) bool {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := strike(ctx, t, fmt.Sprintf("interrupted at request %d", at), "10s", fault{
			hits: func(n int) bool { return n == at },
			do: func(w http.ResponseWriter, r *http.Request, serve http.Handler) {
				cancel()
				serve.ServeHTTP(w, r)
			},
		}, flags...)
		mu.Lock()
		defer mu.Unlock()
		if s.hit && s.code != exitOK {
			said[s.said]++
			if s.code != exitFailed || !strings.Contains(s.out, "bindery: interrupted") {
				t.Errorf("interrupted at request %d: exit code %d\n%s", at, s.code, s.out)
			}
		}
		return s.hit
	})
	t.Logf("of the deploys that were interrupted, the report says of deployed: %v", said)
	if said[""] < 3 || said["no"]+said["yes"] < 3 {
		t.Error("too few places were interrupted: the test has lost its grip")
	}
	if left, err := filepath.Glob(filepath.Join(temp, "bindery-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind in the folder for temporary files: %v %v", left, err)
	}
}
