package wrangler

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// outputName is where a build for the cf command line leaves what that deploys.
var outputName = filepath.Join(".cloudflare", "output")

// outputVersion is a folder of such an output. Its layout changes from one version to the next.
var outputVersion = pattern.New(`^v(0|[1-9][0-9]*)$`)

// BuildOutput returns the build output of the folder dir, .cloudflare/output, if there is one that wrangler minds; "" if
// not. With it beside the configuration, or in the folder that they are started in, wrangler deploy, versions upload (both
// but for --dry-run) and preview refuse to run. None of what it holds is read for that: a link named like a version is enough.
func BuildOutput(dir string) string {
	path := filepath.Join(dir, outputName)
	entries, err := os.ReadDir(path)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if (e.IsDir() || e.Type() == fs.ModeSymlink) && outputVersion.MatchString(e.Name()) {
			return path
		}
	}
	return ""
}
