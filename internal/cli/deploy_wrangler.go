package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/cloudflare"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/wrangler"
	"github.com/bindery-dev/bindery/internal/wranglerrun"
)

// call is one run of wrangler.
type call struct {
	command   []string // as a person would type it
	outcome   wranglerrun.Outcome
	said      wranglerrun.Said
	explained []explanationOf // why it failed
}

// wrangler runs the project's wrangler, which goes to the account of the plan and to no other. The error is that it did not
// run, or was interrupted.
func (d *delivery) wrangler(ctx context.Context, verb []string, rest ...string) (*call, error) {
	file, err := findConfig(d.path)
	if err != nil {
		return nil, err
	}
	args := slices.Clone(verb)
	if info, err := os.Stat(d.path); d.path != "" && err == nil && !info.IsDir() {
		args = append(args, "--config", filepath.Base(file))
	}
	if d.env.config.Redirect == nil && (d.env.Name != "" || len(d.env.config.Envs) > 0) {
		args = append(args, "--env="+d.env.Name) // "" keeps wrangler from asking
	}
	args = append(args, rest...)
	c := &call{command: append([]string{"wrangler"}, args...)}
	d.g.calls = append(d.g.calls, c)
	fmt.Fprintf(d.s, "\n%s\n", d.s.strong(strings.Join(c.command, " ")))

	folder, err := os.MkdirTemp("", "bindery-deploy-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for what wrangler says: %w", err)
	}
	defer os.RemoveAll(folder)
	said := filepath.Join(folder, "said")
	c.outcome, err = wranglerrun.Here(d.surroundings(said)).Run(ctx, filepath.Dir(file), slices.Concat(d.found.Command, args), func(line string) {
		fmt.Fprintf(d.s.visible(), "  %s\n", line)
	})
	c.said = wranglerrun.ReadSaid(said, c.outcome.Output)
	if err != nil {
		c.outcome.Code = -1
		return c, err
	}
	if c.outcome.Code != 0 {
		c.explained, err = explainLog(strings.NewReader(c.outcome.Output), []*wrangler.Environment{d.env.Environment})
	}
	return c, err
}

// surroundings are the caller's environment variables, without what leads to another account or login than was judged.
func (d *delivery) surroundings(said string) []string {
	ours := []string{deploy.AccountVariable, "CLOUDFLARE_ENV", wranglerrun.OutputVariable, "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CF_API_KEY", "CF_EMAIL"}
	environ := slices.DeleteFunc(slices.Clone(d.environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(ours, name)
	})
	return append(environ, deploy.AccountVariable+"="+d.g.plan.Account.ID, wranglerrun.OutputVariable+"="+said)
}

// happened says whether something was done, as far as anybody knows.
type happened string

const (
	happenedYes     happened = "yes"
	happenedNo      happened = "no"
	happenedUnknown happened = "unknown"
)

// serving is the deployment of a Worker by which it serves; the zero value is that of one that does not.
type serving struct{ cloudflare.WorkerDeployment }

func (s serving) there() bool { return s.ID != "" }

// shares are the versions with their parts of the requests, as `wrangler versions deploy` takes them.
func (s serving) shares() (all []string) {
	for _, v := range s.Versions {
		all = append(all, fmt.Sprintf("%s@%v%%", v.ID, v.Percentage))
	}
	return all
}

// serves asks the account what the Worker serves by.
func (d *delivery) serves(ctx context.Context) (serving, error) {
	list, err := d.client.Deployments(ctx, d.g.plan.Account.ID, d.g.plan.Worker.Name)
	if errors.Is(err, cloudflare.ErrWorkerNotFound) || err == nil && len(list) == 0 {
		return serving{}, nil
	}
	if err != nil {
		return serving{}, fmt.Errorf("ask which version of %s serves: %w", d.g.plan.Worker.Name, err)
	}
	return serving{list[0]}, nil
}

// afterwards is how long the account has to say what became of a deploy that was interrupted.
const afterwards = 10 * time.Second

// settle finds out what became of the deploy that wrangler has tried last: by what it said, and, where it failed or was
// interrupted, by asking the account. What nobody can tell is unknown.
func (d *delivery) settle(ctx context.Context, c *call) {
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), min(afterwards, d.timeout))
		defer cancel()
	}
	now, err := d.serves(ctx)
	g := d.g
	switch {
	case err == nil && now.ID != d.before.ID:
		g.deployed, g.now = happenedYes, now
	case c.outcome.Code == 0 && (c.said.VersionID != "" || err != nil):
		g.deployed = happenedYes
	case err != nil:
		g.deployed, g.unknown = happenedUnknown, err
	default:
		g.deployed, g.now = happenedNo, now
	}
	if g.version = cmp.Or(c.said.VersionID, g.version); g.version == "" && g.deployed == happenedYes && len(now.Versions) == 1 {
		g.version = now.Versions[0].ID
	}
}
