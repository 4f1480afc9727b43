package wrangler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// Parse reads src as the configuration at path, whose suffix decides the format.
//
// A file with syntax errors is read as far as it can be. Its Problems are those that no correction can cure, as a value of
// the wrong type: what seems to be missing may stand behind the mistake. It has none when it is cut short, see
// [syntax.File]. To tell whether a container's image is a Dockerfile, as wrangler does, Parse looks
// whether that file is there, beside path.
func Parse(path string, src []byte) *Config {
	file := syntax.Parse(path, src)
	c := &Config{Path: path, File: file, Pages: file.Root.Get("pages_build_output_dir") != nil}
	c.Top = c.resolve("", file.Root)
	if env := file.Root.Field("env"); env != nil {
		for _, field := range lastFields(env.Value) {
			if field.Name == "" {
				continue // no command can select it: --env "" is the top level
			}
			e := c.resolve(field.Name, field.Value)
			e.NameAt = field.NameAt
			c.Envs = append(c.Envs, e)
		}
	}
	if !file.Cut {
		c.judge()
	}
	return c
}

// Environment returns the environment called name, "" being the top level.
// *UnknownEnvironmentError when the file declares environments but not this one; a file that
// declares none yields its top level under the Worker name NAME-ENV, as wrangler does
// (with a warning in Problems), and in a Pages project simply its top level. What a build made for an environment is
// that environment; *RedirectedEnvironmentError when another one is asked for.
func (c *Config) Environment(name string) (*Environment, error) {
	if made := c.Top.Name; c.Redirect != nil && made != "" && name != "" && made != name {
		return nil, &RedirectedEnvironmentError{Path: c.Path, Name: name, Made: made}
	}
	if name == "" || c.Redirect != nil {
		return c.Top, nil
	}
	for _, e := range c.Envs {
		if e.Name == name {
			return e, nil
		}
	}
	if c.Pages {
		return c.Top, nil
	}
	env := c.File.Root.Field("env")
	if env != nil && !falsy(env.Value) {
		var defined []string
		for _, e := range c.Envs {
			defined = append(defined, e.Name)
		}
		return nil, &UnknownEnvironmentError{Path: c.Path, Name: name, Defined: defined, Span: env.NameAt}
	}
	return c.undeclared(name), nil
}

// undeclared is the top level under the name of an environment in a file that declares none.
func (c *Config) undeclared(name string) *Environment {
	e := *c.Top
	e.Name, e.Node = name, nil
	e.suffixed = !c.ServiceEnvironments()
	e.Problems = append(slices.Clone(e.Problems), Problem{
		Message: fmt.Sprintf("env %q is not declared: wrangler takes the top level with all its bindings", name),
		Help:    fmt.Sprintf("declare it under env.%s", name),
	})
	return &e
}

// ServiceEnvironments says whether the file turns on the environments of old: they have no name of their own, and
// Cloudflare keeps them apart as parts of one Worker. The newest wrangler refuses the file; older ones do as it says.
func (c *Config) ServiceEnvironments() bool {
	legacy := c.File.Root.Get("legacy_env")
	return legacy.Is(syntax.Bool) && !legacy.Bool
}

// UnknownEnvironmentError: the file declares environments, but not this one.
type UnknownEnvironmentError struct {
	Path    string
	Name    string
	Defined []string
	Span    syntax.Span // of the env section
}

func (e *UnknownEnvironmentError) Error() string {
	return fmt.Sprintf("%s declares no environment %q", e.Path, e.Name)
}

// Hint says which environment was probably meant, or which ones there are.
func (e *UnknownEnvironmentError) Hint() string {
	if near, ok := syntax.Nearest(e.Name, e.Defined); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(e.Defined) == 0 {
		return "its env section is empty; leave the environment out for the top level"
	}
	return "it declares " + strings.Join(e.Defined, ", ")
}

// lastFields returns the fields of a table that count: of a name that is repeated the last one. They are not to be changed.
func lastFields(n *syntax.Node) []*syntax.Field {
	if !n.Is(syntax.Table) {
		return nil
	}
	earlier := func(f *syntax.Field) bool { return n.Field(f.Name) != f }
	if !slices.ContainsFunc(n.Fields, earlier) {
		return n.Fields // as nearly always
	}
	return slices.DeleteFunc(slices.Clone(n.Fields), earlier)
}
