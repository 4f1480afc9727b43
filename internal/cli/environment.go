package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/fingerprint"
	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// environment is one environment of one configuration, with the bindery.toml beside it.
type environment struct {
	*wrangler.Environment
	config   *wrangler.Config
	settings *settings.Settings
}

// findConfig turns a PATH of the command line into a configuration: a file is
// itself, a folder its own configuration, and "" what wrangler would take here.
// What a build redirects the deploy to is for deployed to find out.
func findConfig(path string) (string, error) {
	if path == "" {
		return wrangler.Find(".")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usagef("%s does not exist", path).hint("name a wrangler file, or a folder that holds one")
	case err != nil:
		return "", fmt.Errorf("find the configuration: %w", err)
	case info.IsDir():
		return wrangler.InFolder(path)
	case !isConfig(path):
		return "", usagef("%s is no wrangler configuration", path).
			hint("wrangler reads .toml, .json and .jsonc, and takes any other file for an empty configuration")
	}
	return path, nil
}

// isConfig says whether wrangler reads a file of this name; its suffix decides.
func isConfig(path string) bool {
	return slices.Contains([]string{".toml", ".json", ".jsonc"}, filepath.Ext(path))
}

// project is a configuration that parses, with the bindery.toml beside it.
type project struct {
	config   *wrangler.Config
	settings *settings.Settings
}

// loadProject reads the configuration that a deploy from path takes. A file that does not parse is an error here: what
// could be read of it may miss the very binding in question.
func loadProject(path string) (*project, error) {
	file, err := findConfig(path)
	if err != nil {
		return nil, err
	}
	loaded, err := check.LoadProject([]string{file})
	if err != nil {
		return nil, err
	}
	config, err := deployed(loaded, path)
	if err != nil {
		return nil, err
	}
	if len(config.File.Errors) > 0 {
		e := config.File.Errors[0]
		return nil, withHint(errors.New(place(config.File, e.Span)+": "+e.Message), "bindery check %s shows the line", file)
	}
	return &project{config, loaded.SettingsFor(config)}, nil
}

func (p *project) of(env *wrangler.Environment) *environment {
	return &environment{Environment: env, config: p.config, settings: p.settings}
}

// lockPath is where the lock lies: of what a build made, beside the configuration that it was made from.
func (p *project) lockPath() string { return check.LockPath(p.config) }

func (e *environment) lockPath() string { return check.LockPath(e.config) }

// deployable are the environments of the configuration: those under env, and the top level if it is more than what
// these inherit from.
func (p *project) deployable() []*wrangler.Environment {
	if len(p.config.Envs) > 0 && len(p.config.Top.Bindings) == 0 {
		return p.config.Envs
	}
	return append([]*wrangler.Environment{p.config.Top}, p.config.Envs...)
}

// loadEnvironment is loadProject for one environment.
func loadEnvironment(path, name string) (*environment, error) {
	p, err := loadProject(path)
	if err != nil {
		return nil, err
	}
	env, err := p.config.Environment(name)
	if err != nil {
		return nil, err
	}
	return p.of(env), nil
}

// deployed is the configuration that `wrangler deploy` takes for the first one of the project, which path of the command
// line led to: in a folder what a build made from it, if there is a redirect. A file that is named is taken itself, as
// with --config.
func deployed(p *check.Project, path string) (*wrangler.Config, error) {
	config := p.Configs[0]
	if info, err := os.Stat(path); path != "" && err == nil && !info.IsDir() {
		return config, nil
	}
	if len(p.Redirects) == 0 {
		return config, nil
	}
	r := p.Redirects[0] // the files are those of one folder
	if len(r.Problems) > 0 {
		return nil, withHint(fmt.Errorf("%s: wrangler deploy stops at this file: %s", place(r.File, r.Problems[0].Span), r.Problems[0].Message),
			"%s", r.Problems[0].Help)
	}
	built := p.Deployed(config)
	if built == config {
		return nil, withHint(fmt.Errorf("%s: the deploy is redirected to %s, which is not there", place(r.File, r.TargetAt.Span), r.Target),
			"build first, or name the configuration itself: %s", config.Path)
	}
	return built, nil
}

