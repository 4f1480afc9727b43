package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/transfer"
)

// copyPatience is how long one command may take, stopped or not.
const copyPatience = 2 * time.Minute

// stopsOfEach is how often one command is stopped, at the most.
const stopsOfEach = 5

// copies is a campaign against `bindery copy` and `bindery undo`: real processes between two accounts of a real server,
// stopped in the middle and run again, until each has done what it was to do.
type copies struct {
	*campaign
	rng    *rand.Rand
	dir    string
	server *victim
	link   *link
	admin  string // a token that makes tokens
	token  cloudflare.Token
	tokens string // its id
	from   cloudflare.NamespaceInfo
	before cloudflare.NamespaceInfo // holds what each destination holds at first
	jobs   int
	stops  map[stopping]int
}

// run returns the closing line, or what broke.
func (c *copies) run(ctx context.Context) (summary string, err error) {
	if c.dir, err = os.MkdirTemp("", "bindery-torture-"); err != nil {
		return "", err
	}
	c.data = filepath.Join(c.dir, "data")
	defer func() {
		if broken := (*brokenError)(nil); !errors.As(err, &broken) {
			err = errors.Join(err, os.RemoveAll(c.dir))
		}
	}()
	if err := c.build(ctx, c.dir); err != nil {
		return "", err
	}
	c.rng, c.stops = rand.New(rand.NewPCG(c.seed, 1)), map[stopping]int{}
	begin := time.Now()
	if err := c.start(ctx); err != nil {
		return "", err
	}
	defer c.server.kill()
	defer c.link.close()
	for c.stopped() < c.kills {
		if err := c.job(ctx); err != nil {
			return "", fmt.Errorf("job %d, after %d stops: %w", c.jobs, c.stopped(), err)
		}
	}
	c.progress("")
	c.server.kill()
	if err := c.checkExpired(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d stops of %d copies and their undos (%s), each ended with an empty diff: no key lost, no batch sent more than twice, nothing expired back (seed %d, %s)",
		c.stopped(), c.jobs, c.kinds(), c.seed, time.Since(begin).Round(time.Second)), nil
}

func (c *copies) stopped() (n int) {
	for _, times := range c.stops {
		n += times
	}
	return n
}

func (c *copies) kinds() string {
	var parts []string
	for _, s := range stoppings {
		parts = append(parts, fmt.Sprintf("%d %s", c.stops[s], s))
	}
	return strings.Join(parts, ", ")
}

// start brings up the server, the link to it, and the source.
func (c *copies) start(ctx context.Context) (err error) {
	for _, args := range [][]string{
		{"account", "create", "torture", "--id", account},
		{"account", "create", "other", "--id", otherAccount},
		{"token", "create", "--all-accounts", "--permission", "admin"},
	} {
		out, err := exec.CommandContext(ctx, c.bindery, append(args, "--data", c.data)...).Output()
		if err != nil {
			return fmt.Errorf("bindery %s: %w", strings.Join(args, " "), err)
		}
		c.admin = strings.TrimSpace(string(out))
	}
	if c.server, err = startServer(c.bindery, c.data); err != nil {
		return err
	}
	unused := "the folder has one"
	if err := c.server.ready(&unused); err != nil {
		return err
	}
	if c.link, err = openLink(c.server.url); err != nil {
		return err
	}
	if err := c.renew(ctx); err != nil {
		return err
	}
	client := c.server.client(c.admin)
	defer client.Close()
	if c.from, err = client.CreateNamespace(ctx, account, "source"); err != nil {
		return err
	}
	if c.before, err = client.CreateNamespace(ctx, otherAccount, "before"); err != nil {
		return err
	}
	if err := putAll(ctx, client, account, c.from.ID, sourcePairs(c.rng)); err != nil {
		return err
	}
	return putAll(ctx, client, otherAccount, c.before.ID, c.former())
}

// job copies into a fresh namespace with as many stops as it takes, and every other time undoes it in the same way.
func (c *copies) job(ctx context.Context) error {
	c.jobs++
	client := c.server.client(c.admin)
	defer client.Close()
	to, err := client.CreateNamespace(ctx, otherAccount, fmt.Sprintf("copy %d", c.jobs))
	if err != nil {
		return err
	}
	err = errors.Join(
		putAll(ctx, client, account, c.from.ID, passing(c.rng, "source")),
		putAll(ctx, client, otherAccount, to.ID, slices.Concat(c.former(), passing(c.rng, "former"))))
	if err != nil {
		return err
	}
	source, destination := account+"/"+c.from.ID, otherAccount+"/"+to.ID
	id, err := c.untilDone(ctx, "copy", source, destination, "--delete")
	if err != nil {
		return err
	}
	if err := c.diff(ctx, source, destination); err != nil {
		return err
	}
	if c.jobs%2 == 0 {
		return nil
	}
	if _, err := c.untilDone(ctx, "undo", id); err != nil {
		return err
	}
	return c.diff(ctx, otherAccount+"/"+c.before.ID, destination)
}

