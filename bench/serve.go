package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
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
		took, mib, err := startAndRest(ctx, exec.Command(bindery, "serve", "--data", data, "--account", "bench", "--listen", "127.0.0.1:0"))
		if err != nil {
			return nil, fmt.Errorf("bindery serve: %w", err)
		}
		start.ours.add(millis(took))
		idle.ours.add(mib)

		node := exec.Command("node", "-e", miniflareScript, filepath.Join(dir, "miniflare-"+strconv.Itoa(i)))
		node.Dir = "conformance"
		took, mib, err = startAndRest(ctx, node)
		if err != nil {
			return nil, fmt.Errorf("miniflare: %w", err)
		}
		start.peer.add(millis(took))
		idle.peer.add(mib)
	}
	return []row{start, idle}, nil
}

// startAndRest starts a server that prints its URL on stdout, waits for an answer
// from it, rests a second, reads its memory, and stops it.
func startAndRest(ctx context.Context, cmd *exec.Cmd) (time.Duration, float64, error) {
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		cmd.Process.Signal(os.Interrupt)
		time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
	}()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		i := strings.Index(lines.Text(), "http://127.0.0.1:")
		if i < 0 {
			continue
		}
		url, _, _ := strings.Cut(lines.Text()[i:], " ")
		resp, err := http.Get(strings.TrimSpace(url))
		if err != nil {
			return 0, 0, err
		}
		resp.Body.Close()
		took := time.Since(begin)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		}
		mib, err := residentMiB(cmd.Process.Pid)
		return took, mib, err
	}
	return 0, 0, errors.New("it ended without printing its URL")
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
