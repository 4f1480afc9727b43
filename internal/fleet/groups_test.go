package fleet_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/fleet"
	"github.com/bindery-dev/bindery/internal/workers"
)

// Workers that are bound to each other meet in one process, with calls, entry points and props.
func TestServiceBindings(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "back", `import { WorkerEntrypoint } from "cloudflare:workers";
		export class Named extends WorkerEntrypoint { add(a, b) { return a + b + this.ctx.props.more } }
		export default { fetch: () => new Response("back 1") }`, `[]`)
	h.expect("back.my-test", "/", 200, "back 1")
	h.deploy(account, "front", `export default { async fetch(r, env) {
		const tried = async (f) => { try { return await f() } catch (e) { return e.message } };
		return Response.json([await tried(async () => (await env.BACK.fetch(r)).text()), await tried(() => env.NAMED.add(1, 2))]) } }`,
		`[{"name":"BACK","type":"service","service":"back"},{"name":"NAMED","type":"service","service":"back","entrypoint":"Named","props":{"more":10}}]`)
	h.expect("front.my-test", "/", 200, `["back 1",13]`)

	h.deploy(account, "back", says("back 2"), `[]`)
	h.expect("back.my-test", "/", 200, "back 2")
	h.expect("front.my-test", "/", 200, `["back 2","binding NAMED: Worker back exports no entry point Named"]`)
	if err := h.Delete(t.Context(), account, "back"); err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.expect("front.my-test", "/", 200, `["binding BACK: Worker back does not run","binding NAMED: Worker back does not run"]`)
}

func TestSplitDeployment(t *testing.T) {
	h := newHouse(t)
	one := h.deploy(account, "api", says("one"), `[]`)
	two := h.deploy(account, "api", says("two"), `[]`, func(u *workers.Upload) { u.Deploy = false })
	share := func(first, second float64) {
		t.Helper()
		_, err := h.Deploy(t.Context(), account, "api", workers.Deployment{Versions: []workers.Share{{VersionID: one.ID, Percentage: first}, {VersionID: two.ID, Percentage: second}}}, false)
		if err != nil {
			t.Fatal(err)
		}
		h.settle()
	}
	share(70, 30)
	seen, byKey := map[string]int{}, map[string]int{}
	for range 200 {
		_, body := h.ask("api.my-test", "/")
		seen[body]++
		_, body = h.ask("api.my-test", "/", "Cloudflare-Workers-Version-Key", "user")
		byKey[body]++
	}
	if len(byKey) != 1 {
		t.Errorf("one version key met both versions: %v", byKey)
	}
	if seen["two"] < 30 || seen["two"] > 90 || seen["one"]+seen["two"] != 200 { // 60 expected; 30 is five standard deviations away
		t.Errorf("70%% to 30%%: got %v", seen)
	}
	share(0, 100)
	h.expect("api.my-test", "/", 200, "two")
}

// counter is a Worker with a Durable Object that counts, and says which code it is.
func counter(version string) string {
	return `import { DurableObject } from "cloudflare:workers";
		export class Counter extends DurableObject { async next() { const n = (await this.ctx.storage.get("n") ?? 0) + 1; await this.ctx.storage.put("n", n); return n } }
		export default { async fetch(r, env) { return new Response("` + version + ` " + await env.COUNTER.get(env.COUNTER.idFromName("x")).next()) } }`
}

const counterBinding = `[{"name":"COUNTER","type":"durable_object_namespace","class_name":"Counter"}]`

func newCounter(u *workers.Upload) {
	u.Migrations = &workers.Migrations{NewTag: "v1", Steps: []workers.MigrationStep{{NewSQLiteClasses: []string{"Counter"}}}}
}

// What objects store outlives versions, crashes and servers; and while one process follows the
// other no request fails, and no count is lost or there twice.
func TestDurableObjects(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "count", counter("a"), counterBinding, newCounter)
	h.expect("count.my-test", "/", 200, "a 1")

	var done atomic.Bool
	var clients sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for range 4 {
		clients.Go(func() {
			for !done.Load() {
				status, body := h.ask("count.my-test", "/")
				_, n, _ := strings.Cut(body, " ")
				mu.Lock()
				if status != 200 || seen[n] {
					t.Errorf("got %d %q, which is an error or a count that was there", status, body)
				}
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	for _, version := range []string{"b", "c"} {
		h.deploy(account, "count", counter(version), counterBinding)
	}
	done.Store(true)
	clients.Wait()
	next := len(seen) + 2
	h.expect("count.my-test", "/", 200, fmt.Sprintf("c %d", next))

	h.close()
	h.open()
	h.expect("count.my-test", "/", 200, fmt.Sprintf("c %d", next+1))
}

// A class of another Worker: both are in one process, and the objects stay the owner's.
func TestObjectsOfAnotherWorker(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "owner", counter("owner"), counterBinding, newCounter)
	h.expect("owner.my-test", "/", 200, "owner 1")
	h.deploy(account, "guest", `export default { async fetch(r, env) { return new Response("guest " + await env.C.get(env.C.idFromName("x")).next()) } }`,
		`[{"name":"C","type":"durable_object_namespace","class_name":"Counter","script_name":"owner"}]`)
	h.expect("guest.my-test", "/", 200, "guest 2")
	h.expect("owner.my-test", "/", 200, "owner 3")
}

// processes returns the ids of workerd that this test has started, by the folder of their sockets.
func (h *house) processes() (all []int) {
	h.t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		h.t.Skip("there is no /proc here")
	}
	for _, path := range lines {
		text, _ := os.ReadFile(path) // it may have ended
		if strings.Contains(string(text), h.data) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			all = append(all, pid)
		}
	}
	return all
}

