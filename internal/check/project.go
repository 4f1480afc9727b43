package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Project is what is judged together: the configurations of one folder tree.
type Project struct {
	Configs []*wrangler.Config
	// Settings by directory of the configuration; see SettingsFor.
	Settings map[string]*settings.Settings
}

// LoadProject reads the configurations at or below each of paths (a file, or a folder searched downwards), and the
// bindery.toml beside each. Configs are in the order of paths, those of a folder sorted; a file that two paths lead to is
// read once.
//
// *PathError: a path that is not there, not readable, or leads to no configuration.
func LoadProject(paths []string) (*Project, error) {
	p := &Project{Settings: map[string]*settings.Settings{}}
	seen := map[string]bool{} // by absolute path
	for _, path := range paths {
		files, err := configurationsAt(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			absolute, err := filepath.Abs(file)
			if err != nil {
				return nil, pathError(file, err)
			}
			if seen[absolute] {
				continue
			}
			seen[absolute] = true
			if err := p.load(filepath.Clean(file)); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *Project) load(path string) error {
	config, err := wrangler.Load(path)
	if err != nil {
		return pathError(path, err)
	}
	p.Configs = append(p.Configs, config)
	dir := filepath.Dir(path)
	if p.Settings[dir] != nil {
		return nil
	}
	if p.Settings[dir], err = settings.Load(dir); err != nil {
		return pathError(filepath.Join(dir, settings.Name), err)
	}
	return nil
}

// configurationsAt resolves one path of the command line. A file is taken whatever its name, if wrangler would read it.
func configurationsAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	if !info.IsDir() {
		if !slices.Contains([]string{".toml", ".json", ".jsonc"}, filepath.Ext(path)) {
			return nil, &PathError{
				Path:   path,
				Reason: "is no wrangler configuration",
				Advice: "wrangler reads .toml, .json and .jsonc, and takes any other file for an empty configuration",
			}
		}
		return []string{path}, nil
	}
	files, err := wrangler.Discover(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	if len(files) == 0 {
		return nil, pathError(path, &wrangler.NotFoundError{Dir: path})
	}
	return files, nil
}

// PathError is a path from which no configuration could be read.
type PathError struct {
	Path   string
	Reason string // a phrase whose subject is Path
	Advice string
	Err    error // the cause; nil if the path itself is the matter
}

func (e *PathError) Error() string { return e.Path + " " + e.Reason }

// Hint says what to do.
func (e *PathError) Hint() string { return e.Advice }

func (e *PathError) Unwrap() error { return e.Err }

func pathError(path string, err error) *PathError {
	var exact *fs.PathError // it may be about a folder below path
	cause := err
	if errors.As(err, &exact) {
		path, cause = exact.Path, exact.Err
	}
	e := &PathError{Path: path, Err: err}
	var missing *wrangler.NotFoundError
	switch {
	case errors.As(err, &missing):
		e.Reason = "holds no wrangler configuration"
		e.Advice = "name a folder with a wrangler.toml, wrangler.json or wrangler.jsonc, or such a file"
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = "does not exist"
		e.Advice = "name a folder or a file that is there, or none for the working directory"
	case errors.Is(err, fs.ErrPermission):
		e.Reason = "may not be read"
		e.Advice = "check its permissions: ls -l " + path
	default:
		e.Reason = "cannot be read: " + cause.Error()
	}
	return e
}

// ReadFile reads a file that belongs to the project but is no configuration, such as a package.json.
func (p *Project) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

// SettingsFor returns what the bindery.toml beside a configuration says; never nil. One that does not parse says nothing.
func (p *Project) SettingsFor(c *wrangler.Config) *settings.Settings {
	s := p.Settings[filepath.Dir(c.Path)]
	if s == nil || s.File != nil && len(s.File.Errors) > 0 {
		return &settings.Settings{}
	}
	return s
}

// RequireEnvironment returns nil if some configuration declares the environment or
// it is the top level (""), and *UnknownEnvironmentError otherwise.
func (p *Project) RequireEnvironment(name string) error {
	if name == "" {
		return nil
	}
	var defined []string
	for _, c := range p.Configs {
		for _, e := range c.Envs {
			defined = append(defined, e.Name)
		}
	}
	if slices.Contains(defined, name) {
		return nil
	}
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
