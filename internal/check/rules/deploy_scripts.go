package rules

import (
	"path/filepath"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/scripts"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// A deployedWorker is a configuration with the commands that deploy it.
type deployedWorker struct {
	config    *wrangler.Config
	deploys   []*scripts.Deploy
	opaque    bool // there may be more than deploys lists
	generated bool // what is deployed is written by a build
}

// workersOf finds what deploys each configuration: each package.json from its folder up to the root of its repository,
// and the workflows and the pipeline there. Without a repository its own folder is all that is looked at.
func workersOf(p *check.Project) []*deployedWorker {
	f := &scriptFinder{
		project: p, roots: map[string]string{},
		workflows: map[string][]string{}, workers: map[string]*deployedWorker{},
	}
	var all []*deployedWorker
	for _, c := range p.Configs {
		w := &deployedWorker{config: c}
		all = append(all, w)
		f.workers[absolutePath(c.Path)] = w
	}
	for _, w := range all {
		f.collect(w)
	}
	return all
}

// A scriptFinder keeps what it read: many configurations share a repository. Its keys are absolute paths.
type scriptFinder struct {
	project   *check.Project
	roots     map[string]string          // of a folder: that of its repository, "" if it has none
	workflows map[string][]string        // of a root
	workers   map[string]*deployedWorker // by configuration
}

// collect reads each file under a path like that of the configuration, which is what a finding prints.
func (f *scriptFinder) collect(w *deployedWorker) {
	dir := filepath.Dir(w.config.Path)
	root := f.rootOf(absolutePath(dir))
	if root == "" {
		root = absolutePath(dir)
	}
	for at := dir; ; at = filepath.Join(at, "..") {
		f.add(w, at, root, f.read(filepath.Join(at, "package.json"), scripts.Package))
		if absolutePath(at) != root {
			continue
		}
		f.add(w, at, root, f.read(filepath.Join(at, ".gitlab-ci.yml"), scripts.GitLab))
		for _, name := range f.workflowsIn(root) {
			f.add(w, at, root, f.read(filepath.Join(at, workflowsFolder, name), scripts.GitHub))
		}
		return
	}
}

// rootOf is the nearest folder with a .git at or above dir.
func (f *scriptFinder) rootOf(dir string) string {
	if root, ok := f.roots[dir]; ok {
		return root
	}
	root := ""
	if f.project.Has(filepath.Join(dir, ".git")) {
		root = dir
	} else if parent := filepath.Dir(dir); parent != dir {
		root = f.rootOf(parent)
	}
	f.roots[dir] = root
	return root
}

var workflowsFolder = filepath.Join(".github", "workflows")

func (f *scriptFinder) workflowsIn(root string) []string {
	names, known := f.workflows[root]
	if !known {
		for _, name := range f.project.List(filepath.Join(root, workflowsFolder)) {
			if ext := filepath.Ext(name); ext == ".yml" || ext == ".yaml" {
				names = append(names, name)
			}
		}
		f.workflows[root] = names
	}
	return names
}

// longestScriptFile is more than anybody writes by hand.
const longestScriptFile = 1 << 20

// read reads each file once for all configurations of a run; nil if it is not there.
func (f *scriptFinder) read(path string, parse func(string, []byte) *scripts.Scripts) *scripts.Scripts {
	if !f.project.Has(path) {
		return nil
	}
	s, _ := f.project.Once("scripts in "+path, func() any {
		switch src, err := f.project.ReadFile(path); {
		case err != nil || len(src) > longestScriptFile:
			return &scripts.Scripts{Opaque: true}
		default:
			return parse(path, src)
		}
	}).(*scripts.Scripts)
	return s
}

// add gives w its deploys out of a file whose project is dir.
func (f *scriptFinder) add(w *deployedWorker, dir, root string, s *scripts.Scripts) {
	if s == nil {
		return
	}
	w.opaque = w.opaque || s.Opaque || s.Generates
	w.generated = w.generated || s.Generates
	for _, d := range s.Deploys {
		if !d.Known {
			w.opaque = w.opaque || d.Env.Said // for whichever it is
		} else if f.target(absolutePath(dir), root, d) == w {
			w.deploys = append(w.deploys, d)
		}
	}
}

// target is the configuration that wrangler takes for a deploy: --config, or else what it finds in the folder and above.
func (f *scriptFinder) target(dir, root string, d *scripts.Deploy) *deployedWorker {
	if d.Config != "" {
		return f.workers[filepath.Join(dir, filepath.FromSlash(d.Config))]
	}
	start := filepath.Join(dir, filepath.FromSlash(d.Dir))
	for _, name := range []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"} {
		for at := start; within(at, root); at = filepath.Dir(at) {
			path := filepath.Join(at, name)
			if w := f.workers[path]; w != nil || f.project.Has(path) {
				return w // nil: it is not judged
			}
			if at == root {
				break
			}
		}
	}
	return nil
}

// within says whether dir is root or lies below it.
func within(dir, root string) bool {
	way, err := filepath.Rel(root, dir)
	return err == nil && way != ".." && !strings.HasPrefix(way, ".."+string(filepath.Separator))
}
