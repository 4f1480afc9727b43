package source

import (
	"os"
	"path/filepath"
	"strings"
)

// manifests are the files that esbuild reads by itself in each folder it looks into, and in those above.
var manifests = []string{"package.json", "tsconfig.json", "jsconfig.json"}

// look says whether the manifests in a folder and above it are such as can be read, before esbuild does: it would wait for a
// pipe for ever, and read a file of any size. ErrTooLarge: one is not.
func (j *joining) look(dir string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for !j.looked[dir] {
		for _, name := range manifests {
			info, err := os.Stat(filepath.Join(dir, name))
			if err == nil && !info.IsDir() && (info.Size() > maxFile || !info.Mode().IsRegular()) {
				j.err = ErrTooLarge
				return j.err
			}
		}
		j.looked[dir] = true
		dir = filepath.Dir(dir) // the root is its own, and has been looked at then
	}
	return nil
}

// lookFor looks where esbuild does for what a file in dir imports: beside it, or in the node_modules of each folder above.
func (j *joining) lookFor(path, dir string) error {
	switch {
	case strings.HasPrefix(path, "."):
		return j.look(filepath.Join(dir, path))
	case strings.Contains(path, ":") || filepath.IsAbs(path):
		return nil // cloudflare:workers, node:fs
	}
	for {
		if err := j.look(filepath.Join(dir, "node_modules", path)); err != nil {
			return err
		}
		above := filepath.Dir(dir)
		if above == dir {
			return nil
		}
		dir = above
	}
}
