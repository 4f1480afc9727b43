package fleet_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/workers"
)

// eventually waits for what happens after an answer.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after 10 s: %s", what)
		}
	}
}

// logged waits for a line of the log that has all of these parts.
func (h *house) logged(parts ...string) {
	h.t.Helper()
	eventually(h.t, "no line of the log has "+strings.Join(parts, ", "), func() bool { return h.lines(parts...) > 0 })
}

// lines counts the lines of the log that have all of these parts.
func (h *house) lines(parts ...string) (n int) {
	for line := range strings.Lines(h.log.String()) {
		has := true
		for _, part := range parts {
			has = has && strings.Contains(line, part)
		}
		if has {
			n++
		}
	}
	return n
}

const throws = `export default { async fetch(r, env, ctx) {
	console.log("seen", { path: new URL(r.url).pathname });
	if (r.url.endsWith("/late")) { ctx.waitUntil(Promise.reject(new Error("too late"))); return new Response("later") }
	if (r.url.endsWith("/throw")) throw new TypeError("boom");
	return env.NEXT ? env.NEXT.fetch(r) : new Response("fine") } }`

// What Workers write and throw is in the log once, under their name: of one by itself as its process
// says it, and of several in a process as their tail Workers do.
func TestLogNamesTheWorker(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "alone", throws, `[]`)
	h.deploy(account, "second", throws, `[]`)
	h.deploy(account, "first", throws, `[{"name":"NEXT","type":"service","service":"second"}]`)
	for _, name := range []string{"alone", "first"} {
		h.expect(name+".my-test", "/fine", 200, "fine")
		h.expect(name+".my-test", "/late", 200, "later")
		h.expect(name+".my-test", "/throw", 500, "")
		h.logged("level=INFO", "worker="+name+" ", "/fine")
		h.logged("level=WARN", "msg=exception", "worker="+name+" ", "TypeError: boom", "index.js:4:")
		h.logged("level=WARN", "msg=exception", "worker="+name+" ", "Error: too late", "index.js:3:")
	}
	h.logged("level=INFO", "worker=second ", "/fine")
	for _, parts := range [][]string{
		{"level=INFO", "worker=alone ", "/fine"}, {"level=INFO", "worker=first ", "/fine"}, {"level=INFO", "worker=second ", "/fine"},
		{"level=WARN", "worker=alone ", "boom"}, {"level=WARN", "worker=first ", "boom"},
	} {
		if n := h.lines(parts...); n != 1 {
			t.Errorf("%d lines of the log have %q, want 1", n, parts)
		}
	}
}

// watcher keeps the events of the Workers that it watches.
type watcher struct {
	mu      sync.Mutex
	watches map[string]bool
	events  []string
}

func (w *watcher) into(o *fleet.Options) {
	o.Watched = func(_, worker string) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.watches[worker]
	}
	o.Trace = func(account, worker, version string, events []json.RawMessage) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, e := range events {
			w.events = append(w.events, account+" "+worker+" "+version+" "+string(e))
		}
	}
}

func (w *watcher) watch(worker string, does bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watches[worker] = does
}

func (w *watcher) saw(parts ...string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		has := true
		for _, part := range parts {
			has = has && strings.Contains(e, part)
		}
		if has {
			return true
		}
	}
	return false
}

