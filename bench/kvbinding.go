package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/kvbinding"
)

// bindingWorker makes n calls, so many at once, and answers when the last is done.
const bindingWorker = `const value = "v".repeat(1024);
export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const call = searchParams.get("call"), n = +searchParams.get("n");
    let next = 0;
    async function one() {
      for (let i; (i = next++) < n; ) {
        const key = "key-" + (i % 100);
        if (call === "put") await env.KV.put(key, value);
        else if ((await env.KV.get(key)) !== value) throw new Error(key + " has another value");
      }
    }
    await Promise.all(Array.from({ length: +searchParams.get("at-once") }, one));
    return new Response("done");
  },
};
`

// bindingConfig is workerd's configuration of that Worker.
const bindingConfig = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-04-01",
      bindings = [(name = "KV", kvNamespace = "kv")],
    )),
    (name = "kv", external = (address = "unix:kv.sock", http = ())),
  ],
  sockets = [(name = "http", address = "unix:main.sock", http = (), service = "main")],
);
`

// bindingMiniflare runs the Worker on miniflare, with the namespace on disk.
const bindingMiniflare = `
const { Miniflare } = require("miniflare");
const [, dir] = process.argv;
const mf = new Miniflare({
  modules: true, modulesRoot: dir, scriptPath: dir + "/worker.js", compatibilityDate: "2026-04-01",
  kvNamespaces: ["KV"], kvPersist: dir + "/kv", port: 0, host: "127.0.0.1",
});
mf.ready.then((url) => console.log(String(url)));
process.on("SIGINT", () => mf.dispose().then(() => process.exit()));
`

// bindingLoads are what the Worker is asked to do.
var bindingLoads = []struct {
	call      string
	n, atOnce int
}{
	{"put", 1000, 1}, {"put", 3200, 32}, {"get", 3000, 1}, {"get", 6400, 32},
}

// bindingHost is a running Worker with a KV binding.
type bindingHost struct {
	name  string
	url   string
	http  *http.Client
	stop  []func()
	rates []samples // of bindingLoads
	costs []samples // processor time of a call in this process, which serves the namespace
}

func newBindingHost(name string) *bindingHost {
	h := &bindingHost{name: name}
	for range bindingLoads {
		h.rates = append(h.rates, samples{unit: "ops/s"})
		h.costs = append(h.costs, samples{unit: "µs"})
	}
	return h
}

// measureKVBinding makes the same Worker call KV on workerd over our handler, with a store
// on disk whose puts are synced and with one in memory; over a bare handler in memory,
// which is the ceiling; and on miniflare, all in turns.
func measureKVBinding(ctx context.Context, dir string, rounds int) ([]row, error) {
	program, err := findWorkerd(ctx)
	if err != nil {
		return nil, err
	}
	store, err := pebblekv.Open(pebblekv.Options{Dir: filepath.Join(dir, "binding-store")})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	serve := func(ns kv.Namespace) http.Handler {
		return kvbinding.Handler(func(*http.Request) (kv.Namespace, error) { return ns, nil }, kvbinding.Options{})
	}
	var hosts []*bindingHost
	defer func() {
		for _, h := range hosts {
			h.close()
		}
	}()
	for name, handler := range map[string]http.Handler{
		"disk":    serve(store.Namespace("kv")),
		"memory":  serve(memkv.New(memkv.Options{}).Namespace("kv")),
		"ceiling": bareBinding(),
	} {
		h, err := startWorkerd(ctx, filepath.Join(dir, "binding-"+name), name, program, handler)
		hosts = append(hosts, h)
		if err != nil {
			return nil, fmt.Errorf("workerd over %s: %w", name, err)
		}
	}
	peer, err := startBindingMiniflare(ctx, filepath.Join(dir, "binding-miniflare"))
	hosts = append(hosts, peer)
	if err != nil {
		return nil, fmt.Errorf("miniflare: %w", err)
	}

	for round := range rounds {
		for i, load := range bindingLoads {
			for turn := range hosts {
				h := hosts[(round+turn)%len(hosts)] // whoever comes after another meets what that has left to do
				cost, err := processorTime(func() error {
					rate, err := h.run(ctx, load.call, load.n, load.atOnce)
					h.rates[i].add(rate)
					return err
				})
				if err != nil {
					return nil, fmt.Errorf("%s: %w", h.name, err)
				}
				h.costs[i].add(float64(cost.Microseconds()) / float64(load.n))
			}
		}
	}
	syncs, err := syncRate(dir, rounds)
	if err != nil {
		return nil, err
	}
	return bindingRows(hosts, syncs), nil
}

// bindingRows sets the hosts beside each other.
func bindingRows(hosts []*bindingHost, syncs samples) []row {
	byName := map[string]*bindingHost{}
	for _, h := range hosts {
		byName[h.name] = h
	}
	var rows []row
	for i, load := range bindingLoads {
		what := fmt.Sprintf("KV binding, %s, %d at once", load.call, load.atOnce)
		for _, pair := range []struct{ ours, peer, peerName string }{
			{"disk", "miniflare", "miniflare"}, {"disk", "ceiling", "bare handler in memory"}, {"memory", "ceiling", "bare handler in memory"},
		} {
			rows = append(rows, row{
				what: what + ", store " + map[string]string{"disk": "on disk", "memory": "in memory"}[pair.ours], better: "higher",
				ours: byName[pair.ours].rates[i], peer: byName[pair.peer].rates[i], peerName: pair.peerName,
			})
		}
		rows = append(rows, row{
			what: what + ", store in memory, processor time of the store's process", better: "lower",
			ours: byName["memory"].costs[i], peer: byName["ceiling"].costs[i], peerName: "bare handler in memory",
		})
	}
	return append(rows, row{
		what: "KV binding, put, 1 at once, store on disk", better: "higher",
		ours: byName["disk"].rates[0], peer: syncs, peerName: "write and fsync of 1 KiB, nothing else",
	})
}

// findWorkerd asks the npm package where its program is.
func findWorkerd(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "node", "-p", "require('workerd').default")
	cmd.Dir = "conformance"
	path, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find workerd: %w", err)
	}
	return strings.TrimSpace(string(path)), nil
}

// startWorkerd runs the Worker on workerd, its namespace served by handler. The host is
// there to be closed even if that fails.
func startWorkerd(ctx context.Context, dir, name, program string, handler http.Handler) (*bindingHost, error) {
	h := newBindingHost(name)
	h.url = "http://worker/"
	if err := writeFiles(dir, map[string]string{"worker.js": bindingWorker, "config.capnp": bindingConfig}); err != nil {
		return h, err
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "kv.sock"))
	if err != nil {
		return h, err
	}
	server := &http.Server{Handler: handler}
	go server.Serve(listener)
	h.stop = append(h.stop, func() { server.Close() })
	socket := filepath.Join(dir, "main.sock")
	h.http = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	cmd := exec.CommandContext(ctx, program, "serve", "config.capnp", "--control-fd=1")
	cmd.Dir = dir
	_, err = h.start(cmd, `"event":"listen"`)
	return h, err
}

func startBindingMiniflare(ctx context.Context, dir string) (*bindingHost, error) {
	h := newBindingHost("miniflare")
	h.http = &http.Client{Transport: &http.Transport{}}
	if err := writeFiles(dir, map[string]string{"worker.js": bindingWorker}); err != nil {
		return h, err
	}
	cmd := exec.CommandContext(ctx, "node", "-e", bindingMiniflare, dir)
	cmd.Dir = "conformance"
	line, err := h.start(cmd, "http://127.0.0.1:")
	h.url = strings.TrimSpace(line)
	return h, err
}

// start runs a program until its output has a line that contains ready, and returns that
// line.
func (h *bindingHost) start(cmd *exec.Cmd, ready string) (string, error) {
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	h.stop = append(h.stop, func() {
		cmd.Process.Signal(os.Interrupt)
		time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if strings.Contains(lines.Text(), ready) {
			return lines.Text(), nil
		}
	}
	return "", errors.New("it ended before it was ready")
}

func (h *bindingHost) close() {
	for _, stop := range h.stop {
		stop()
	}
}

// run makes the Worker do n calls and returns how many it did a second.
func (h *bindingHost) run(ctx context.Context, call string, n, atOnce int) (float64, error) {
	url := fmt.Sprintf("%s?call=%s&n=%d&at-once=%d", h.url, call, n, atOnce)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	answer, err := h.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || string(text) != "done" {
		return 0, fmt.Errorf("the Worker answered %s: %.200s, %w", answer.Status, text, err)
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}

// bareBinding serves get and put from a map: the least that a KV binding can cost.
func bareBinding() http.Handler {
	var mu sync.RWMutex
	values := map[string][]byte{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			value, _ := io.ReadAll(r.Body)
			mu.Lock()
			values[r.URL.Path] = value
			mu.Unlock()
			return
		}
		mu.RLock()
		value := values[r.URL.Path]
		mu.RUnlock()
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write(value)
	})
}

// syncRate is how often a second the disk takes a kilobyte at the end of a file for good.
func syncRate(dir string, rounds int) (syncs samples, err error) {
	f, err := os.Create(filepath.Join(dir, "syncs"))
	if err != nil {
		return syncs, err
	}
	defer f.Close()
	syncs.unit = "ops/s"
	piece := make([]byte, 1024)
	for range rounds {
		const n = 200
		begin := time.Now()
		for range n {
			if _, err := f.Write(piece); err != nil {
				return syncs, err
			}
			if err := f.Sync(); err != nil {
				return syncs, err
			}
		}
		syncs.add(n / time.Since(begin).Seconds())
	}
	return syncs, nil
}

// writeFiles makes a folder of these.
func writeFiles(dir string, files map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
