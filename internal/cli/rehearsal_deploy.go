package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/server"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
	"github.com/bindery-dev/bindery/internal/wranglerrun"
)

// deployer is the command that deploys.
type deployer struct {
	command []string
	shown   string // as a person would type it
	folder  string // where it runs
	by      string // whose it is
	own     bool   // the user named the command: it may deploy more than this environment
}

// deployment is what became of running it.
type deployment struct {
	deployer
	outcome  wranglerrun.Outcome
	deployed bool     // the account has the Worker now
	restored []string // files that the command wrote to, and that are again as they were
	refused  *refusal // the last upload whose code did not start; nil for none
}

func (d *deployment) ok() bool { return d.outcome.Code == 0 && d.deployed }

// findDeployer is the COMMAND that was named, else the project's wrangler; *wranglerrun.MissingError if there is none.
func (o *rehearseOptions) findDeployer(r *rehearsal) (*deployer, *wranglerrun.Wrangler, error) {
	file, err := findConfig(o.path)
	if err != nil {
		return nil, nil, err
	}
	if len(o.command) > 0 {
		return &deployer{command: o.command, shown: strings.Join(o.command, " "), folder: ".", by: "the command that was named", own: true}, nil, nil
	}
	found, err := wranglerrun.Find(filepath.Dir(file))
	if err != nil {
		return nil, nil, err
	}
	args := []string{"deploy"}
	if info, err := os.Stat(o.path); err == nil && !info.IsDir() {
		args = append(args, "--config", filepath.Base(file))
	}
	if r.config.Redirect == nil && (r.env.Name != "" || len(r.config.Envs) > 0) {
		args = append(args, "--env="+r.env.Name) // "" keeps CLOUDFLARE_ENV out, and wrangler from asking
	}
	by := "wrangler " + found.Version
	if found.Version == "" {
		by = found.Command[len(found.Command)-1] + ", by npx"
	}
	return &deployer{
		command: append(found.Command, args...), shown: "wrangler " + strings.Join(args, " "), folder: filepath.Dir(file), by: by,
	}, found, nil
}

// findWorkerd looks where wrangler has its own, then where the configuration is. A missing one is remembered, not an error.
func (o *rehearseOptions) findWorkerd(ctx context.Context, r *rehearsal, found *wranglerrun.Wrangler) (*server.Workerd, error) {
	folder := filepath.Dir(r.config.Path)
	if found != nil && found.Folder != "" {
		folder = found.Folder
		if real, err := filepath.EvalSymlinks(found.Folder); err == nil { // a package manager may keep each package apart
			folder = real
			if beside, err := filepath.EvalSymlinks(filepath.Join(real, "..", "workerd")); err == nil {
				folder = beside
			}
		}
	}
	binary, err := server.FindWorkerd(ctx, o.workerd, folder)
	if err != nil && o.workerd == "" {
		r.notRun = err
		return nil, nil
	}
	return binary, err
}

// deployTo runs the deployer against the server. What it wrote into files that it was not to change is undone.
func (r *rehearsal) deployTo(ctx context.Context, o *rehearseOptions, s *server.Server, d *deployer, token string, progress *progress) (err error) {
	stage, err := wranglerrun.Start(wranglerrun.API{BaseURL: s.BaseURL(), Token: token, Account: r.account.ID}, os.Environ(), o.timeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	guarded := guard(r.config, d.folder)
	done := &deployment{deployer: *d}
	defer func() {
		restored, failed := guarded.restore()
		done.restored, err = restored, errors.Join(err, failed)
	}()
	progress.say("%s", d.shown)
	done.outcome, err = stage.Run(ctx, d.folder, d.command, func(line string) { progress.say("%s: %s", d.shown, line) })
	if err != nil {
		return err
	}
	done.refused = r.refusals.last()
	_, done.deployed, err = s.BoundNamespaces(ctx, r.account.ID, r.env.WorkerName())
	r.deployed = done
	return err
}

// guarded is what a deploy may change in the user's folders, as it was.
type guarded struct {
	files   map[string][]byte
	folders []string // that were not there, the inner ones first
}

// guard remembers the files that a deploy may write ids into, and the folders that wrangler makes for its builds.
func guard(config *wrangler.Config, folder string) *guarded {
	g := &guarded{files: map[string][]byte{}}
	for _, path := range append(siblings(config.Path), filepath.Join(folder, "package.json")) {
		if text, err := os.ReadFile(path); err == nil {
			g.files[path] = text
		}
	}
	own := filepath.Join(folder, ".wrangler")
	for _, path := range []string{filepath.Join(own, "tmp"), own} {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			g.folders = append(g.folders, path)
		}
	}
	return g
}

