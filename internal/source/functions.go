package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/bindery-dev/bindery/internal/pattern"
)

// begin tells a Worker's entry point from a folder of Pages Functions.
func begin(ctx context.Context, root, main string, read func(string) ([]byte, error)) (beginning, error) {
	if info, err := os.Stat(main); err != nil || !info.IsDir() {
		return beginning{main: main}, err
	}
	routes, err := routesIn(ctx, root, main, read)
	return beginning{main: main, routes: routes}, err
}

// handlerExport are the names under which a file of Pages Functions exports what handles requests. Any other file is
// there to be imported. https://developers.cloudflare.com/pages/functions/api-reference/
var handlerExport = pattern.New(`^onRequest(Get|Post|Put|Patch|Delete|Options|Head)?$`)

// routesIn returns a module that exports every handler in the folder. ErrNoRoute if there are none.
func routesIn(ctx context.Context, root, dir string, read func(string) ([]byte, error)) (string, error) {
	files, err := routeFiles(ctx, dir)
	if err != nil {
		return "", err
	}
	exports, err := exportsOf(ctx, root, files, read)
	if err != nil {
		return "", err
	}
	var routes strings.Builder
	for i, file := range files {
		for _, name := range exports[i] {
			if handlerExport.MatchString(name) {
				fmt.Fprintf(&routes, "export { %s as %s_%d } from %s;\n", name, name, i, strconv.Quote(filepath.ToSlash(file)))
			}
		}
	}
	if routes.Len() == 0 {
		return "", ErrNoRoute
	}
	return routes.String(), nil
}

// routeFiles lists the files that wrangler looks into for routes, in the order of their paths.
func routeFiles(ctx context.Context, dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case entry.IsDir() && entry.Name() == "node_modules":
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		switch filepath.Ext(path) {
		case ".mjs", ".js", ".ts", ".tsx", ".jsx":
			files = append(files, path)
		}
		if len(files) > maxFiles {
			return ErrTooLarge
		}
		return nil
	})
	return files, err
}

// exportsOf returns by file what each exports itself. As for wrangler, that leaves out what export * passes on.
func exportsOf(ctx context.Context, root string, files []string, read func(string) ([]byte, error)) ([][]string, error) {
	j := &joining{ctx: ctx, root: root, read: read}
	entries := make([]api.EntryPoint, len(files))
	for i, file := range files {
		entries[i] = api.EntryPoint{InputPath: file, OutputPath: strconv.Itoa(i)}
	}
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: entries,
		AbsWorkingDir:       root,
		Outdir:              root, // never written
		Metafile:            true,
		Format:              api.FormatESModule,
		LogLevel:            api.LogLevelSilent,
		Plugins:             []api.Plugin{{Name: "bindery", Setup: j.setup}},
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case j.err != nil:
		return nil, j.err
	case len(result.Errors) > 0:
		return nil, errors.New(result.Errors[0].Text)
	}
	var meta struct {
		Outputs map[string]struct{ Exports []string }
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, err
	}
	exports := make([][]string, len(files))
	for i := range files {
		exports[i] = meta.Outputs[strconv.Itoa(i)+".js"].Exports
	}
	return exports, nil
}
