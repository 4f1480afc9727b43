package wrangler

import (
	"fmt"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// redirectName is where a build tool says which configuration it made from the one in a folder.
var redirectName = filepath.Join(".wrangler", "deploy", "config.json")

// Redirect is a file .wrangler/deploy/config.json. Started in its base folder, or below, these commands of wrangler
// read the configuration that it names in place of the one in the folder, unless --config names another: deploy,
// versions upload, versions deploy, triggers deploy, preview, dev, pages dev and pages deploy. All others read the folder's.
type Redirect struct {
	Path     string // as it was given
	File     *syntax.File
	Base     string       // the folder whose configuration it stands in for
	Target   string       // the configuration that it names; "" if it names none
	TargetAt *syntax.Node // where it does
	Problems []Problem    // for which wrangler refuses it; syntax errors too
}

// FindRedirect returns the redirect that wrangler, started in dir, comes upon first: the one in dir or the nearest folder
// above, no higher than top. "" if there is none. Paths are absolute.
func FindRedirect(dir, top string) string { return upwards(dir, top, redirectName) }

// ParseRedirect reads src as the redirect at path. Whether there is a Target is for the caller to find out.
func ParseRedirect(path string, src []byte) *Redirect {
	r := &Redirect{
		Path: path,
		File: syntax.ParseAs(syntax.JSONC, path, src),
		Base: filepath.Dir(filepath.Dir(filepath.Dir(path))),
	}
	const help = "the build writes this file: run it again, or delete the file"
	for _, e := range r.File.Errors {
		r.Problems = append(r.Problems, Problem{Error: true, Span: e.Span, Message: e.Message, Help: help})
	}
	if len(r.File.Errors) > 0 {
		return r
	}
	named := r.File.Root.Get("configPath")
	switch {
	case named == nil:
		r.Problems = []Problem{{Error: true, Message: `names no configuration: "configPath" is missing`, Help: help}}
	case !named.Is(syntax.String) || named.Text == "":
		r.Problems = []Problem{{Error: true, Span: named.Span, Message: fmt.Sprintf("%q must be the path of a configuration", "configPath"), Help: help}}
	case filepath.IsAbs(filepath.FromSlash(named.Text)):
		r.Target, r.TargetAt = filepath.FromSlash(named.Text), named
	default:
		r.Target, r.TargetAt = filepath.Join(filepath.Dir(path), filepath.FromSlash(named.Text)), named
	}
	return r
}

// ParseRedirected reads src as the configuration at r.Target. A build makes it for one environment, which its key
// targetEnvironment names: that is what Top is then, and there are no others.
func ParseRedirected(r *Redirect, src []byte) *Config {
	c := Parse(r.Target, src)
	c.Redirect = r
	c.Top.Name = own(c.File.Root, "targetEnvironment").Str()
	if len(c.File.Errors) > 0 {
		return c
	}
	c.Problems, c.Top.Problems = c.refusals(c.Problems), c.refusals(c.Top.Problems)
	if len(c.Envs) > 0 {
		c.Problems = append(c.Problems, Problem{
			Error:   true,
			Span:    c.Envs[0].NameAt,
			Message: fmt.Sprintf("the configuration of a build declares env %q: wrangler refuses any environment in it", c.Envs[0].Name),
			Help:    "build again with a newer version of the tool that wrote it",
		})
	}
	return c
}

// refusals are the problems for which wrangler refuses what a build made. It accepts legacy_env there; and what it merely
// warns about is for the tool that wrote the file: such a file spells out each key that one version of wrangler knows.
func (c *Config) refusals(problems []Problem) []Problem {
	legacy := c.File.Root.Field("legacy_env")
	var kept []Problem
	for _, p := range problems {
		if p.Error && (legacy == nil || p.Span != legacy.NameAt && p.Span != legacy.Value.Span) {
			kept = append(kept, p)
		}
	}
	return kept
}

// RedirectedEnvironmentError: a build made the configuration for another environment than is asked for.
type RedirectedEnvironmentError struct {
	Path string
	Name string // asked for
	Made string // what the build made
}

func (e *RedirectedEnvironmentError) Error() string {
	return fmt.Sprintf("%s was built for env %q, not %q: wrangler refuses to deploy it", e.Path, e.Made, e.Name)
}

// Hint says how to build the other one.
func (e *RedirectedEnvironmentError) Hint() string {
	return fmt.Sprintf("build again with CLOUDFLARE_ENV=%s, or name the configuration itself", e.Name)
}
