package wranglerrun

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// locks are the files by which a package manager is known.
var locks = []struct{ file, manager string }{
	{"package-lock.json", "npm"}, {"npm-shrinkwrap.json", "npm"}, {"pnpm-lock.yaml", "pnpm"}, {"yarn.lock", "yarn"}, {"bun.lock", "bun"}, {"bun.lockb", "bun"},
}

// manager is the package manager of a project: what package.json calls by name, else whose lock file lies there or above; "" if
// nothing says.
func manager(folder string) string {
	for dir := folder; ; dir = filepath.Dir(dir) {
		var named struct{ PackageManager string }
		if readJSON(filepath.Join(dir, "package.json"), &named) && named.PackageManager != "" {
			name, _, _ := strings.Cut(named.PackageManager, "@")
			return name
		}
		for _, l := range locks {
			if exists(filepath.Join(dir, l.file)) {
				return l.manager
			}
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// findUninstalled is how wrangler is called where no node_modules has it.
func findUninstalled(folder string) (*Wrangler, error) {
	wanted := ""
	for dir := folder; ; dir = filepath.Dir(dir) {
		var wants struct{ Dependencies, DevDependencies map[string]string }
		if wanted == "" && readJSON(filepath.Join(dir, "package.json"), &wants) {
			wanted = wants.DevDependencies["wrangler"] + wants.Dependencies["wrangler"]
		}
		if wanted != "" && (exists(filepath.Join(dir, ".pnp.cjs")) || exists(filepath.Join(dir, ".pnp.js"))) {
			return viaYarn()
		}
		if filepath.Dir(dir) == dir {
			break
		}
	}
	switch m := manager(folder); {
	case wanted == "":
		return nil, &MissingError{"the project has no wrangler", "install it, as in `npm install --save-dev wrangler`, or name the command that deploys: bindery rehearse … -- COMMAND"}
	case m == "" || m == "npm":
		return viaNpx(wanted)
	default: // its lock says which wrangler is meant, and npx would not read it
		return nil, &MissingError{"package.json asks for wrangler, and it is not installed", "run `" + m + " install`"}
	}
}

// viaYarn is for Plug'n'Play, by which yarn finds packages that lie in archives.
func viaYarn() (*Wrangler, error) {
	for _, command := range [][]string{{"yarn"}, {"corepack", "yarn"}} {
		if program, err := exec.LookPath(command[0]); err == nil {
			return &Wrangler{Command: append([]string{program}, append(command[1:], "run", "wrangler")...)}, nil
		}
	}
	return nil, &MissingError{"the project is installed by yarn's Plug'n'Play, and neither yarn nor corepack is on PATH", "install yarn, or run `corepack enable`"}
}
