package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// process is a server that runs beside this program.
type process struct {
	cmd  *exec.Cmd
	url  string        // of its root
	took time.Duration // from its start to its first answer
}

// startPatience is how long a server may take to answer.
const startPatience = time.Minute

// start starts a server that prints its URL on stdout, and returns once it has answered.
func start(ctx context.Context, cmd *exec.Cmd) (*process, error) {
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	for lines := bufio.NewScanner(stdout); p.url == "" && lines.Scan(); {
		if i := strings.Index(lines.Text(), "http://127.0.0.1:"); i >= 0 {
			p.url, _, _ = strings.Cut(strings.TrimSpace(lines.Text()[i:]), " ")
			p.url = strings.TrimSuffix(p.url, "/")
		}
	}
	go io.Copy(io.Discard, stdout) // until the process ends
	return p.answering(ctx, begin)
}

// startAt starts a server that was told to listen on a port, and says nothing.
func startAt(ctx context.Context, cmd *exec.Cmd, port int) (*process, error) {
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	return p.answering(ctx, begin)
}

// answering waits for the first answer.
func (p *process) answering(ctx context.Context, begin time.Time) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/", nil)
		if err == nil && p.url != "" {
			var resp *http.Response
			if resp, err = http.DefaultClient.Do(req); err == nil {
				p.took = time.Since(begin)
				return p, resp.Body.Close()
			}
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
		if ctx.Err() != nil || p.url == "" {
			p.stop()
			return nil, fmt.Errorf("%s: it does not answer: %w", p.cmd.Args[0], err)
		}
	}
}

// stop ends the process, by force if it does not go.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	force := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer force.Stop()
	_ = p.cmd.Wait()
}

// freePort is a port of the loopback that nobody listens on just now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
