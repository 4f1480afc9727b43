// Package git says what git makes of a folder: which repository it belongs to, what
// it ignores there, and what changed since a revision.
//
// Start with [Root], [IgnoredIn] and [Changed]. Only Changed runs the git command.
package git

import (
	"os"
	"path/filepath"
	"strings"
)

// Root returns the folder of the repository that dir, an absolute path, is in: the nearest one with .git in it, which
// is a file in a submodule and a linked work tree. "" if there is none.
func Root(dir string) string {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			return ""
		}
		dir = above
	}
}

// commonDir is where a repository keeps what all its work trees share, such as info/exclude; root is its folder.
// See gitrepository-layout(5).
func commonDir(root string) string {
	dir := filepath.Join(root, ".git")
	if link, err := os.ReadFile(dir); err == nil { // a file: its work tree is linked
		dir = below(root, strings.TrimPrefix(string(link), "gitdir:"))
	}
	if common, err := os.ReadFile(filepath.Join(dir, "commondir")); err == nil {
		return below(dir, string(common))
	}
	return dir
}

// below is the path written in a file of git's, seen from dir unless it is absolute.
func below(dir, path string) string {
	path = filepath.FromSlash(strings.TrimSpace(path))
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
