package wrangler

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
		for at := start; at != filepath.Dir(at); {
			at = filepath.Dir(at)
			if path := filepath.Join(at, name); isFile(path) {
				return path, nil
			}
		}
	}
	return "", &NotFoundError{Dir: dir}
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

// configName matches wrangler.toml and the names by which people tell several of them apart.
var configName = regexp.MustCompile(`^wrangler([.-].+)?\.(toml|json|jsonc)$`)

// Discover returns every configuration at or below path, sorted: files whose name
// is wrangler.toml, .json, .jsonc or wrangler.NAME.* / wrangler-NAME.*, those in node_modules, dist and folders
// that begin with a dot left out. Links to folders are not followed. A path to a file is returned whatever its name.
// The error is one of the file system's: what cannot be looked at was not checked.
func Discover(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	root := path + string(filepath.Separator) // so that path may be a link to a folder
	var found []string
	err = filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case at != root && entry.IsDir() && skipped(entry.Name()):
			return fs.SkipDir
		case configName.MatchString(entry.Name()) && isFile(at):
			found = append(found, at)
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}

func skipped(dir string) bool {
	return dir == "node_modules" || dir == "dist" || strings.HasPrefix(dir, ".")
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
