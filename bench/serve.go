package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// miniflareScript starts miniflare with one KV namespace on disk, says that it is
// ready, and waits to be told to stop.
const miniflareScript = `
const { Miniflare } = require("miniflare");
const mf = new Miniflare({
  modules: true,
  script: "export default { fetch() { return new Response('ok') } }",
  kvNamespaces: ["KV"], kvPersist: process.argv[1], port: 0, host: "127.0.0.1",
});
mf.ready.then((url) => console.log(String(url)));
process.on("SIGINT", () => mf.dispose().then(() => process.exit()));
`

// measureServe starts `bindery serve` on a fresh folder, and miniflare with one
// namespace on disk beside it, until each answers a request; then looks at memory
// after a second of rest.
func measureServe(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	start := row{what: "start until the first answer, fresh folder", peerName: "miniflare", better: "lower"}
	start.ours.unit, start.peer.unit = "ms", "ms"
	idle := row{what: "idle memory (resident, all processes)", peerName: "miniflare", better: "lower"}
	idle.ours.unit, idle.peer.unit = "MiB", "MiB"

	for i := range rounds {
		data := filepath.Join(dir, "serve-"+strconv.Itoa(i))
		ours := exec.Command(bindery, "serve", "--data", data, "--account", "bench", "--listen", "127.0.0.1:0")
		if err := startAndRest(ctx, ours, &start.ours, &idle.ours); err != nil {
			return nil, fmt.Errorf("bindery serve: %w", err)
		}
		node := exec.Command("node", "-e", miniflareScript, filepath.Join(dir, "miniflare-"+strconv.Itoa(i)))
		node.Dir = "conformance"
		if err := startAndRest(ctx, node, &start.peer, &idle.peer); err != nil {
			return nil, fmt.Errorf("miniflare: %w", err)
		}
	}
	return []row{start, idle}, nil
}

// startAndRest starts a server, waits for its first answer, rests a second, reads its memory, and stops it.
func startAndRest(ctx context.Context, cmd *exec.Cmd, took, memory *samples) error {
	p, err := start(ctx, cmd)
	if err != nil {
		return err
	}
	defer p.stop()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	mib, err := residentMiB(cmd.Process.Pid)
	if err != nil {
		return err
	}
	took.add(millis(p.took))
	memory.add(mib)
	return nil
}

// residentMiB adds up the resident memory of a process and its descendants (Linux).
func residentMiB(pid int) (float64, error) {
	mib, err := statusMiB(pid, "VmRSS")
	if err != nil {
		return 0, err
	}
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range children {
		b, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(b)) {
			n, err := strconv.Atoi(child)
			if err != nil {
				continue
			}
			more, err := residentMiB(n)
			if err == nil {
				mib += more
			}
		}
	}
	return mib, nil
}

// statusMiB reads one size of a process (Linux).
func statusMiB(pid int, name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, name)
}
