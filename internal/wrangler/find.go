package wrangler

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// names are wrangler's, in the order in which it looks for them.
var names = []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"}

// Find returns the configuration wrangler would take when started in dir:
// wrangler.json, then .jsonc, then .toml, each searched upwards through all parents; a wrangler.json further up
// comes before a wrangler.toml in dir. *NotFoundError if there is none.
func Find(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if path := filepath.Join(dir, name); isFile(path) {
			return path, nil
		}
		if path := upwards(filepath.Dir(start), "", name); path != "" {
			return path, nil
		}
	}
	return "", &NotFoundError{Dir: dir}
}

// IsFound says whether wrangler looks for a file of this name, so that none has to name it with --config.
func IsFound(path string) bool { return slices.Contains(names, filepath.Base(path)) }

// Before says whether wrangler looks for the name of path a before it looks for that of b.
func Before(a, b string) bool {
	return slices.Index(names, filepath.Base(a)) < slices.Index(names, filepath.Base(b))
}

// Shadow returns the file that wrangler, started in the folder of the configuration at path, reads instead of it; ""
// if it reads that one. It looks no higher than the folder top. A name that wrangler does not look for is read only when it is
// told to, and has no shadow. Paths are absolute.
func Shadow(path, top string) string {
	rank := slices.Index(names, filepath.Base(path))
	for _, name := range names[:max(0, rank)] {
		if first := upwards(filepath.Dir(path), top, name); first != "" {
			return first
		}
	}
	return ""
}

// Beside lists the other files in the folder of the configuration at path that wrangler looks for, in its order; none if it
// does not look for a file of that name.
func Beside(path string) []string {
	if !IsFound(path) {
		return nil
	}
	var others []string
	for _, name := range names {
		if other := filepath.Join(filepath.Dir(path), name); name != filepath.Base(path) && isFile(other) {
			others = append(others, other)
		}
	}
	return others
}

// upwards looks for a file in dir and the folders above it, no higher than top; "" if it is in none.
func upwards(dir, top, name string) string {
	for {
		if path := filepath.Join(dir, name); isFile(path) {
			return path
		}
		above := filepath.Dir(dir)
		if dir == top || above == dir {
			return ""
		}
		dir = above
	}
}

// InFolder returns the configuration of this folder itself, no parents: what PATH means on our command lines.
// *NotFoundError if there is none.
func InFolder(dir string) (string, error) {
	for _, name := range names {
		if path := filepath.Join(dir, name); isFile(path) {
			return path, nil
		}
	}
	return "", &NotFoundError{Dir: dir}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// NotFoundError: a folder without a configuration.
type NotFoundError struct{ Dir string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no wrangler configuration in %s", e.Dir)
}

// Hint says which files would be one.
func (e *NotFoundError) Hint() string {
	return "a configuration is called wrangler.toml, wrangler.json or wrangler.jsonc; name its folder or the file itself"
}
