// Command torture kills `bindery serve` with kill -9 at random moments while clients
// write to it, starts it again on the same folder, and compares what is there with
// what was acknowledged:
//
//	go run ./torture -kills 500
//	go run ./torture -copies -kills 300
//
// Every acknowledged write must be there whole, every other whole or not at all; no
// expired key may come back, no deleted namespace, and lists must agree with gets.
// The first key that breaks this is told with its story, and the data folder is kept.
// The load follows from the seed, which is printed; the moments of the kills do too,
// but what a server has done by then differs from run to run.
//
// With -copies it is `bindery copy` and `bindery undo` that are stopped instead: by kill -9,
// Ctrl-C, a cut network and an expired token, at random requests. The same command goes on
// each time; in the end nothing differs, and no more than a batch a stop was sent twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"golang.org/x/term"
)

func main() {
	var c campaign
	flag.IntVar(&c.kills, "kills", 500, "how often to kill the server")
	flag.Uint64Var(&c.seed, "seed", rand.Uint64(), "where the load and the moments of the kills come from")
	flag.IntVar(&c.workers, "workers", 6, "clients that write at the same time")
	copying := flag.Bool("copies", false, "stop `bindery copy` rather than the server, -kills times in all")
	flag.StringVar(&c.bindery, "bindery", "", "the `program` to kill (default: built from ./cmd/bindery)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c.tty = term.IsTerminal(int(os.Stderr.Fd()))
	run := c.run
	if *copying {
		run = func(ctx context.Context) (string, error) { return (&copies{campaign: &c}).run(ctx) }
	}
	summary, err := run(ctx)
	var broken *brokenError
	switch {
	case errors.As(err, &broken):
		fmt.Fprintf(os.Stderr, "torture: %v\nseed %d; the data folder is kept: %s\n", err, c.seed, c.data)
		os.Exit(1)
	case err != nil:
		fmt.Fprintf(os.Stderr, "torture: %v\nseed %d\n", err, c.seed)
		os.Exit(3)
	}
	fmt.Println(summary)
}

// campaign is one folder, and the servers that live and die on it.
type campaign struct {
	kills   int
	seed    uint64
	workers int
	bindery string
	tty     bool
	data    string // the folder
}

// run returns the closing line, or what broke.
func (c *campaign) run(ctx context.Context) (summary string, err error) {
	dir, err := os.MkdirTemp("", "bindery-torture-")
	if err != nil {
		return "", err
	}
	c.data = filepath.Join(dir, "data")
	defer func() {
		if broken := (*brokenError)(nil); !errors.As(err, &broken) {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := c.build(ctx, dir); err != nil {
		return "", err
	}
	begin := time.Now()
	rng := rand.New(rand.NewPCG(c.seed, 0))
	l := newLedger(c.seed, c.workers)
	var token string
	for round := range c.kills + 1 {
		c.progress("kill %d of %d, %d writes acknowledged", round, c.kills, l.acknowledged.Load())
		if round > 0 && rng.IntN(5) == 0 {
			// Die while opening, too.
			s, err := startServer(c.bindery, c.data)
			if err != nil {
				return "", err
			}
			time.Sleep(time.Duration(rng.IntN(40)) * time.Millisecond)
			s.kill()
		}
		s, err := startServer(c.bindery, c.data)
		if err != nil {
			return "", err
		}
		defer s.kill()
		if err := s.ready(&token); err != nil {
			return "", &brokenError{fmt.Errorf("start %d: %w", round+1, err)}
		}
		if err := l.check(ctx, s, token); err != nil {
			return "", fmt.Errorf("after kill %d of %d: %w", round, c.kills, err)
		}
		if round == c.kills {
			s.kill() // the last one is not counted
			break
		}
		after := time.Duration(rng.IntN(400)) * time.Millisecond
		if err := l.load(ctx, s, token, round, after); err != nil {
			return "", fmt.Errorf("before kill %d of %d: %w", round+1, c.kills, err)
		}
	}
	c.progress("")
	expired, err := l.checkExpired(ctx, c.data)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d kills, %d writes acknowledged, %d cut off, %d keys expired: nothing lost, nothing torn, nothing back (seed %d, %s)",
		c.kills, l.acknowledged.Load(), l.cutOff.Load(), expired, c.seed, time.Since(begin).Round(time.Second)), nil
}

// build makes the program, unless there is one.
func (c *campaign) build(ctx context.Context, dir string) error {
	if c.bindery != "" {
		return nil
	}
	c.bindery = filepath.Join(dir, "bindery")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", c.bindery, "github.com/bindery-dev/bindery/cmd/bindery").CombinedOutput(); err != nil {
		return fmt.Errorf("build bindery: %w\n%s", err, out)
	}
	return nil
}

// progress shows on a terminal how far the campaign is.
func (c *campaign) progress(format string, args ...any) {
	if c.tty {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
}

// brokenError: the server broke its promise. It is an error of a run that worked.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

func brokenf(format string, args ...any) error { return &brokenError{fmt.Errorf(format, args...)} }