// former are the pairs that each destination begins with.
func (c *copies) former() []kv.Pair { return formerPairs(rand.New(rand.NewPCG(c.seed, 2))) }

// untilDone runs a command again until it is done, and returns the id of its job.
func (c *copies) untilDone(ctx context.Context, args ...string) (id string, err error) {
	c.link.forget()
	before, _, err := c.journal()
	if err != nil {
		return "", err
	}
	done := map[string]transfer.Phase{"copy": transfer.Done, "undo": transfer.Undone}[args[0]]
	for times := 0; ; times++ {
		c.progress("stop %d of %d, copy %d", c.stopped(), c.kills, c.jobs)
		how := killed
		switch {
		case times == stopsOfEach || c.stopped() >= c.kills:
			how = ""
		case c.rng.IntN(2) == 0:
			how = stoppings[c.rng.IntN(len(stoppings))]
		}
		out, stopped, err := c.once(ctx, how, args)
		if err != nil {
			return "", fmt.Errorf("bindery %s: %w", args[0], err)
		}
		if keys, size := c.link.again(); keys > kv.MaxBulkPut || size > batchBytes {
			return "", brokenf("bindery %s, stopped by %q before: %d keys and %d bytes were sent a second time; want one batch at the most", args[0], how, keys, size)
		}
		if stopped {
			c.stops[how]++
		}
		id, phase, err := c.journal()
		switch {
		case err != nil:
			return "", brokenf("no journal: %w; the command said\n%s", err, out)
		case !stopped, phase == done && (args[0] == "undo" || id != before): // or stopped behind its end
			return id, nil
		}
	}
}

// journal reads how far the last job is; a command that was stopped early has none yet.
func (c *copies) journal() (id string, phase transfer.Phase, err error) {
	root := filepath.Join(c.dir, ".bindery-jobs")
	ids, err := transfer.Jobs(root)
	if err != nil || len(ids) == 0 {
		return "", "", err
	}
	id = ids[len(ids)-1]
	phase, err = transfer.PhaseOf(root, id)
	return id, phase, err
}

// once runs a command, and stops it somewhere. That it came to its end before is no stop.
func (c *copies) once(ctx context.Context, how stopping, args []string) (out string, stopped bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, copyPatience)
	defer cancel()
	var said bytes.Buffer
	cmd := c.command(ctx, args)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return "", false, err
	}
	var moment *moment
	if how != "" {
		moment = c.moment(ctx, how, cmd)
	}
	c.link.expect(moment)
	err = cmd.Wait()
	c.link.restore()
	if how == expired && moment.happened() {
		if err := c.renew(ctx); err != nil {
			return "", false, err
		}
	}
	code := cmd.ProcessState.ExitCode()
	switch {
	case ctx.Err() != nil:
		return "", false, brokenf("it did not end in %v, stopped by %q:\n%s", copyPatience, how, &said)
	case err == nil:
		return said.String(), false, nil
	case !moment.happened():
		return "", false, brokenf("nobody stopped it, and it ended with %w:\n%s", err, &said)
	case code != how.exitCode():
		return "", false, brokenf("stopped by %q it ended with code %d, want %d:\n%s", how, code, how.exitCode(), &said)
	}
	return "", true, nil
}

func (c *copies) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.bindery, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "CLOUDFLARE_API_BASE_URL="+c.link.url+"/client/v4", "CLOUDFLARE_API_TOKEN="+string(c.token), "CLOUDFLARE_ACCOUNT_ID=")
	return cmd
}

// diff wants two namespaces to hold the same. What expires within a minute is left where it is by a copy, and looked at
// in the end.
func (c *copies) diff(ctx context.Context, a, b string) error {
	out, err := c.command(ctx, []string{"diff", a, b, "--exclude", passingPrefix + "*"}).CombinedOutput()
	if err != nil {
		return brokenf("bindery diff: %w\n%.2000s", err, out)
	}
	return nil
}

// checkExpired opens the folder two minutes ahead of time: of what was to expire soon, nothing is there.
func (c *copies) checkExpired(ctx context.Context) error {
	ahead := func() time.Time { return time.Now().Add(2 * time.Minute) }
	store, err := pebblekv.Open(pebblekv.Options{Dir: c.data, Now: ahead, SweepEvery: -1})
	if err != nil {
		return brokenf("open the folder: %w", err)
	}
	defer store.Close()
	for _, id := range append(c.link.written(), c.from.ID) {
		page, err := store.Namespace(id).List(ctx, kv.ListQuery{Prefix: passingPrefix})
		switch {
		case err != nil:
			return fmt.Errorf("list namespace %s: %w", id, err)
		case len(page.Keys) > 0:
			return brokenf("namespace %s has %q, which should have expired", id, page.Keys[0].Name)
		}
	}
	return nil
}
