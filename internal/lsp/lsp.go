// Package lsp is bindery check in an editor: it speaks the Language Server Protocol
// (3.17) over a pair of streams.
//
// It publishes what [check.Run] finds, while a file is being typed and for files that
// are not open; it shows a rule's page on hover, offers each finding's fixes as quick
// fixes, and links keys of a configuration to the documentation they come from.
//
// Start with [Server] and its Run. How findings are made is told by [Server.Judge];
// this room knows nothing of files but their names and the text that an editor shows.
package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/bindery-dev/bindery/internal/check"
)

// Server answers one editor.
type Server struct {
	Version string
	Rules   []*check.Rule

	// Judge checks the configurations below each of folders (absolute paths) and those among open. The text of every file
	// in open (by absolute path) stands in for what is on the disk. Paths of the findings' files are absolute. It is called
	// in the background, once at a time; when ctx is done, nobody wants its result any more, and Run waits for it to return.
	// Changed are the files that are not as they were for the last call of which the result was of use: what no change
	// concerns need not be judged again.
	Judge func(ctx context.Context, folders []string, open map[string][]byte, changed []string) ([]check.Diagnostic, error)

	// Configuration says whether a path has the name of a configuration: an editor shows us every file in its language.
	Configuration func(path string) bool

	// RulePage is the address of a rule's page.
	RulePage func(rule string) string

	// Quiet is how long a file has to be left alone before it is judged; 0 means 100 ms.
	Quiet time.Duration

	Log *slog.Logger // what the editor has no place for; nil: nowhere
}

// ErrNoShutdown: the client ended the connection, or asked to exit, without shutting the server down first.
var ErrNoShutdown = errors.New("the editor left without a shutdown request")

// Run serves until the client says exit, in ends or ctx is done. It returns nil after an orderly end, ErrNoShutdown
// after another, ctx's error, or that of a stream. A read that is under way ends only when in does.
func (s *Server) Run(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, stopReading := context.WithCancel(ctx)
	defer stopReading()
	c := newSession(s, out)
	messages, readErr := readAll(ctx, in)
	defer c.quiet.Stop()
	defer c.stopJudging()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.quiet.C:
			c.startJudging(ctx)
		case j := <-c.judged:
			c.finish(ctx, j)
		case m, ok := <-messages:
			if !ok {
				if err := <-readErr; err != nil {
					return fmt.Errorf("read from the editor: %w", err)
				}
				return c.ending()
			}
			c.handle(ctx, m)
			if c.exited {
				return c.ending()
			}
		}
		if c.writeErr != nil {
			return fmt.Errorf("write to the editor: %w", c.writeErr)
		}
	}
}

// readAll reads messages in the background, so that a change can be noticed while an older one waits to be judged.
// The error is there once the channel of messages is closed.
func readAll(ctx context.Context, in io.Reader) (<-chan *message, <-chan error) {
	messages, failed := make(chan *message), make(chan error, 1)
	go func() {
		defer close(messages)
		r := newReader(in)
		for {
			m, err := r.read()
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				failed <- err
				return
			}
			select {
			case messages <- m:
			case <-ctx.Done():
				failed <- nil
				return
			}
		}
	}()
	return messages, failed
}
