package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bindery-dev/bindery/internal/heap"
	"github.com/bindery-dev/bindery/internal/source"
)

// measureSource reads the code of a Worker of 2 MB, each time in a process of its own, in turns with esbuild that bundles the
// same: a process too, whose start is in its time.
func measureSource(ctx context.Context, dir string, rounds int) ([]row, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, w := range []struct {
		what  string
		write func(dir string, size int) (main string, files int, err error)
	}{
		{"TypeScript", writeTypeScript},
		{"JavaScript", writeJavaScript},
	} {
		main, files, err := w.write(filepath.Join(dir, "source-"+w.what), 2<<20)
		if err != nil {
			return nil, err
		}
		r := row{what: fmt.Sprintf("read the source of a 2 MB Worker, %s in %d files", w.what, files), peerName: "`esbuild --bundle`", better: "lower"}
		if files == 1 {
			r.what = fmt.Sprintf("read the source of a 2 MB Worker, %s in one file", w.what)
		}
		r.ours.unit, r.peer.unit = "ms", "ms"
		for i := range rounds + 1 {
			out, err := exec.CommandContext(ctx, self, "-read", main).Output()
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", main, err)
			}
			took, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
			if err != nil {
				return nil, err
			}
			theirs, _, err := timed(exec.CommandContext(ctx, "conformance/node_modules/.bin/esbuild", main,
				"--bundle", "--format=esm", "--target=es2022", "--packages=external", "--log-level=error", "--outfile="+filepath.Join(dir, "bundle.js")))
			if err != nil {
				return nil, err
			}
			if i > 0 { // the first one warms the cache of files
				r.ours.add(took)
				r.peer.add(millis(theirs))
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// readSource is what -read does: it reads the code once, as `bindery check` does, and prints the milliseconds.
func readSource(ctx context.Context, main string) error {
	var keeper heap.Keeper
	defer keeper.Start()()
	var bytes atomic.Int64
	start := time.Now()
	program, err := source.Read(ctx, source.Entry{Main: main, Root: filepath.Dir(main), ReadFile: func(path string) ([]byte, error) {
		code, err := os.ReadFile(path)
		keeper.Code(int(bytes.Add(int64(len(code)))))
		return code, err
	}})
	took := time.Since(start)
	switch {
	case err != nil:
		return err
	case program.Unsure != "" || len(program.Reads) == 0:
		return fmt.Errorf("%d reads are found in %s, and %q", len(program.Reads), main, program.Unsure)
	}
	fmt.Println(millis(took))
	return nil
}

// writeTypeScript writes a Worker of so many bytes as by hand, in files of some kilobytes.
func writeTypeScript(dir string, size int) (main string, files int, err error) {
	random := rand.New(rand.NewPCG(1, 2))
	var imports, calls strings.Builder
	for written := 0; written < size; files++ {
		text := module(random, files)
		folder := areas[files%len(areas)]
		if err := writeCode(filepath.Join(dir, folder, fmt.Sprintf("m%d.ts", files)), text); err != nil {
			return "", 0, err
		}
		written += len(text)
		fmt.Fprintf(&imports, "import { handle%d } from \"./%s/m%d\";\n", files, folder, files)
		fmt.Fprintf(&calls, "\t\tawait handle%d(request, env);\n", files)
	}
	main = filepath.Join(dir, "index.ts")
	return main, files + 1, writeCode(main, imports.String()+"\nexport default {\n\tasync fetch(request: Request, env: Env): Promise<Response> {\n"+
		calls.String()+"\t\treturn new Response();\n\t},\n} satisfies ExportedHandler<Env>;\n")
}

// writeJavaScript writes a Worker of so many bytes in one file, as a bundler leaves it.
func writeJavaScript(dir string, size int) (main string, files int, err error) {
	main = filepath.Join(dir, "index.js")
	return main, 1, writeCode(main, bundle(rand.New(rand.NewPCG(1, 2)), size)+
		"export default {\n  async fetch(request, env) {\n    start(await env.CACHE.get(\"options\", \"json\"));\n    return new Response(env.ENVIRONMENT);\n  }\n};\n")
}

func writeCode(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