// A Worker that is watched tells of each call, and one that is no longer watched of none that is quiet.
func TestWatch(t *testing.T) {
	w := &watcher{watches: map[string]bool{}}
	h := newHouse(t, w.into)
	objects := `export class O { fetch() { return new Response("object") } }
		export default { fetch: (_, env) => env.O.get(env.O.idFromName("x")).fetch("http://o/") }`
	quiet := h.deploy(account, "quiet", says("quiet"), `[]`)
	h.deploy(account, "stateful", objects, `[{"name":"O","type":"durable_object_namespace","class_name":"O"}]`, func(u *workers.Upload) {
		u.Migrations = &workers.Migrations{NewTag: "v1", Steps: []workers.MigrationStep{{NewSQLiteClasses: []string{"O"}}}}
	})
	for name, body := range map[string]string{"quiet": "quiet", "stateful": "object"} {
		h.expect(name+".my-test", "/before", 200, body)
		w.watch(name, true)
		if err := h.fleet.Watch(t.Context(), account, name); err != nil {
			t.Fatal(err)
		}
		h.expect(name+".my-test", "/watched", 200, body)
		eventually(t, "no event of "+name, func() bool { return w.saw(account+" "+name+" ", `"outcome":"ok"`, "/watched", `"status":200`) })
		w.watch(name, false)
		if err := h.fleet.Watch(t.Context(), account, name); err != nil {
			t.Fatal(err)
		}
		h.expect(name+".my-test", "/after", 200, body)
	}
	if !w.saw("quiet " + quiet.ID) {
		t.Error("the version is not named")
	}
	if w.saw("/before") || w.saw("/after") {
		t.Errorf("a call that nobody watched was told: %q", w.events)
	}
	if n := h.lines("stateful", "pid="); n != 1 {
		t.Errorf("the process with objects was started %d times, want 1: who watches must not end it", n)
	}
}

// While code keeps the process from answering nobody can be told who watches: it is so when the process answers again, or has been
// started anew, and is no failure that the log has to have.
func TestWatchWhileItLoops(t *testing.T) {
	w := &watcher{watches: map[string]bool{}}
	h := newHouse(t, w.into, func(o *fleet.Options) { o.LoopLimit = 3 * time.Second })
	h.deploy(account, "busy", `export class O {}
		export default { fetch(r) {
			const end = { "/busy": 1000, "/loop": 1e9 }[new URL(r.url).pathname] ?? 0;
			for (let i = 0; i < end * 1e6; i++);
			return new Response("fine") } }`, `[{"name":"O","type":"durable_object_namespace","class_name":"O"}]`, func(u *workers.Upload) {
		u.Migrations = &workers.Migrations{NewTag: "v1", Steps: []workers.MigrationStep{{NewSQLiteClasses: []string{"O"}}}}
	})
	for _, path := range []string{"/busy", "/loop"} {
		h.expect("busy.my-test", "/", 200, "fine")
		done := make(chan struct{})
		go func() { defer close(done); h.provoke("busy.my-test", path) }()
		time.Sleep(100 * time.Millisecond) // until it is at it
		w.watch("busy", true)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := h.fleet.Watch(ctx, account, "busy"); err == nil {
			t.Errorf("%s: the process is told who watches while it answers nothing", path)
		}
		cancel()
		<-done
		eventually(t, path+": no event of what came after", func() bool {
			status, _ := h.ask("busy.my-test", "/after"+path)
			return status == 200 && w.saw("/after"+path)
		})
		w.watch("busy", false)
		if err := h.fleet.Watch(t.Context(), account, "busy"); err != nil {
			t.Fatal(err)
		}
	}
	if h.lines("Worker ended") == 0 || h.lines("not told who watches") > 0 {
		t.Errorf("the log: %s", h.log)
	}
}

// A Worker's tail consumers are told of its calls.
func TestTailConsumers(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "watched", says("seen"), `[]`)
	h.deploy(account, "consumer", `export default { fetch() { return new Response("c") },
		tail(events) { for (const e of events) console.log("told of " + e.event.request.url) } }`, `[]`)
	if _, err := h.EditSettings(t.Context(), account, "watched", func(s *workers.Settings) {
		s.TailConsumers = json.RawMessage(`[{"service":"consumer"},{"service":"nobody"},{"service":"watched"}]`)
	}); err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.expect("watched.my-test", "/told", 200, "seen")
	h.logged("level=INFO", "worker=consumer ", "told of http://watched.my-test.localhost", "/told")
}
