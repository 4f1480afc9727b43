package source

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// A finder finds the files of imports. When a plugin asks esbuild, it reads every folder from the importing file up to the
// top of the disk anew for each import, which for a Worker of many files takes as long as parsing them. So it is asked once
// for each import of a folder, and not at all where [finder.beside] can tell.
type finder struct {
	ask func(path string, options api.ResolveOptions) api.ResolveResult

	mu      sync.Mutex
	known   map[inquiry]api.ResolveResult
	plain   map[string]bool   // of folders: no package.json around it maps files to others
	files   map[string]string // by the path of an import
	folders map[string]string // where they really are
}

// An inquiry is what esbuild's answer depends on.
type inquiry struct {
	dir, path string
	kind      api.ResolveKind
}

func newFinder(ask func(string, api.ResolveOptions) api.ResolveResult) *finder {
	return &finder{ask: ask, known: map[inquiry]api.ResolveResult{}, plain: map[string]bool{}, files: map[string]string{}, folders: map[string]string{}}
}

// find returns where an import leads.
func (f *finder) find(path string, options api.ResolveOptions) api.ResolveResult {
	if file := f.beside(options.ResolveDir, path); file != "" {
		return api.ResolveResult{Path: file, Namespace: "file"}
	}
	key := inquiry{options.ResolveDir, path, options.Kind}
	f.mu.Lock()
	found, ok := f.known[key]
	f.mu.Unlock()
	if ok {
		return found
	}
	found = f.ask(path, options)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[key] = found
	return found
}

// endings are tried in this order, as esbuild does for code outside of node_modules.
var endings = []string{"", ".tsx", ".ts", ".jsx", ".js", ".css", ".json"}

// beside is the file that a relative import names, with or without its ending; "" if it takes esbuild to tell, as for a
// folder, for ./a.js that is written in a.ts, and wherever package.json may name another file.
func (f *finder) beside(dir, path string) string {
	if !strings.HasPrefix(path, "./") && !strings.HasPrefix(path, "../") {
		return ""
	}
	if last := path[strings.LastIndexByte(path, '/')+1:]; last == "" || last == "." || last == ".." {
		return ""
	}
	file := filepath.Join(dir, filepath.FromSlash(path))
	if strings.Contains(filepath.ToSlash(file), "/node_modules/") || !f.isPlain(filepath.Dir(file)) {
		return ""
	}
	f.mu.Lock()
	found, ok := f.files[file]
	f.mu.Unlock()
	if ok {
		return found
	}
	found = f.withEnding(file)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[file] = found
	return found
}

// withEnding is the file of that name, or of one with an ending, without symbolic links on the way.
func (f *finder) withEnding(file string) string {
	for _, ending := range endings {
		info, err := os.Lstat(file + ending)
		if err == nil && info.Mode().IsRegular() {
			if dir := f.real(filepath.Dir(file)); dir != "" {
				return filepath.Join(dir, filepath.Base(file)+ending)
			}
			return ""
		}
		if err != nil || info.IsDir() {
			continue
		}
		if info, err := os.Stat(file + ending); err == nil && !info.IsDir() { // a link
			found, err := filepath.EvalSymlinks(file + ending)
			if err != nil {
				return ""
			}
			return found
		}
	}
	return ""
}

// real is a folder without symbolic links on the way; "" if that cannot be told.
func (f *finder) real(dir string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.folders[dir]; !ok {
		f.folders[dir], _ = filepath.EvalSymlinks(dir)
	}
	return f.folders[dir]
}

// isPlain says whether no package.json of dir, or of a folder above it, has a field browser, which may map files to others.
// https://github.com/defunctzombie/package-browser-field-spec
func (f *finder) isPlain(dir string) bool {
	f.mu.Lock()
	plain, ok := f.plain[dir]
	f.mu.Unlock()
	if ok {
		return plain
	}
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	plain = (err != nil || !bytes.Contains(text, []byte("browser"))) && (filepath.Dir(dir) == dir || f.isPlain(filepath.Dir(dir)))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plain[dir] = plain
	return plain
}
