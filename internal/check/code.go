package check

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bindery-dev/bindery/internal/source"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// codes keeps the code of each Worker once a run, however many environments and files name it as their main.
type codes struct {
	mu       sync.Mutex
	programs map[string]func() *source.Program // by main
}

// Code is what an environment's Worker, or the Functions of a Pages project, do with env. It is nil if that cannot be told
// from the sources: there is no main or it is not there yet, it is no JavaScript or TypeScript, it is made by a build, or
// it does not parse.
func (p *Project) Code(env *wrangler.Environment) *source.Program {
	main, ok := entryPoint(env)
	if env.Config.Pages {
		main, ok = functions(env.Config)
	}
	if !ok || p.codes == nil {
		return nil
	}
	return p.codes.once(main, func() *source.Program {
		if info, err := os.Stat(main); err != nil || info.IsDir() != env.Config.Pages || !info.IsDir() && !info.Mode().IsRegular() {
			return nil
		}
		return p.disk.program(source.Entry{Main: main, Root: rootOf(env.Config.Path)})
	})
}

// program reads the code of a Worker; nil if it cannot be read.
func (f *files) program(entry source.Entry) *source.Program {
	entry.ReadFile = f.code
	if f != nil && f.much != nil {
		defer f.much(0)
		var bytes atomic.Int64
		entry.ReadFile = func(path string) ([]byte, error) {
			code, err := f.code(path)
			f.much(int(bytes.Add(int64(len(code)))))
			return code, err
		}
	}
	program, err := source.Read(context.Background(), entry)
	if err != nil {
		return nil // wrangler says what is wrong with the code; we say nothing of it
	}
	return program
}

// once returns what read returned for this main the first time.
func (c *codes) once(main string, read func() *source.Program) *source.Program {
	c.mu.Lock()
	if c.programs == nil {
		c.programs = map[string]func() *source.Program{}
	}
	if c.programs[main] == nil {
		c.programs[main] = sync.OnceValue(read)
	}
	program := c.programs[main]
	c.mu.Unlock()
	return program()
}

// codeEndings are those of files that are read. A Worker in Python or Rust has others.
var codeEndings = []string{".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"}

// builtFolders hold what a build made: it may be older than the sources, and there are libraries in it.
var builtFolders = []string{
	"dist", "build", "out", "output", "target", "pkg", "node_modules", ".output", ".open-next", ".svelte-kit", ".wrangler", ".next",
	".vercel", ".worker-next",
}

// entryPoint is the path of an environment's main, if its code would be as it was written; the disk is not asked.
func entryPoint(env *wrangler.Environment) (string, bool) {
	main := env.Main.Str()
	if main == "" || env.Value("alias") != nil {
		return "", false
	}
	ending := filepath.Ext(main)
	built := env.Value("build").Get("command").Str() != "" && strings.HasSuffix(ending, "js") // or it may be
	for _, folder := range strings.Split(filepath.ToSlash(main), "/") {
		built = built || slices.Contains(builtFolders, folder)
	}
	if built || !slices.Contains(codeEndings, ending) {
		return "", false
	}
	path := filepath.FromSlash(main)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(env.Config.Path), path)
	}
	return path, true
}

// functions is the path of a Pages project's Functions, if they are what is deployed: a _worker.js in the folder of its
// files takes their place. Folders whose names begin with a dot are a framework's, which puts one there.
func functions(c *wrangler.Config) (string, bool) {
	own := filepath.Dir(c.Path)
	output := filepath.FromSlash(c.File.Root.Get("pages_build_output_dir").Str())
	for _, folder := range strings.Split(filepath.ToSlash(filepath.Clean(output)), "/") {
		if strings.HasPrefix(folder, ".") && folder != "." && folder != ".." {
			return "", false
		}
	}
	if !filepath.IsAbs(output) {
		output = filepath.Join(own, output)
	}
	if _, err := os.Lstat(filepath.Join(output, "_worker.js")); err == nil {
		return "", false
	}
	return filepath.Join(own, "functions"), true
}

// rootOf is the folder that a configuration's code lies in: the repository around it, else its own.
func rootOf(config string) string {
	own := filepath.Dir(config)
	dir, err := filepath.Abs(own)
	if err != nil {
		return own
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			return own
		}
		dir = above
	}
}

// NoteUse adds the place where code uses a name; nothing if it cannot be found.
func (r *Draft) NoteUse(code *source.Program, use source.Use, format string, args ...any) *Draft {
	if file, at, ok := code.Place(context.Background(), use); ok {
		r.NoteIn(file, at, format, args...)
	}
	return r
}
