package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// measureTrees runs `bindery check` on a tree of 1,000 configurations and on one of 10,000, as whole processes.
func measureTrees(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	var rows []row
	for _, files := range []int{1_000, 10_000} {
		tree := filepath.Join(dir, fmt.Sprint("tree-", files))
		bytes, err := writeTree(tree, files)
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("check %d configurations (%d bytes each)", files, bytes/files)
		wall, mem := row{what: what + ", wall time"}, row{what: what + ", peak memory"}
		wall.ours.unit, mem.ours.unit = "ms", "MiB"
		for i := range rounds + 1 {
			took, mib, err := timed(exec.CommandContext(ctx, bindery, "check", tree))
			if err != nil {
				return nil, err
			}
			if i > 0 { // the first one warms the cache of files
				wall.ours.add(millis(took))
				mem.ours.add(mib)
			}
		}
		rows = append(rows, wall, mem)
	}
	return rows, nil
}

// writeTree makes that many configurations, each in a folder of its own, a hundred to a team: a top level, staging and
// production with a KV namespace or two each, and in some a D1 database. It returns how long they are in all.
func writeTree(dir string, files int) (bytes int, err error) {
	for i := range files {
		folder := filepath.Join(dir, fmt.Sprintf("team-%03d", i/100), fmt.Sprintf("worker-%05d", i))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return 0, err
		}
		text := configuration(i)
		if err := os.WriteFile(filepath.Join(folder, "wrangler.toml"), []byte(text), 0o644); err != nil {
			return 0, err
		}
		bytes += len(text)
	}
	return bytes, nil
}

// account is the one that all of them are deployed to.
const account = "2c89759d5e4d156a8ec693cc46e162ae"

// configuration is the i-th of them. Its ids are like no other's and look drawn by chance.
func configuration(i int) string {
	var b strings.Builder
	next := uint64(i) + 1
	word := func() uint64 {
		next = next*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
		return next ^ next>>29
	}
	id := func() string { return fmt.Sprintf("%016x%016x", word(), word()) }
	fmt.Fprintf(&b, "name = \"worker-%05d\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-04-01\"\naccount_id = %q\nworkers_dev = false\n", i, account)
	for _, env := range []string{"", "staging", "production"} {
		prefix := ""
		if env != "" {
			prefix = "env." + env + "."
			fmt.Fprintf(&b, "\n[env.%s]\nroutes = [{ pattern = \"%s-%d.example.com/*\", zone_name = \"example.com\" }]\n", env, env, i)
		}
		fmt.Fprintf(&b, "\n[%svars]\nENVIRONMENT = \"%s\"\nLOG_LEVEL = \"info\"\n", prefix, env)
		for _, binding := range []string{"CACHE", "SESSIONS"}[:1+i%2] {
			fmt.Fprintf(&b, "\n[[%skv_namespaces]]\nbinding = %q\nid = %q\n", prefix, binding, id())
		}
		if i%3 == 0 {
			x := id()
			fmt.Fprintf(&b, "\n[[%sd1_databases]]\nbinding = \"DB\"\ndatabase_name = \"db-%d\"\ndatabase_id = \"%s-%s-4%s-8%s-%s\"\n",
				prefix, i, x[:8], x[8:12], x[13:16], x[17:20], x[20:])
		}
	}
	return b.String()
}