// critical says whether the Worker is broken without this binding.
func (e *environment) critical(binding string) bool {
	names := e.settings.CriticalFor(e.Name)
	return names == nil || slices.Contains(names, binding)
}

// lostBinding is a name that bindery.toml calls critical and that the environment does not bind at all.
type lostBinding struct {
	name string
	kv   bool // as far as the file's other environments say
}

func (e *environment) lost() []lostBinding {
	bound := map[string]bool{}
	for _, b := range e.Bindings {
		bound[b.Text()] = true
	}
	for _, v := range e.Vars {
		bound[v.Name] = true
	}
	var lost []lostBinding
	for _, name := range e.settings.CriticalFor(e.Name) {
		if !bound[name] {
			lost = append(lost, lostBinding{name, e.isKVElsewhere(name)})
		}
	}
	return lost
}

// isKVElsewhere says whether a name stands for a KV namespace where the file binds it, which may be nowhere.
func (e *environment) isKVElsewhere(name string) bool {
	for _, other := range append([]*wrangler.Environment{e.config.Top}, e.config.Envs...) {
		for _, b := range other.Bindings {
			if b.Text() == name && b.Type != wrangler.KVNamespace {
				return false
			}
		}
	}
	return true
}

// environmentName resolves --env as wrangler does: the flag, "" too, then CLOUDFLARE_ENV.
func (a *app) environmentName(cmd *cobra.Command, flag string) string {
	if cmd.Flags().Changed("env") {
		return flag
	}
	return a.getenv("CLOUDFLARE_ENV")
}

// opener opens the namespace that a KV binding leads to.
type opener func(ctx context.Context, b *wrangler.Binding) (kv.Namespace, error)

// targets are the environment's KV bindings to prove, in the order of the file, and after them the lost ones.
func (e *environment) targets(open opener) []selftest.Target {
	var ts []selftest.Target
	for _, b := range e.Of(wrangler.KVNamespace) {
		ts = append(ts, selftest.Target{
			Binding:  b.Text(),
			Optional: !e.critical(b.Text()),
			Open:     func(ctx context.Context) (kv.Namespace, error) { return open(ctx, b) },
		})
	}
	for _, l := range e.lost() {
		if l.kv {
			ts = append(ts, unboundTarget(l.name))
		}
	}
	return ts
}

// expected is what the namespace of a KV binding should say of itself, in an account and by the lock; nil if it has no id.
func (e *environment) expected(b *wrangler.Binding, account string, locked *lock.File) *fingerprint.Expected {
	id, err := namespaceID(b)
	if err != nil {
		return nil
	}
	want := &fingerprint.Expected{Record: fingerprint.Record{Account: account, Namespace: id, Worker: e.WorkerName(), Environment: e.Name}}
	if l := locked.Environment(e.Name).Binding(b.Text()); l != nil {
		want.Digest = l.Fingerprint
	}
	for _, other := range e.Of(wrangler.KVNamespace) {
		if other.Text() != b.Text() && other.Resource().Str() == id {
			want.Twin = other.Text()
			break
		}
	}
	return want
}

// unboundTarget is a binding that the environment lacks: its self-test fails at binding_check.
func unboundTarget(name string) selftest.Target {
	return selftest.Target{
		Binding: name,
		Open: func(context.Context) (kv.Namespace, error) {
			return nil, fmt.Errorf("%s is %w in this environment", name, selftest.ErrNotBound)
		},
	}
}

// namespaceID is the id that a KV binding names.
func namespaceID(b *wrangler.Binding) (string, error) {
	id := b.Resource()
	switch {
	case id == nil:
		return "", fmt.Errorf("%s has no id, so it is %w", b.Text(), selftest.ErrNotBound)
	case !platform.ValidID(id.Str()):
		return "", withHint(fmt.Errorf("%q is no namespace id", id.Text),
			"put the id of a namespace of this environment's account there, 32 hex digits: `wrangler kv namespace list` shows them")
	}
	return id.Str(), nil
}

// place is file:line:column of the start of s.
func place(f *syntax.File, s syntax.Span) string {
	p := f.Position(s.Start)
	return fmt.Sprintf("%s:%d:%d", f.Path, p.Line, p.Column)
}
