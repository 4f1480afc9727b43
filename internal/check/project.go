package check

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Project is what is judged together.
type Project struct {
	// Configs are the configurations, those among them that a redirect leads to included: see wrangler.Config.Redirect.
	Configs []*wrangler.Config
	// Settings by directory of the configuration; see SettingsFor.
	Settings map[string]*settings.Settings
	// Locks are those that lie beside configurations, by path; see LockFor.
	Locks map[string]*Lock
	// Redirects of the folders that were looked at, with a configuration in them or without.
	Redirects []*wrangler.Redirect
	// Unread is what could not be looked at.
	Unread []*PathError

	// Clock tells the day on which the project is judged; nil is the real one.
	Clock func() time.Time

	disk  *files   // nil reads the disk
	tops  []string // the folders that were asked for, absolute
	codes *codes   // see Code; nil outside of Run
}

// Now is the time at which the project is judged.
func (p *Project) Now() time.Time {
	if p.Clock != nil {
		return p.Clock()
	}
	return time.Now()
}

// ReadFile reads a file that belongs to the project but is no configuration, such as a package.json: each one once, in
// the text an editor has of it if there is one. *TooLargeError for one that is over the limit; other errors are the file
// system's.
func (p *Project) ReadFile(path string) ([]byte, error) { return p.disk.read(path) }

// Once returns what make gives, made once for all folders that are judged in a run: what a rule read of a file that many
// configurations share. It is not to be changed. Keys are told apart by the rule's own words.
func (p *Project) Once(key string, make func() any) any { return p.disk.once(key, make) }

// Has says whether there is anything at path.
func (p *Project) Has(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// List returns the names of the files and folders in a folder, sorted; none if it cannot be read.
func (p *Project) List(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// SettingsFor returns what the bindery.toml beside a configuration says; never nil. One that does not parse says
// nothing. What a build made goes by the one beside the file that it was made from.
func (p *Project) SettingsFor(c *wrangler.Config) *settings.Settings {
	s := p.Settings[homeOf(c)]
	if s == nil || s.File != nil && len(s.File.Errors) > 0 {
		return &settings.Settings{}
	}
	return s
}

// homeOf is the folder that a configuration belongs to.
func homeOf(c *wrangler.Config) string {
	if c.Redirect != nil {
		return filepath.Clean(c.Redirect.Base)
	}
	return filepath.Dir(c.Path)
}

// Deployed returns what `wrangler deploy` takes for c, started in its folder: the configuration that a build made from it,
// else c itself.
func (p *Project) Deployed(c *wrangler.Config) *wrangler.Config {
	for _, other := range p.Configs {
		if other.Redirect != nil && homeOf(other) == filepath.Dir(c.Path) {
			return other
		}
	}
	return c
}

// Top is the highest folder that a search upwards from dir, an absolute path, goes to: the root of its repository, or a
// folder above that which was asked for. What lies higher is no part of the project: another clone has other things there.
func (p *Project) Top(dir string) string {
	top := dir
	for _, t := range p.tops {
		if within(top, t) {
			top = t
		}
	}
	return top
}

// within says whether dir is folder or lies below it.
func within(dir, folder string) bool {
	rest, ok := strings.CutPrefix(dir, folder)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(folder, string(filepath.Separator)))
}

// At returns the configuration at an absolute path, to compare it with c: one of the project's, else as it reads by
// itself. nil if it cannot be read.
func (p *Project) At(absolute string, c *wrangler.Config) *wrangler.Config {
	for _, other := range p.Configs {
		if at, err := filepath.Abs(other.Path); err == nil && at == absolute {
			return other
		}
	}
	shown := absolute
	if from, err := filepath.Abs(filepath.Dir(c.Path)); err == nil && !filepath.IsAbs(c.Path) {
		if below, err := filepath.Rel(from, absolute); err == nil {
			shown = filepath.Join(filepath.Dir(c.Path), below)
		}
	}
	src, err := p.ReadFile(absolute)
	if err != nil {
		return nil
	}
	return wrangler.Parse(shown, src)
}

// RequireEnvironment returns nil if some configuration declares the environment or
// it is the top level (""), and *UnknownEnvironmentError otherwise.
func (p *Project) RequireEnvironment(name string) error {
	var defined []string
	for _, c := range p.Configs {
		defined = append(defined, environmentsOf(c)...)
	}
	return require(name, defined)
}

func environmentsOf(c *wrangler.Config) []string {
	names := []string{c.Top.Name}
	for _, e := range c.Envs {
		names = append(names, e.Name)
	}
	return names
}

func require(name string, defined []string) error {
	if name == "" || slices.Contains(defined, name) {
		return nil
	}
	defined = slices.DeleteFunc(slices.Clone(defined), func(name string) bool { return name == "" })
	slices.Sort(defined)
	return &UnknownEnvironmentError{Name: name, Defined: slices.Compact(defined)}
}

// UnknownEnvironmentError: no configuration of the project declares the environment that was asked for.
type UnknownEnvironmentError struct {
	Name    string
	Defined []string // sorted; empty if no configuration declares any
}

func (e *UnknownEnvironmentError) Error() string {
	return fmt.Sprintf("no configuration declares env %q", e.Name)
}

// Hint names the nearest environment, or all of them.
func (e *UnknownEnvironmentError) Hint() string {
	if len(e.Defined) == 0 {
		return "no environment is declared at all; without --env the top level is checked"
	}
	all := "declared: " + strings.Join(e.Defined, ", ")
	if near, ok := syntax.Nearest(e.Name, e.Defined); ok {
		return fmt.Sprintf("did you mean %q? %s", near, all)
	}
	return all
}