// restore undoes what was changed, and returns the files that were.
func (g *guarded) restore() (restored []string, err error) {
	for path, before := range g.files {
		now, failed := os.ReadFile(path)
		if failed != nil || bytes.Equal(now, before) {
			continue // what the command removed it meant to
		}
		err = errors.Join(err, check.Change{Path: path, Before: now, After: before}.Write())
		restored = append(restored, path)
	}
	for _, folder := range g.folders {
		_ = os.Remove(folder) // only if nothing is in it
	}
	slices.Sort(restored)
	return restored, err
}

// provide makes what the account holds beside KV namespaces, as far as the environment names it: a deploy asks for it.
func (r *rehearsal) provide(ctx context.Context, s *server.Server) error {
	for _, h := range r.holdings() {
		if err := s.Provide(ctx, r.account.ID, h); err != nil {
			return fmt.Errorf("give account %s the %s %q: %w", r.account.ID, h.Kind, h.Name, err)
		}
	}
	return nil
}

// holdings are what provide makes. Another Worker, to which services and classes of Durable Objects lead, is one.
func (r *rehearsal) holdings() (all []server.Holding) {
	kinds := map[wrangler.Type]server.HoldingKind{
		wrangler.R2Bucket: server.Bucket, wrangler.D1: server.Database, wrangler.Queue: server.Queue,
	}
	others := map[string]*server.Holding{}
	other := func(name string) *server.Holding {
		if others[name] == nil {
			others[name] = &server.Holding{Kind: server.Worker, Name: name}
		}
		return others[name]
	}
	for _, v := range r.verdicts {
		if v.State != deploy.Exists && v.State != deploy.Assumed {
			continue
		}
		name := v.Resource.Name
		switch v.Binding.Type {
		case wrangler.Service:
			other(name)
		case wrangler.DurableObject:
			h := other(v.Binding.Field("script_name").Str())
			if name != "" && !slices.Contains(h.Classes, name) {
				h.Classes = append(h.Classes, name)
			}
		default:
			if kind := kinds[v.Binding.Type]; kind != "" {
				all = append(all, server.Holding{Kind: kind, ID: v.Resource.ID, Name: cmp.Or(name, "assumed-"+v.Resource.ID)})
			}
		}
	}
	delete(others, "")
	delete(others, r.env.WorkerName())
	for _, name := range slices.Sorted(maps.Keys(others)) {
		all = append(all, *others[name])
	}
	for _, name := range r.consumedQueues() {
		all = append(all, server.Holding{Kind: server.Queue, Name: name})
	}
	return all
}

// consumedQueues are those that the Worker consumes and that the account has, or may have.
func (r *rehearsal) consumedQueues() (names []string) {
	held := map[string]bool{}
	for _, q := range r.account.Queues {
		held[q.Name] = true
	}
	consumers := r.env.Value("queues").Get("consumers")
	if !consumers.Is(syntax.Array) {
		return nil
	}
	for _, c := range consumers.Items {
		if name := c.Get("queue").Str(); name != "" && (held[name] || !r.account.Known) {
			names = append(names, name)
		}
	}
	return names
}

// times says where the time of a rehearsal went.
type times struct{ deploy, workerd, total time.Duration }

// ours is what neither wrangler nor workerd took.
func (t times) ours() time.Duration { return t.total - t.deploy - t.workerd }
