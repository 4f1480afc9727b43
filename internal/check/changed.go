package check

import (
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/lock"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// touches says whether the finding is in one of these files or about it, see Options.Changed.
func (d *Diagnostic) touches(changed map[string]bool) bool {
	isChanged := func(f *syntax.File) bool {
		path := withoutLinks(f.Path)
		return changed[path] || changed[filepath.Join(filepath.Dir(path), settings.Name)] || changed[lock.Path(path)]
	}
	if isChanged(d.File) {
		return true
	}
	for _, n := range d.Notes {
		if isChanged(n.File) {
			return true
		}
	}
	return false
}

// withoutLinks is the absolute path of a file as git gives it.
func withoutLinks(path string) string {
	path = absolute(path)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
