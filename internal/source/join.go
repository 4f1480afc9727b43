package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// A joining is one run of esbuild. Its two callbacks decide which files it may see; esbuild calls them from many goroutines.
type joining struct {
	ctx  context.Context
	root string
	read func(string) ([]byte, error)

	mu          sync.Mutex
	looked      map[string]bool // folders, see look
	files, size int
	err         error  // why nothing can be said of the code at all
	unsure      string // why something may have been missed
}

// joined is the code of a Worker in one text, as esbuild prints it.
type joined struct {
	code, sourceMap []byte
	unsure          string
}

// A beginning is where reading starts: a file, or a text that passes on what the routes of Pages Functions export.
type beginning struct{ main, routes string }

// join reads what is reachable from there. Paths lie in root, and are absolute and without symbolic links. The source
// map costs time, and is made only withMap; the code is the same.
func join(ctx context.Context, root string, from beginning, read func(string) ([]byte, error), withMap bool) (joined, error) {
	j := &joining{ctx: ctx, root: root, read: read, looked: map[string]bool{}}
	start := root
	if from.routes == "" {
		start = filepath.Dir(from.main)
	}
	if err := j.look(start); err != nil {
		return joined{}, err
	}
	sourceMap := api.SourceMapNone
	if withMap {
		sourceMap = api.SourceMapExternal
	}
	options := api.BuildOptions{
		AbsWorkingDir:  root,
		Outfile:        filepath.Join(root, "joined.js"), // never written; the source map is relative to it
		Bundle:         true,
		Format:         api.FormatESModule,
		Target:         api.ES2022, // decorators and using are lowered; ?. and ?? stay
		Sourcemap:      sourceMap,
		SourcesContent: api.SourcesContentExclude,
		LegalComments:  api.LegalCommentsNone,
		Conditions:     []string{"workerd", "worker", "browser"}, // as wrangler
		LogLevel:       api.LogLevelSilent,
		Plugins:        []api.Plugin{{Name: "bindery", Setup: j.setup}},

		MinifyWhitespace: true, // less to print, and less to parse
	}
	if from.routes != "" {
		options.Stdin = &api.StdinOptions{Contents: from.routes, ResolveDir: root}
	} else {
		options.EntryPoints = []string{from.main}
	}
	result := api.Build(options)
	switch {
	case ctx.Err() != nil:
		return joined{}, ctx.Err()
	case j.err != nil:
		return joined{}, j.err
	case len(result.Errors) > 0:
		return joined{}, errors.New(result.Errors[0].Text)
	}
	all := joined{unsure: j.unsure}
	for _, f := range result.OutputFiles {
		if strings.HasSuffix(f.Path, ".map") {
			all.sourceMap = f.Contents
		} else {
			all.code = f.Contents
		}
	}
	return all, nil
}

func (j *joining) setup(build api.PluginBuild) {
	imports := newFinder(build.Resolve)
	build.OnResolve(api.OnResolveOptions{Filter: "."}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		if args.PluginData == j || args.Kind == api.ResolveEntryPoint {
			return api.OnResolveResult{}, nil // esbuild's own way; for the first this is the answer to the question below
		}
		if err := j.lookFor(args.Path, args.ResolveDir); err != nil {
			return api.OnResolveResult{}, err
		}
		return j.resolve(args, imports.find(args.Path, api.ResolveOptions{
			Importer: args.Importer, Namespace: args.Namespace, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: j,
		})), nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: "."}, func(args api.OnLoadArgs) (api.OnLoadResult, error) { return j.load(args.Path) })
}

// resolve keeps libraries, what is missing and what lies outside the project out of the joined code.
func (j *joining) resolve(args api.OnResolveArgs, found api.ResolveResult) api.OnResolveResult {
	outside := api.OnResolveResult{Path: args.Path, External: true}
	relative := strings.HasPrefix(args.Path, ".") || filepath.IsAbs(args.Path)
	switch {
	case len(found.Errors) > 0 && relative && isCode(args.Path):
		j.doubt("the file of the import " + args.Path + " is not there")
		return outside
	case len(found.Errors) > 0, found.External, found.Namespace != "file":
		return outside
	case strings.Contains(filepath.ToSlash(found.Path), "/node_modules/"):
		return outside
	case !within(j.root, found.Path):
		j.doubt("the import " + args.Path + " lies outside the project")
		return outside
	}
	return api.OnResolveResult{Path: found.Path, Namespace: found.Namespace}
}

// loaders are the files that hold code. Anything else is data, and takes nothing from env.
var loaders = map[string]api.Loader{
	".js": api.LoaderJSX, ".mjs": api.LoaderJSX, ".cjs": api.LoaderJSX, ".jsx": api.LoaderJSX,
	".ts": api.LoaderTS, ".mts": api.LoaderTS, ".cts": api.LoaderTS, ".tsx": api.LoaderTSX,
}

// isCode says whether a path of an import may lead to code: it has an ending of code, or none that is known.
func isCode(path string) bool {
	switch filepath.Ext(path) {
	case ".json", ".html", ".txt", ".sql", ".css", ".svg", ".png", ".wasm", ".bin", ".md":
		return false
	}
	return true
}

func (j *joining) load(path string) (api.OnLoadResult, error) {
	empty := ""
	loader, ok := loaders[filepath.Ext(path)]
	if !ok {
		return api.OnLoadResult{Contents: &empty, Loader: api.LoaderEmpty}, nil
	}
	text, err := j.text(path)
	if err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.err == nil {
			j.err = err
		}
		return api.OnLoadResult{}, err
	}
	return api.OnLoadResult{Contents: &text, Loader: loader, ResolveDir: filepath.Dir(path)}, nil
}

// text reads a file of code within the limits.
func (j *joining) text(path string) (string, error) {
	if err := j.ctx.Err(); err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && (info.Size() > maxFile || !info.Mode().IsRegular()) {
		return "", ErrTooLarge // a pipe or a device has no end
	}
	text, err := j.read(path)
	if err != nil {
		return "", err
	}
	j.mu.Lock()
	j.files, j.size = j.files+1, j.size+len(text)
	over := j.files > maxFiles || j.size > maxTotal || len(text) > maxFile
	j.mu.Unlock()
	if over {
		return "", ErrTooLarge
	}
	if tooDeep(text, loaders[filepath.Ext(path)] != api.LoaderTS) {
		return "", ErrTooDeep
	}
	return string(text), nil
}

func (j *joining) doubt(why string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.unsure == "" {
		j.unsure = why
	}
}

// within says whether path lies in the folder root; both are absolute.
func within(root, path string) bool {
	to, err := filepath.Rel(root, path)
	return err == nil && to != ".." && !strings.HasPrefix(to, ".."+string(filepath.Separator))
}
