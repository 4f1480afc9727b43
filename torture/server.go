package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bindery-dev/bindery/internal/cloudflare"
)

const account = "0123456789abcdef0123456789abcdef"

// victim is a running server.
type victim struct {
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr strings.Builder
	url    string
	killed atomic.Bool
	once   sync.Once
}

func startServer(bindery, data string) (*victim, error) {
	s := &victim{cmd: exec.Command(bindery, "serve", "--data", data, "--listen", "127.0.0.1:0", "--account", "torture="+account)}
	s.cmd.Stderr = &s.stderr
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.stdout = bufio.NewReader(stdout)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	return s, nil
}

// ready waits until the server says where it is, and reads the token at its first
// start. A server that died before anybody saw its token left none: the next one
// makes another.
func (s *victim) ready(token *string) error {
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		s.kill()
		return errors.New("the server ended: " + s.stderr.String())
	}
	s.url = strings.TrimSpace(line)
	for *token == "" {
		if line, err = s.stdout.ReadString('\n'); err != nil {
			return fmt.Errorf("read the token: %w", err)
		}
		if secret, ok := strings.CutPrefix(line, "export CLOUDFLARE_API_TOKEN="); ok {
			*token = strings.TrimSpace(secret)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, s.stdout) }()
	return nil
}

// client has connections of its own, and tries nothing twice: an error means that
// nobody knows.
func (s *victim) client(token string) *cloudflare.Client {
	return cloudflare.New(cloudflare.Options{BaseURL: s.url + "/client/v4", Token: cloudflare.Token(token), Retries: -1})
}

// kill is kill -9.
func (s *victim) kill() {
	s.once.Do(func() {
		s.killed.Store(true)
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	})
}
