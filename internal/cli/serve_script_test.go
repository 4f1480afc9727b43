package cli

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// servedProcess is a `bindery serve` that a script started.
type servedProcess struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
	err   error         // of Wait, once it has ended
}

// serve starts `bindery serve` with args on a free port and waits until it is ready.
// What it prints goes to the files serve.stdout and serve.stderr; its first line
// becomes $URL, and what it exports is exported to the script.
func (p *servedProcess) serve(ts *testscript.TestScript, _ bool, args []string) {
	p.cmd = exec.Command("bindery", append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	p.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"GORACE", "HOME", "PATH", "TMPDIR"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	stdout, err := os.Create(ts.MkAbs("serve.stdout"))
	ts.Check(err)
	defer stdout.Close()
	stderr, err := os.Create(ts.MkAbs("serve.stderr"))
	ts.Check(err)
	defer stderr.Close()
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	ts.Check(p.cmd.Start())
	cmd, ended := p.cmd, make(chan struct{})
	p.ended = ended
	go func() {
		p.err = cmd.Wait()
		close(ended)
	}()
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		<-ended
	})

	for deadline := time.Now().Add(10 * time.Second); ts.ReadFile("serve.stdout") == ""; time.Sleep(5 * time.Millisecond) {
		select {
		case <-p.ended:
			ts.Fatalf("serve ended: %v\n%s", p.err, ts.ReadFile("serve.stderr"))
		default:
		}
		if time.Now().After(deadline) {
			ts.Fatalf("serve printed nothing within 10 s:\n%s", ts.ReadFile("serve.stderr"))
		}
	}
	url, exports, _ := strings.Cut(ts.ReadFile("serve.stdout"), "\n")
	ts.Setenv("URL", url)
	ts.Setenv("PORT", url[strings.LastIndex(url, ":")+1:])
	ts.Setenv("CLOUDFLARE_API_BASE_URL", url+"/client/v4")
	for line := range strings.Lines(exports) {
		if name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "="); ok {
			ts.Setenv(name, value)
		}
	}
}

// shutdown sends SIGINT and wants a clean end.
func (p *servedProcess) shutdown(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
	select {
	case <-p.ended:
		ts.Check(p.err)
	case <-time.After(15 * time.Second):
		ts.Fatalf("serve did not stop within 15 s:\n%s", ts.ReadFile("serve.stderr"))
	}
}
