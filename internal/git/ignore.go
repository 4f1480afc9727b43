package git

import (
	"os"
	"path/filepath"
	"strings"
)

// Ignored is what the ignore files in force in one folder say, see gitignore(5): its own .gitignore, those of the
// folders above it up to the root of the repository, and info/exclude. What a person's own core.excludesFile says does
// not count: everybody is to see the same. Nor does the index: a file that is tracked all the same counts as ignored.
type Ignored struct {
	above    *Ignored
	dir      string
	patterns []pattern // in the order of the file; the last one that matches decides
}

// IgnoredIn reads the ignore files that are in force in dir, an absolute path. Outside a repository that is its own
// .gitignore. If the repository ignores dir itself, so that everything in it is, those above do not count: whoever
// looks there means it.
func IgnoredIn(dir string) *Ignored {
	root := Root(dir)
	if root == "" {
		root = dir
	}
	path, _ := filepath.Rel(root, dir) // one is above the other
	at := (*Ignored)(nil).enter(root)
	for _, name := range strings.Split(filepath.ToSlash(path), "/") {
		if name == "." {
			continue
		}
		next := filepath.Join(at.dir, name)
		if at.Has(next, true) {
			return (*Ignored)(nil).enter(dir)
		}
		at = at.enter(next)
	}
	return at
}

// In is what holds in a folder just below.
func (i *Ignored) In(dir string) *Ignored {
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		i = nil // another repository
	}
	return i.enter(dir)
}

// enter adds what dir itself says. A file that cannot be read, or is far too large, says nothing, as with git.
func (i *Ignored) enter(dir string) *Ignored {
	if i == nil {
		exclude, _ := read(filepath.Join(commonDir(dir), "info", "exclude"))
		i = &Ignored{dir: dir, patterns: parse(exclude)}
	}
	own, err := read(filepath.Join(dir, ".gitignore"))
	if err != nil && i.dir == dir {
		return i
	}
	return &Ignored{above: i, dir: dir, patterns: parse(own)}
}

// Has says whether git ignores a file or folder, given as an absolute path in the folder of i. Whoever walks a tree has to
// leave out what is in an ignored folder by himself.
func (i *Ignored) Has(path string, isDir bool) bool {
	for ; i != nil; i = i.above {
		relative, err := filepath.Rel(i.dir, path)
		if err != nil {
			return false
		}
		relative = filepath.ToSlash(relative)
		for at := len(i.patterns) - 1; at >= 0; at-- {
			if p := i.patterns[at]; p.matches(relative, isDir) {
				return !p.negated
			}
		}
	}
	return false
}
