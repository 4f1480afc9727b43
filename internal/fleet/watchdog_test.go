package fleet_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/workers"
)

// Whatever a Worker does, one of another account and the store go on answering; and the Worker is
// back when its process has been started again.
func TestAWorkerHurtsNoOtherAccount(t *testing.T) {
	for _, c := range []struct {
		name      string
		loopLimit time.Duration // what eats is not to meet it first, however busy the machine is
		code, log string
	}{
		{"loops", time.Second, `for (;;);`, "JavaScript has kept its process from answering for 1s"},
		{"eats memory", 30 * time.Second, `for (const all = []; ;) all.push(new Uint8Array(8 << 20).fill(1))`, "300 are allowed"},
		{"eats the heap", 30 * time.Second, `for (const all = []; ;) all.push({ all: [all.length] })`, "Worker ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, func(o *fleet.Options) { o.LoopLimit, o.MemoryMiB, o.HeapMiB = c.loopLimit, 300, 32 })
			h.deploy(account, "bad", `export default { async fetch(r, env, ctx) { if (r.url.endsWith("/bad")) { `+c.code+` } return new Response("fine") } }`, `[]`)
			h.deploy(other, "good", `export default { async fetch(_, env) { await env.KV.put("k", "v"); return new Response(await env.KV.get("k")) } }`, kvBinding)
			h.expect("bad.my-test", "/", 200, "fine")
			h.expect("good.other", "/", 200, "v")

			done := make(chan struct{})
			go func() { defer close(done); h.provoke("bad.my-test", "/bad") }()
			began, slowest, answers := time.Now(), time.Duration(0), 0
			for ; !strings.Contains(h.log.String(), "Worker ended") && time.Since(began) < time.Minute; answers++ {
				before := time.Now()
				h.expect("good.other", "/", 200, "v")
				if err := h.store.Namespace(other+"/"+namespace).Put(t.Context(), kv.Pair{Key: "api", Item: kv.Item{Value: []byte("v")}}); err != nil {
					t.Fatal(err)
				}
				slowest = max(slowest, time.Since(before))
			}
			<-done
			t.Logf("it ended after %s; of the other account's %d answers the slowest took %s", time.Since(began), answers, slowest)
			if answers < 5 { // who waits for the end of the process has one
				t.Errorf("the other account had %d answers in %s", answers, time.Since(began))
			}
			if !strings.Contains(h.log.String(), c.log) || !strings.Contains(h.log.String(), "again=1") {
				t.Errorf("the log does not say %q, and when it is started again: %s", c.log, h.log)
			}
			h.expect("bad.my-test", "/", 200, "fine")
		})
	}
}

// provoke sends a request that may come to nothing.
func (h *house) provoke(host, path string) {
	r, _ := http.NewRequestWithContext(h.t.Context(), "GET", h.url+path, nil)
	r.Host = host + ".localhost"
	if answer, err := http.DefaultClient.Do(r); err == nil {
		_ = answer.Body.Close()
	}
}

// A process that is busy for a while, or waits for something, is not taken for one that loops.
func TestBusyIsNoLoop(t *testing.T) {
	h := newHouse(t, func(o *fleet.Options) { o.LoopLimit = 500 * time.Millisecond })
	h.deploy(account, "busy", `export default { async fetch(r) {
		if (r.url.endsWith("/wait")) await scheduler.wait(1200);
		else for (let turn = 0; turn < 40; turn++) { for (let i = 0; i < 1e7; i++); await scheduler.wait(10); }
		return new Response("done") } }`, `[]`)
	h.expect("busy.my-test", "/wait", 200, "done")
	h.expect("busy.my-test", "/spin", 200, "done")
	if strings.Contains(h.log.String(), "Worker ended") {
		t.Error(h.log)
	}
}

// A Worker that asks for more processor time than is usual gets it.
func TestOwnLimitOfProcessorTime(t *testing.T) {
	h := newHouse(t, func(o *fleet.Options) { o.LoopLimit = 500 * time.Millisecond })
	const loop = `export default { fetch() { for (;;); } }`
	h.deploy(account, "patient", loop, `[]`, func(u *workers.Upload) {
		u.Rest = map[string]json.RawMessage{"limits": json.RawMessage(`{"cpu_ms":60000}`)}
	})
	h.deploy(other, "usual", loop, `[]`)
	go h.provoke("patient.my-test", "/")
	h.provoke("usual.other", "/")
	for began := time.Now(); time.Since(began) < 10*time.Second && !strings.Contains(h.log.String(), "for 500ms"); {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond)
	if log := h.log.String(); strings.Contains(log, "workers=patient error") || !strings.Contains(log, "workers=usual error") {
		t.Error(log)
	}
}

// A Worker that no longer starts, though it did when it was tried, is tried again later and later.
func TestBackOff(t *testing.T) {
	h := newHouse(t)
	v := h.deploy(account, "bad", says("here"), `[]`)
	h.deploy(other, "good", says("good"), `[]`)
	h.lose(v)
	for i := range 3 {
		h.expect("bad.my-test", "/", 503, "does not run")
		h.expect("good.other", "/", 200, "good")
		if want := fmt.Sprintf("again=%dms", 100<<i); !strings.Contains(h.log.String(), want) {
			t.Errorf("failure %d: want %q in the log: %s", i+1, want, h.log)
		}
	}
}
