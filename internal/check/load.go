package check

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// LoadOptions say how files are read. The zero value reads what is on disk.
type LoadOptions struct {
	// Open is the unsaved text of files in an editor, by absolute path; it counts instead of what is on disk, for
	// configurations, bindery.toml, locks and Project.ReadFile alike.
	Open     map[string][]byte
	MaxBytes int64  // a larger file is refused before it is read; default 16 MiB
	Large    func() // if there is one, it is called when a configuration of over 1 MiB is read, from several goroutines
	// Code, if there is one, is told how many bytes of a Worker's code are read so far, and 0 when all of it is understood;
	// from several goroutines.
	Code    func(bytes int)
	Workers int // how many files are looked at at a time; default one a processor
}

func (o LoadOptions) maxBytes() int64 { return cmp.Or(o.MaxBytes, maxFileBytes) }
func (o LoadOptions) workers() int    { return cmp.Or(o.Workers, runtime.GOMAXPROCS(0)) }

// LoadProject is [Load] from disk, for those who need all of it: what cannot be looked at is an error.
func LoadProject(paths []string) (*Project, error) {
	p, err := Load(context.Background(), paths, LoadOptions{})
	if err == nil && len(p.Unread) > 0 {
		err = p.Unread[0]
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Load reads the configurations at or below each of paths (a file, or a folder searched downwards), the bindery.toml
// and the lock beside each, and what a redirect leads to. Configs are in the order of paths, those of a folder sorted and
// what only a redirect leads to at the end; a file that two paths lead to is read once. [Check] needs less memory for many.
//
// *PathError: a path that is not there or leads to no configuration. What cannot be looked at stands in Unread.
func Load(ctx context.Context, paths []string, o LoadOptions) (*Project, error) {
	found, err := locate(ctx, paths, newFiles(o))
	if err != nil {
		return nil, err
	}
	p, err := found.project(ctx, found.entries, o.workers())
	if err != nil {
		return nil, err
	}
	p.Unread = append(found.unread, p.Unread...)
	return p, nil
}

// project reads what entries stand for.
func (l *located) project(ctx context.Context, entries []entry, workers int) (*Project, error) {
	p := &Project{Settings: map[string]*settings.Settings{}, Locks: map[string]*Lock{}, disk: l.files, tops: l.tops}
	configs, failed := make([]*wrangler.Config, len(entries)), make([]error, len(entries))
	err := inParallel(ctx, workers, len(entries), func(i int) {
		configs[i], failed[i] = entries[i].load(l.files)
	})
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if e.redirect != nil {
			p.Redirects = append(p.Redirects, e.redirect)
		}
		switch {
		case failed[i] == nil && configs[i] != nil:
			p.Configs = append(p.Configs, configs[i])
			entries[i].read = true
		case failed[i] != nil && (e.named || !errors.Is(failed[i], fs.ErrNotExist)): // else it has gone since
			p.Unread = append(p.Unread, pathError(e.path, failed[i]))
		}
	}
	for _, c := range p.Configs {
		p.loadSettings(homeOf(c), l.files)
		p.loadLock(LockPath(c), l.files)
	}
	return p, nil
}

func (p *Project) loadSettings(dir string, files *files) {
	if p.Settings[dir] != nil {
		return
	}
	path := filepath.Join(dir, settings.Name)
	src, err := files.read(path)
	switch {
	case err == nil:
		p.Settings[dir] = settings.Parse(path, src)
		return
	case !errors.Is(err, fs.ErrNotExist):
		p.Unread = append(p.Unread, pathError(path, err))
	}
	p.Settings[dir] = &settings.Settings{}
}

// inParallel calls do for 0 to n-1 on several goroutines. The error is ctx's.
func inParallel(ctx context.Context, workers, n int, do func(int)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, workers))
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			do(i)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return nil
}