// kill ends the one process that runs, as the kernel does when memory is short.
func (h *house) kill() {
	h.t.Helper()
	all := h.processes()
	if len(all) != 1 {
		h.t.Fatalf("%d processes run, want 1", len(all))
	}
	if err := syscall.Kill(all[0], syscall.SIGKILL); err != nil {
		h.t.Fatal(err)
	}
	for len(h.processes()) > 0 && h.t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
}

func TestProcessThatEndsIsStartedAgain(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "api", says("here"), `[]`)
	if n := len(h.processes()); n != 0 {
		t.Errorf("%d processes run before the first request, want none", n)
	}
	h.expect("api.my-test", "/", 200, "here")
	h.kill()
	for !strings.Contains(h.log.String(), "Worker ended") {
		time.Sleep(time.Millisecond)
	}
	h.expect("api.my-test", "/", 200, "here")
	if !strings.Contains(h.log.String(), "signal: killed") {
		t.Errorf("the log does not say why it ended: %s", h.log)
	}
}

// A version that does not start in the fleet, though it did when it was tried: its content is gone.
func TestOldVersionServesOnWhenTheNewOneDoesNotStart(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "api", says("old"), `[]`)
	h.expect("api.my-test", "/", 200, "old")
	v, err := h.upload(account, "api", says("new"), `[]`, func(u *workers.Upload) { u.Deploy = false })
	if err != nil {
		t.Fatal(err)
	}
	h.lose(v)
	if _, err := h.Deploy(t.Context(), account, "api", workers.Deployment{Versions: []workers.Share{{VersionID: v.ID, Percentage: 100}}}, false); err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.expect("api.my-test", "/", 200, "old")
	if !strings.Contains(h.log.String(), "Worker not started") {
		t.Errorf("the log does not say that the new version is not served: %s", h.log)
	}

	h.close()
	h.open()
	status, body := h.ask("api.my-test", "/")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, `Worker "api" does not run`) {
		t.Errorf("after a restart: got %d %q", status, body)
	}
}

// lose removes the content of a version.
func (h *house) lose(v workers.Version) {
	h.t.Helper()
	if err := h.store.Namespace("content-"+account).Delete(h.t.Context(), v.Modules[0].Digest); err != nil {
		h.t.Fatal(err)
	}
}

func TestStreamsAndWebSockets(t *testing.T) {
	h := newHouse(t)
	h.deploy(account, "live", `export default { async fetch(r) {
		if (r.headers.get("Upgrade")) { const [a, b] = Object.values(new WebSocketPair()); b.accept(); b.addEventListener("message", (e) => b.send("echo " + e.data)); return new Response(null, { status: 101, webSocket: a }) }
		const { readable, writable } = new TransformStream(); const w = writable.getWriter(); const say = (s) => w.write(new TextEncoder().encode(s));
		(async () => { await say("first\n"); await scheduler.wait(300); await say("second\n"); await w.close() })();
		return new Response(readable) } }`, `[]`)
	r, _ := http.NewRequestWithContext(t.Context(), "GET", h.url, nil)
	r.Host = "live.my-test.localhost"
	h.expect("live.my-test", "/", 200, "first\nsecond\n")
	began := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if line, err := bufio.NewReader(answer.Body).ReadString('\n'); line != "first\n" || time.Since(began) > 250*time.Millisecond {
		t.Errorf("the first line came after %s, with the second: %q, %v", time.Since(began), line, err)
	}

	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: live.my-test.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	reader := bufio.NewReader(conn)
	upgraded, err := http.ReadResponse(reader, nil)
	if err != nil || upgraded.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: got %v, %v", upgraded, err)
	}
	if _, err := conn.Write([]byte{0x81, 0x82, 0, 0, 0, 0, 'h', 'i'}); err != nil { // a masked text frame
		t.Fatal(err)
	}
	frame := make([]byte, 9)
	for n := 0; n < len(frame); {
		m, err := reader.Read(frame[n:])
		if err != nil {
			t.Fatalf("read a frame: %v, have %q", err, frame[:n])
		}
		n += m
	}
	if string(frame[2:]) != "echo hi" {
		t.Errorf("frame: got %q, want echo hi", frame[2:])
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{"My Test": "my-test", "prod": "prod", "  Ünï & Co. 2 ": "n-co-2", "漢": ""} {
		if got := fleet.Slug(name); got != want {
			t.Errorf("Slug(%q): got %q, want %q", name, got, want)
		}
	}
}
