// Package git says what git makes of a folder: which repository it belongs to, what
// it ignores there, and what changed since a revision.
//
// Start with [Root], [IgnoredIn] and [Changed]. Only Changed runs the git command.
package git

import (
	"errors"
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

// maxFile bounds what is read of a file that people write by the line.
const maxFile = 4 << 20

var errNotRead = errors.New("no regular file, or too large")

// read reads one of git's own files. A pipe has no end, and whatever is larger was not meant for git.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, errNotRead
	}
	return os.ReadFile(path)
}

// commonDir is where a repository keeps what all its work trees share, such as info/exclude; root is its folder.
// See gitrepository-layout(5).
func commonDir(root string) string {
	dir := filepath.Join(root, ".git")
	if link, err := read(dir); err == nil { // a file: its work tree is linked
		dir = below(root, strings.TrimPrefix(string(link), "gitdir:"))
	}
	if common, err := read(filepath.Join(dir, "commondir")); err == nil {
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
