package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// idleWorkers is how many Workers lie idle while memory is looked at.
const idleWorkers = 20

// measureDeploy uploads version after version of a Worker to a `bindery serve`, until each answers; then looks at what
// Workers that nobody asks for take of memory. Beside the first stands what workerd alone takes to start.
func measureDeploy(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	program, err := findWorkerd(ctx)
	if err != nil {
		return nil, err
	}
	d, err := startDeploying(ctx, exec.Command(bindery, "serve", "--data", filepath.Join(dir, "deploy"), "--account", "bench", "--workerd", program, "--listen", "127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	defer d.stop()
	took := row{what: "deploy of a new version until it answers", peerName: "workerd alone, two starts", better: "lower", ours: samples{unit: "ms"}, peer: samples{unit: "ms"}}
	for i := range rounds + 1 {
		ours, err := d.until(ctx, "fresh", fmt.Sprint("version ", i))
		if err != nil {
			return nil, err
		}
		var peer time.Duration
		for n := range 2 { // to try it, and to serve it
			one, err := startOnce(ctx, filepath.Join(dir, fmt.Sprintf("start-%d-%d", i, n)), program)
			if err != nil {
				return nil, fmt.Errorf("workerd: %w", err)
			}
			peer += one
		}
		if i > 0 { // the first is no new version
			took.ours.add(millis(ours))
			took.peer.add(millis(peer))
		}
	}
	idle, err := d.measureIdle(ctx)
	return append([]row{took}, idle...), err
}

// measureIdle deploys Workers and asks for none of them, then for each once.
func (d *deploying) measureIdle(ctx context.Context) ([]row, error) {
	unasked := row{what: "memory per Worker that nobody has asked for", better: "lower", ours: samples{unit: "MiB"}}
	asked := row{what: "memory per idle Worker, in a process of its own", better: "lower", ours: samples{unit: "MiB"}}
	name := func(i int) string { return fmt.Sprint("idle-", i) }
	before, err := d.restingMiB(ctx)
	if err != nil {
		return nil, err
	}
	for i := range idleWorkers {
		if err := d.upload(ctx, name(i), "idle"); err != nil {
			return nil, err
		}
	}
	deployed, err := d.restingMiB(ctx)
	if err != nil {
		return nil, err
	}
	for i := range idleWorkers {
		if _, err := d.ask(ctx, name(i)); err != nil {
			return nil, err
		}
	}
	running, err := d.restingMiB(ctx)
	unasked.ours.add(max(0, deployed-before) / idleWorkers)
	asked.ours.add((running - deployed) / idleWorkers)
	return []row{unasked, asked}, err
}

// deploying is a `bindery serve` that Workers are deployed to.
type deploying struct {
	cmd                       *exec.Cmd
	client                    *http.Client
	root, api, account, token string
}

func startDeploying(ctx context.Context, cmd *exec.Cmd) (*deploying, error) {
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	said := map[string]string{}
	lines := bufio.NewScanner(stdout)
	for len(said) < 3 && lines.Scan() {
		if name, text, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export CLOUDFLARE_"), "="); ok {
			said[name] = text
		}
	}
	go io.Copy(io.Discard, stdout) // until the process ends
	d := &deploying{cmd: cmd, client: newClient(1), api: said["API_BASE_URL"], account: said["ACCOUNT_ID"], token: said["API_TOKEN"]}
	d.root = strings.TrimSuffix(d.api, "/client/v4")
	if len(said) < 3 {
		d.stop()
		return nil, fmt.Errorf("%s did not say how it is reached", cmd.Path)
	}
	return d, nil
}

func (d *deploying) stop() { (&process{cmd: d.cmd}).stop() }

// upload puts a Worker that answers a text, as wrangler's first deploy does.
func (d *deploying) upload(ctx context.Context, name, text string) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, part := range []struct{ header, text string }{
		{`form-data; name="metadata"`, `{"main_module": "index.js", "compatibility_date": "2026-04-01"}`},
		{`form-data; name="index.js"; filename="index.js"`, fmt.Sprintf("export default { fetch: () => new Response(%q) };\n", text)},
	} {
		header := textproto.MIMEHeader{"Content-Disposition": {part.header}}
		if strings.Contains(part.header, "filename") {
			header.Set("Content-Type", "application/javascript+module")
		}
		w, err := form.CreatePart(header)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, part.text); err != nil {
			return err
		}
	}
	if err := form.Close(); err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, fmt.Sprintf("%s/accounts/%s/workers/scripts/%s", d.api, d.account, name), &body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := d.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if said, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("upload of %s: %s %.200s, %w", name, answer.Status, said, err)
	}
	return nil
}

// ask returns what a Worker answers.
func (d *deploying) ask(ctx context.Context, name string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.root+"/", nil)
	if err != nil {
		return "", err
	}
	r.Host = name + ".bench.localhost"
	answer, err := d.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// deployPatience is how long a version may take to answer.
const deployPatience = 30 * time.Second

// until deploys a version, and asks until it answers.
func (d *deploying) until(ctx context.Context, name, text string) (time.Duration, error) {
	begin := time.Now()
	if err := d.upload(ctx, name, text); err != nil {
		return 0, err
	}
	for {
		got, err := d.ask(ctx, name)
		switch {
		case err != nil:
			return 0, err
		case got == text:
			return time.Since(begin), nil
		case time.Since(begin) > deployPatience:
			return 0, fmt.Errorf("%s still answers %.100q", name, got)
		}
		time.Sleep(time.Millisecond)
	}
}

// startOnce is how long workerd takes from its start until it listens.
func startOnce(ctx context.Context, dir, program string) (time.Duration, error) {
	if err := writeFiles(dir, map[string]string{"worker.js": bindingWorker, "config.capnp": bindingConfig}); err != nil {
		return 0, err
	}
	h := newBindingHost("workerd")
	defer h.close()
	cmd := exec.CommandContext(ctx, program, "serve", "config.capnp", "--control-fd=1")
	cmd.Dir = dir
	begin := time.Now()
	_, err := h.start(cmd, `"event":"listen"`)
	return time.Since(begin), err
}

// restingMiB is the memory of the server and all that it has started, after a second of rest. What processes share counts
// once (Linux).
func (d *deploying) restingMiB(ctx context.Context) (total float64, err error) {
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	pids := []int{d.cmd.Process.Pid}
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[0]))
	for _, list := range children {
		b, _ := os.ReadFile(list) // of a thread that may have ended
		for _, child := range strings.Fields(string(b)) {
			if pid, err := strconv.Atoi(child); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	for _, pid := range pids {
		mib, err := sharedMiB(pid)
		if err != nil {
			return 0, err
		}
		total += mib
	}
	return total, nil
}

// sharedMiB is the proportional set size of a process: its own pages, and its share of those that others have too (Linux).
func sharedMiB(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no proportional size", pid)
}
