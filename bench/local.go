package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A Worker that does one get or put a request, and the ways to run it here.
const (
	localWorker = `export default { async fetch(request, env) {
  const key = new URL(request.url).pathname.slice(1);
  if (request.method === "PUT") {
    await env.KV.put(key, await request.arrayBuffer());
    return new Response(null);
  }
  const value = await env.KV.get(key, "stream");
  return value === null ? new Response(null, { status: 404 }) : new Response(value);
} };
`
	localConfig = `name = "peer"
main = "worker.js"
compatibility_date = "2026-04-01"
kv_namespaces = [{ binding = "KV", id = "0123456789abcdef0123456789abcdef" }]
`
	localMiniflare = `
const { Miniflare } = require("miniflare");
const mf = new Miniflare({
  modules: true, modulesRoot: "/", scriptPath: process.argv[1], kvNamespaces: ["KV"], kvPersist: process.argv[2], port: 0, host: "127.0.0.1",
});
mf.ready.then((url) => console.log(String(url)));
process.on("SIGINT", () => mf.dispose().then(() => process.exit()));
`
	localKeys        = 1000
	localConnections = 64
)

// measureLocal puts the same load on `bindery serve` and on the KV that runs on a developer's machine, in turns.
func measureLocal(ctx context.Context, bindery, dir string, rounds int, turn time.Duration) ([]row, error) {
	ours, stop, err := serveNamespace(ctx, bindery, filepath.Join(dir, "local"), localKeys)
	if err != nil {
		return nil, err
	}
	defer stop()
	for _, f := range []struct{ name, text string }{{"worker.js", localWorker}, {"wrangler.toml", localConfig}} {
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
			return nil, err
		}
	}
	miniflare, err := startMiniflare(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer miniflare.stop()
	wrangler, err := startWranglerDev(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer wrangler.stop()
	for _, peer := range []*process{miniflare, wrangler} {
		if err := fill(ctx, plain(peer, localKeys), localConnections); err != nil {
			return nil, err
		}
	}
	var rows []row
	for _, one := range []struct{ method, name string }{{http.MethodGet, "get"}, {http.MethodPut, "put"}} {
		beside := func(peer string) row {
			return row{
				what: fmt.Sprintf("REST %s, %d connections", one.name, localConnections), peerName: peer + ", a Worker's " + one.name, better: "higher",
				ours: samples{unit: "ops/s"}, peer: samples{unit: "ops/s"},
			}
		}
		m, w := beside("miniflare"), beside("`wrangler dev`")
		err := compete(ctx, one.method, localConnections, rounds, turn,
			contender{ours.values(), &m.ours, nil},
			contender{plain(miniflare, localKeys), &m.peer, nil},
			contender{plain(wrangler, localKeys), &w.peer, nil})
		if err != nil {
			return nil, err
		}
		w.ours = m.ours
		rows = append(rows, m, w)
	}
	return rows, nil
}

func startMiniflare(ctx context.Context, dir string) (*process, error) {
	cmd := exec.Command("node", "-e", localMiniflare, filepath.Join(dir, "worker.js"), filepath.Join(dir, "miniflare-kv"))
	cmd.Dir = "conformance"
	return start(ctx, cmd)
}

// startWranglerDev has it say as little as it can: it would print a line a request.
func startWranglerDev(ctx context.Context, dir string) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("node", "node_modules/wrangler/bin/wrangler.js", "dev", "--config", filepath.Join(dir, "wrangler.toml"),
		"--ip", "127.0.0.1", "--port", strconv.Itoa(port), "--persist-to", filepath.Join(dir, "wrangler-kv"), "--log-level", "none")
	cmd.Dir = "conformance"
	cmd.Env = append(os.Environ(), "WRANGLER_SEND_METRICS=false", "CI=1")
	return startAt(ctx, cmd, port)
}
