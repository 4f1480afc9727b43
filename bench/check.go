package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// measureCheck measures one file of an example.
func measureCheck(ctx context.Context, bindery, dir string, rounds int) ([]row, error) {
	return beside(ctx, "check one file", bindery, dir, "examples/api-gateway/wrangler.toml", rounds)
}

// beside runs `bindery check` and `wrangler deploy --dry-run` in turns, as
// whole processes, on one file. The dry run bundles the Worker too: it has no way
// to look at the configuration alone.
func beside(ctx context.Context, what, bindery, dir, config string, rounds int) ([]row, error) {
	wall := row{what: what + ", wall time", peerName: "`wrangler deploy --dry-run`", better: "lower"}
	wall.ours.unit, wall.peer.unit = "ms", "ms"
	mem := row{what: what + ", peak memory", peerName: "`wrangler deploy --dry-run`", better: "lower"}
	mem.ours.unit, mem.peer.unit = "MiB", "MiB"

	for i := range rounds + 1 {
		ours, oursMem, err := timed(exec.CommandContext(ctx, bindery, "check", config))
		if err != nil {
			return nil, err
		}
		dry := exec.CommandContext(ctx, "node", "conformance/node_modules/wrangler/bin/wrangler.js",
			"deploy", "--dry-run", "--config", config, "--env", "production", "--outdir", filepath.Join(dir, "out"))
		dry.Env = append(os.Environ(), "CI=1", "WRANGLER_SEND_METRICS=false", "WRANGLER_SEND_ERROR_REPORTS=false",
			"WRANGLER_LOG_PATH="+filepath.Join(dir, "wrangler.log"), "npm_registry=http://127.0.0.1:9/")
		theirs, theirsMem, err := timed(dry)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			continue // both warm their caches
		}
		wall.ours.add(millis(ours))
		wall.peer.add(millis(theirs))
		mem.ours.add(oursMem)
		mem.peer.add(theirsMem)
	}
	return []row{wall, mem}, nil
}
