package wrangler

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/git"
	"github.com/bindery-dev/bindery/internal/pattern"
)

// configName matches wrangler.toml and the names by which people tell several of them apart.
var configName = pattern.New(`^wrangler([.-].+)?\.(toml|json|jsonc)$`)

// IsConfiguration says whether path has the name of a configuration.
func IsConfiguration(path string) bool { return configName.MatchString(filepath.Base(path)) }

// Discovery is what lies at or below a path.
type Discovery struct {
	Configs   []string // sorted
	Redirects []string // files that redirect a deploy, see [Redirect]; sorted
	Ignored   int      // how many configurations were left out because git ignores them
	// Unseen is what could not be looked at, as errors of the file system: a folder that may not be opened, a link that
	// leads nowhere.
	Unseen []error
}

// Discover finds every configuration at or below path: files whose name is wrangler.toml, .json, .jsonc or
// wrangler.NAME.* / wrangler-NAME.*. Left out are node_modules, dist, folders that begin with a dot, and what git ignores.
// Links to folders are not followed, and what is no regular file is none, as for wrangler. A path to a file is taken
// whatever its name.
//
// The error is that path itself is not there, or ctx's.
func Discover(ctx context.Context, path string) (*Discovery, error) {
	d := &Discovery{}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		d.Configs = []string{path}
		if IsFound(path) {
			d.redirect(filepath.Dir(path))
		}
		return d, nil
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	err = d.folder(ctx, path, absolute, git.IgnoredIn(absolute))
	slices.Sort(d.Configs)
	slices.Sort(d.Redirects)
	return d, err
}

// folder looks into dir, whose absolute path ignore files go by.
func (d *Discovery) folder(ctx context.Context, dir, absolute string, ignored *git.Ignored) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it has gone since
		d.Unseen = append(d.Unseen, err)
	}
	for _, entry := range entries {
		name := entry.Name()
		at, below := filepath.Join(dir, name), filepath.Join(absolute, name)
		switch {
		case name == ".wrangler":
			d.redirect(dir)
		case entry.IsDir() && !skipped(name) && !ignored.Has(below, true):
			if err := d.folder(ctx, at, below, ignored.In(below)); err != nil {
				return err
			}
		case entry.IsDir() || !IsConfiguration(name):
		case ignored.Has(below, false):
			d.Ignored++
		default:
			d.file(at, entry)
		}
	}
	return nil
}

// file takes an entry of a folder if it is a file.
func (d *Discovery) file(path string, entry fs.DirEntry) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Mode().IsRegular():
		d.Configs = append(d.Configs, path)
	case err != nil && (entry.Type() == fs.ModeSymlink || !errors.Is(err, fs.ErrNotExist)):
		d.Unseen = append(d.Unseen, err)
	}
}

func (d *Discovery) redirect(dir string) {
	if path := filepath.Join(dir, redirectName); isFile(path) {
		d.Redirects = append(d.Redirects, path)
	}
}

func skipped(dir string) bool {
	return dir == "node_modules" || dir == "dist" || strings.HasPrefix(dir, ".")
}
