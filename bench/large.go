package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// measureLarge runs `bindery check`, as whole processes, on files larger than any that people write: what it costs must
// grow with the file, and no faster. 1 MB and 10 MB are run in turns; the peer of the larger is ten times the smaller.
func measureLarge(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	var rows []row
	for _, name := range []string{"wrangler.toml", "wrangler.jsonc"} {
		small, err := writeLarge(dir, name+"-1", name, variables(name, 1_000_000))
		if err != nil {
			return nil, err
		}
		large, err := writeLarge(dir, name+"-10", name, variables(name, 10_000_000))
		if err != nil {
			return nil, err
		}
		what := "check 10 MB of " + strings.ToUpper(strings.TrimPrefix(filepath.Ext(name), "."))
		more, err := compareCost(ctx, bindery, what, large, small, rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	for _, tt := range []struct{ what, text string }{
		{"check keys nested 9,000 deep", deep(9_000)},
		{"check 10,000 environments", environments(10_000)},
	} {
		path, err := writeLarge(dir, strings.ReplaceAll(tt.what, " ", "-"), "wrangler.toml", tt.text)
		if err != nil {
			return nil, err
		}
		more, err := compareCost(ctx, bindery, tt.what, path, "", rounds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// compareCost measures the check of a file, in turns with that of one of a tenth of its size if there is one.
func compareCost(ctx context.Context, bindery, what, large, small string, rounds int) ([]row, error) {
	const peer = "ten times what 1 MB takes"
	wall := row{what: what + ", wall time", peerName: peer, better: "lower"}
	mem := row{what: what + ", peak memory", peerName: peer, better: "lower"}
	wall.ours.unit, wall.peer.unit, mem.ours.unit, mem.peer.unit = "ms", "ms", "MiB", "MiB"
	for i := range rounds + 1 {
		took, mib, err := timedCheck(ctx, bindery, large)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one warms the cache of files
			wall.ours.add(took)
			mem.ours.add(mib)
		}
		if small == "" {
			continue
		}
		took, mib, err = timedCheck(ctx, bindery, small)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			wall.peer.add(10 * took)
			mem.peer.add(10 * mib)
		}
	}
	return []row{wall, mem}, nil
}

// timedCheck is timed in milliseconds, for a file in which nothing is found.
func timedCheck(ctx context.Context, bindery, path string) (ms, mib float64, err error) {
	took, mib, err := timed(exec.CommandContext(ctx, bindery, "check", path))
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return 0, 0, fmt.Errorf("%s is not clean: %w", filepath.Base(filepath.Dir(path)), err)
	}
	return millis(took), mib, err
}

func writeLarge(dir, folder, name, text string) (path string, err error) {
	folder = filepath.Join(dir, folder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	path = filepath.Join(folder, name)
	return path, os.WriteFile(path, []byte(text), 0o644)
}

// variables is a configuration of about so many bytes, nearly all of them variables.
func variables(name string, bytes int) string {
	open, line, end := "name = \"large\"\nmain = \"index.js\"\ncompatibility_date = \"2026-04-01\"\n[vars]\n", "KEY_%d = \"value %[1]d, as long as people write them\"\n", ""
	if filepath.Ext(name) == ".jsonc" {
		open, line, end = "{\"name\": \"large\", \"main\": \"index.js\", \"compatibility_date\": \"2026-04-01\",\n\"vars\": {\n", "\"KEY_%d\": \"value %[1]d, as long as people write them\",\n", "}}\n"
	}
	var b strings.Builder
	b.WriteString(open)
	for i := 0; b.Len() < bytes; i++ {
		fmt.Fprintf(&b, line, i)
	}
	return b.String() + end
}

// deep is a configuration with a variable that so many tables lie around.
func deep(n int) string {
	return "name = \"deep\"\nmain = \"index.js\"\ncompatibility_date = \"2026-04-01\"\n[vars" + strings.Repeat(".a", n) + "]\nb = 1\n"
}

// environments is a configuration with so many, each with a KV namespace of its own.
func environments(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = \"many\"\nmain = \"index.js\"\ncompatibility_date = \"2026-04-01\"\naccount_id = %q\n", account)
	next := uint64(n)
	word := func() uint64 {
		next = next*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
		return next ^ next>>29
	}
	for i := range n {
		fmt.Fprintf(&b, "[[env.e%d.kv_namespaces]]\nbinding = \"CACHE\"\nid = \"%016x%016x\"\n", i, word(), word())
	}
	return b.String()
}
