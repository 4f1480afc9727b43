// Command bench measures bindery beside what people would use instead, in one run,
// each pair in turns, and prints the medians as Markdown.
//
//	go run ./bench                              # print
//	go run ./bench -write docs/benchmarks.md    # and rewrite the table there
//	go run ./bench -only 'large namespace' -keys 50000000
//	go run ./bench -peer synced -dir FOLDER     # serve a peer, and measure nothing
//
// It needs the npm packages of conformance (npm ci --prefix conformance).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	tableBegin = "<!-- begin: written by `make bench` -->"
	tableEnd   = "<!-- end -->"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	write := flag.String("write", "", "rewrite the table in this `file`")
	rounds := flag.Int("rounds", 5, "turns of each pair; the median is reported")
	second := flag.Duration("turn", time.Second, "length of one turn under load")
	keys := flag.Int("keys", 5_000_000, "keys of the large namespace")
	only := flag.String("only", "", "run the parts whose name contains `text`; nothing is written then")
	peer := flag.String("peer", "", "measure nothing, and serve what bindery is compared with: `bare` or synced")
	peerDir := flag.String("dir", "", "data `folder` of -peer synced")
	read := flag.String("read", "", "measure nothing else, and print how many milliseconds it takes to read the code that begins in this `file`")
	measured := flag.Bool("measured", false, "measure nothing else: run the program in the arguments, and write to descriptor 3 what it took")
	flag.Parse()
	if *measured {
		os.Exit(runMeasured(flag.Args()))
	}
	if *read != "" {
		if err := readSource(ctx, *read); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if *peer != "" {
		if err := servePeer(ctx, *peer, *peerDir); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if *only != "" {
		*write = ""
	}
	if err := run(ctx, *write, *only, *keys, *rounds, *second); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, write, only string, keys, rounds int, turn time.Duration) error {
	if _, err := os.Stat("conformance/node_modules/wrangler"); err != nil && only == "" {
		return fmt.Errorf("the peers are not installed: run `npm ci --prefix conformance` in the project's root (%w)", err)
	}
	dir, err := os.MkdirTemp("", "bindery-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	built, bindery := filepath.Join(dir, "built"), filepath.Join(dir, "bindery")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", built, "./cmd/bindery")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build, the action and the image do
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build bindery: %w\n%s", err, out)
	}
	if err := install(ctx, built, bindery); err != nil {
		return err
	}

	var rows []row
	for _, part := range []struct {
		name string
		run  func() ([]row, error)
	}{
		{"check against wrangler deploy --dry-run", func() ([]row, error) { return measureCheck(ctx, bindery, dir, rounds) }},
		{"check of Workers with source", func() ([]row, error) { return measureWorkers(ctx, bindery, dir, rounds) }},
		{"source of a large Worker", func() ([]row, error) { return measureSource(ctx, dir, rounds) }},
		{"check of large trees", func() ([]row, error) { return measureTrees(ctx, bindery, dir, rounds) }},
		{"check of large files", func() ([]row, error) { return measureLarge(ctx, bindery, dir, rounds) }},
		{"REST against bare handlers", func() ([]row, error) { return measureREST(ctx, bindery, dir, rounds, turn) }},
		{"REST against miniflare and wrangler dev", func() ([]row, error) { return measureLocal(ctx, bindery, dir, rounds, turn) }},
		{"bulk calls and list pages", func() ([]row, error) { return measureBulk(ctx, bindery, dir, rounds) }},
		{"start-up and idle memory of serve", func() ([]row, error) { return measureServe(ctx, bindery, dir, rounds) }},
		{"large values at once", func() ([]row, error) { return measureStreams(ctx, bindery, dir) }},
		{"copy", func() ([]row, error) { return measureCopy(ctx, bindery, dir, rounds) }},
		{"KV binding", func() ([]row, error) { return measureKVBinding(ctx, dir, rounds) }},
		{"deploy of Workers", func() ([]row, error) { return measureDeploy(ctx, bindery, dir, rounds) }},
		{"large namespace", func() ([]row, error) { return measureLargeKV(ctx, bindery, dir, keys, rounds) }},
	} {
		if !strings.Contains(part.name, only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: %s\n", part.name)
		more, err := part.run()
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		rows = append(rows, more...)
	}

	table := render(rows)
	fmt.Print(table)
	if write == "" {
		return nil
	}
	return rewrite(write, table)
}

// install copies a program, as whoever installs it does. How much of a program is resident depends on the pieces in which
// its file came into the cache: the linker writes large ones, and Linux maps them whole, 5 MiB more than after a copy.
func install(ctx context.Context, from, to string) error {
	if out, err := exec.CommandContext(ctx, "cp", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy bindery: %w\n%s", err, out)
	}
	return nil
}

// rewrite replaces what stands between the two marks of a file.
func rewrite(path, table string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(old), tableBegin)
	_, tail, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s: the marks %q and %q are not both there", path, tableBegin, tableEnd)
	}
	stamp := fmt.Sprintf("%s, %s/%s, %d cores, %s\n\n", time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(head+tableBegin+"\n"+stamp+table+tableEnd+tail), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
