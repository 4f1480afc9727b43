package bindery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// load reads the configuration at path and what lies beside it.
func load(path string, o Options) (*Environment, error) {
	file, err := find(path)
	if err != nil {
		return nil, err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	e := &Environment{options: o}
	if e.env, err = environment(wrangler.Parse(file, src), o.Environment); err != nil {
		return nil, err
	}
	beside := filepath.Join(filepath.Dir(file), settings.Name)
	if src, err = readOptional(beside); err != nil {
		return nil, err
	}
	if e.settings = settings.Parse(beside, src); len(e.settings.Problems) > 0 {
		p := e.settings.Problems[0]
		return nil, mistake(e.settings.File, p.Span, p.Message, p.Help)
	}
	if src, err = readOptional(lock.Path(file)); err != nil {
		return nil, err
	}
	e.locked = &lock.File{}
	if src == nil {
		return e, nil
	}
	var problems []lock.Problem
	if e.locked, problems = lock.Parse(lock.Path(file), src); len(problems) > 0 {
		return nil, mistake(e.locked.Source, problems[0].Span, problems[0].Message, problems[0].Help)
	}
	return e, nil
}

func find(path string) (string, error) {
	if path == "" {
		return wrangler.Find(".")
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("find the configuration: %w", err)
	case info.IsDir():
		return wrangler.InFolder(path)
	case !slices.Contains([]string{".toml", ".json", ".jsonc"}, filepath.Ext(path)):
		return "", advised(fmt.Errorf("%s is no wrangler configuration", path),
			"wrangler reads .toml, .json and .jsonc, and takes any other file for an empty one")
	}
	return path, nil
}

func readOptional(path string) ([]byte, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what lies beside the configuration: %w", err)
	}
	return src, nil
}

// environment is the one of this name, if wrangler takes it. Where wrangler takes the top level instead, with a warning, it is an error:
// a service that asks for production must not be given something else.
func environment(c *wrangler.Config, name string) (*wrangler.Environment, error) {
	env, err := c.Environment(name)
	if err == nil && env.Name != name || err == nil && env.Node == nil {
		err = &wrangler.UnknownEnvironmentError{Path: c.Path, Name: name}
	}
	if unknown := (*wrangler.UnknownEnvironmentError)(nil); errors.As(err, &unknown) && len(c.File.Errors) == 0 {
		if len(unknown.Defined) == 0 {
			return nil, advised(&alsoError{err, ErrEnvironment}, "it declares none; leave Options.Environment empty for the top level")
		}
		return nil, &alsoError{err, ErrEnvironment}
	}
	for _, e := range c.File.Errors {
		return nil, mistake(c.File, e.Span, e.Message, e.Help)
	}
	if err != nil {
		return nil, err
	}
	for _, problems := range [][]wrangler.Problem{c.Problems, env.Problems} {
		for _, p := range problems {
			if p.Error {
				return nil, mistake(c.File, p.Span, p.Message, p.Help)
			}
		}
	}
	return env, nil
}

// mistake is an error at a place of a file.
func mistake(f *syntax.File, at syntax.Span, message, help string) error {
	return advised(errors.New(deploy.Place{File: f, Span: at}.String()+": "+message), "%s", help)
}

// binding is the KV binding of this name.
func (e *Environment) binding(name string) (*wrangler.Binding, error) {
	var known []string
	for _, b := range e.env.Of(wrangler.KVNamespace) {
		if b.Text() == name {
			return b, nil
		}
		known = append(known, b.Text())
	}
	err := fmt.Errorf("%s in %s of %s: %w", name, e.env.Label(), e.env.Config.Path, ErrBindingNotFound)
	near, typo := syntax.Nearest(name, known)
	switch {
	case typo:
		return nil, advised(err, "did you mean %s?", near)
	case len(known) == 0:
		return nil, advised(err, "it binds no KV namespace; bindings are not inherited from the top level")
	}
	return nil, advised(err, "it binds %s", strings.Join(known, ", "))
}

// namespaceID is the id that the configuration gives a binding, or else that was agreed in the lock. In a folder or in memory a namespace
// needs none: it is "" then.
func (e *Environment) namespaceID(b *wrangler.Binding) (string, error) {
	agreed := e.locked.Environment(e.env.Name).Binding(b.Text())
	switch n := b.Resource(); {
	case n != nil && hexID.MatchString(n.Str()):
		return n.Str(), nil
	case n == nil && agreed != nil && agreed.ID != "":
		return agreed.ID, nil
	case e.local():
		return "", nil
	case n != nil:
		return "", mistake(e.env.Config.File, n.Span, fmt.Sprintf("%q is no namespace id", n.Text),
			"an id has 32 hex digits: `wrangler kv namespace list` shows them")
	}
	return "", advised(fmt.Errorf("%s has no id, so it is %w", b.Text(), ErrNotBound), "`bindery apply` makes the namespace and writes its id down")
}

func (e *Environment) local() bool { return e.options.Memory || e.options.Folder != "" }

// key tells namespaces apart in a folder or in memory: by id, as an account does, or by binding where there is none.
func (e *Environment) key(binding, id string) string {
	if id == "" {
		return fmt.Sprintf("%q %q", e.env.Name, binding)
	}
	return id
}

var hexID = pattern.New(`^[0-9a-f]{32}$`)
