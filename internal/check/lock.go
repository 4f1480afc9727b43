package check

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Lock is a bindery.lock as it was read, mistakes and all.
type Lock struct {
	*lock.File
	Problems []lock.Problem
}

// LockFor returns the lock beside a configuration; never nil. One with a mistake says nothing: what it fails to say
// would pass for what nobody agreed to.
func (p *Project) LockFor(c *wrangler.Config) *lock.File {
	if len(p.Locks) == 0 {
		return &lock.File{} // asked for often
	}
	l := p.Locks[LockPath(c)]
	if l == nil || len(l.Problems) > 0 {
		return &lock.File{}
	}
	return l.File
}

// LockPath is where the lock of a configuration lies. What a build made goes by the one beside the file that it was made from.
func LockPath(c *wrangler.Config) string {
	if c.Redirect != nil {
		return lock.Path(filepath.Join(homeOf(c), "wrangler.toml"))
	}
	return lock.Path(c.Path)
}

func (p *Project) loadLock(path string, files *files) {
	if p.Locks[path] != nil {
		return
	}
	src, err := files.read(path)
	switch {
	case err == nil:
		l := &Lock{}
		l.File, l.Problems = lock.Parse(path, src)
		p.Locks[path] = l
	case !errors.Is(err, fs.ErrNotExist):
		p.Unread = append(p.Unread, pathError(path, err))
	}
}
