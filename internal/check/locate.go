package check

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/git"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// located is what is to be read, before any configuration is.
type located struct {
	entries []entry
	unread  []*PathError
	tops    []string // see Project.Top
	files   *files
}

// entry is a configuration that was found, or the redirect of a folder with the one that it leads to.
type entry struct {
	path     string // "" if the redirect leads nowhere
	named    bool   // on the command line
	read     bool   // once it was
	redirect *wrangler.Redirect
}

// shown is the path of the configuration as messages have it.
func (e entry) shown() string {
	if e.redirect != nil {
		return e.redirect.Target
	}
	return e.path
}

// load reads it; nil for a redirect that leads nowhere.
func (e entry) load(files *files) (*wrangler.Config, error) {
	if e.path == "" {
		return nil, nil
	}
	src, err := files.read(e.path)
	switch {
	case err != nil:
		return nil, err
	case len(src) > largeFileBytes && files.large != nil:
		files.large()
	}
	if e.redirect != nil {
		return wrangler.ParseRedirected(e.redirect, src), nil
	}
	return wrangler.Parse(e.path, src), nil
}

// home is the folder that it belongs to.
func (e entry) home() string {
	if e.redirect != nil {
		return filepath.Clean(e.redirect.Base)
	}
	return filepath.Dir(e.path)
}

// locate resolves the paths of a command line. A file is taken whatever its name, if wrangler would read it.
func locate(ctx context.Context, paths []string, files *files) (*located, error) {
	l := &located{files: files}
	seen := map[string]bool{} // by absolute path
	var redirects []string
	for _, path := range paths {
		found, err := l.discover(ctx, path)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, pathError(path, err)
		}
		named := slices.Equal(found.Configs, []string{path}) // a file
		if err := l.refuse(path, named, found); err != nil {
			return nil, err
		}
		for _, err := range found.Unseen {
			l.unread = append(l.unread, unseen(path, err))
		}
		for _, file := range found.Configs {
			if absolute := absolute(file); !seen[absolute] {
				seen[absolute] = true
				l.entries = append(l.entries, entry{path: filepath.Clean(file), named: named})
			}
		}
		redirects = append(redirects, found.Redirects...)
	}
	for _, path := range redirects {
		if absolute := absolute(path); !seen[absolute] {
			seen[absolute] = true
			l.redirect(path)
		}
	}
	return l, nil
}

// discover finds what is at or below a path. A file that an editor shows is there, though it was never saved.
func (l *located) discover(ctx context.Context, path string) (*wrangler.Discovery, error) {
	found, err := wrangler.Discover(ctx, path)
	if _, open := l.files.open[absolute(path)]; open && errors.Is(err, fs.ErrNotExist) {
		return &wrangler.Discovery{Configs: []string{path}}, nil
	}
	return found, err
}

// unseen is what a search did not get to see. It came upon a name, so that if nothing is there it is a link.
func unseen(path string, err error) *PathError {
	e := pathError(path, err)
	if errors.Is(err, fs.ErrNotExist) {
		e.Reason, e.Advice = "is a link that leads nowhere", "mend or remove it: wrangler behaves as if it were not there"
	}
	return e
}

// refuse returns what is wrong with a path, if anything.
func (l *located) refuse(path string, named bool, found *wrangler.Discovery) error {
	switch {
	case !named:
		l.top(absolute(path))
		if len(found.Configs)+len(found.Redirects)+len(found.Unseen) > 0 {
			return nil
		}
		err := pathError(path, &wrangler.NotFoundError{Dir: path})
		if found.Ignored > 0 {
			err.Reason = "holds no wrangler configuration but such as git ignores"
			err.Advice = "name the file itself to check one that git ignores"
		}
		return err
	case !slices.Contains([]string{".toml", ".json", ".jsonc"}, filepath.Ext(path)):
		return &PathError{
			Path:   path,
			Reason: "is no wrangler configuration",
			Advice: "wrangler reads .toml, .json and .jsonc, and takes any other file for an empty configuration",
		}
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return pathError(path, errIrregular)
	}
	l.top(filepath.Dir(absolute(path)))
	return nil
}

// top remembers how far up from a folder that was asked for the project goes.
func (l *located) top(dir string) {
	if root := git.Root(dir); root != "" {
		dir = root
	}
	if !slices.Contains(l.tops, dir) {
		l.tops = append(l.tops, dir)
	}
}

// redirect adds the redirect at path and the configuration that it leads to, if that is there.
func (l *located) redirect(path string) {
	src, err := l.files.read(path)
	if err != nil {
		l.unread = append(l.unread, pathError(path, err))
		return
	}
	e := entry{redirect: wrangler.ParseRedirect(path, src)}
	target := e.redirect.Target
	known := slices.IndexFunc(l.entries, func(e entry) bool { return target != "" && absolute(e.path) == absolute(target) })
	switch info, err := os.Stat(target); {
	case known >= 0 && l.entries[known].redirect == nil: // found in a folder that is looked into
		l.entries[known].redirect = e.redirect
		return
	case known < 0 && err == nil && info.Mode().IsRegular():
		e.path = target
	}
	l.entries = append(l.entries, e)
}

// absolute is the absolute path of a file; the path itself where there is no working directory.
func absolute(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return filepath.Clean(path)
}
