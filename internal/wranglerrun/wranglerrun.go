// Package wranglerrun runs the user's own wrangler, or any script that deploys, where it can reach one API only: that
// of a throw-away server.
//
// Start with [Find], then [Start] a [Stage] and [Stage.Run] commands in it. A stage has a home of its own, so that what wrangler keeps
// there (a login, which account it found) is neither used nor changed; every credential of the caller's environment is
// taken out of it, and so is what would make wrangler phone home. What prints nothing for too long is ended there.
//
// [Here] is the caller's own environment: what deploys there deploys for good, and is never ended on the way.
package wranglerrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Wrangler is how the project's wrangler is called.
type Wrangler struct {
	Command []string
	Version string // "" where only running it would tell
	Folder  string // of the package; "" if npx has it
}

// MissingError: the project has no wrangler that could be run.
type MissingError struct {
	Reason string
	Advice string
}

func (e *MissingError) Error() string { return e.Reason }

// Hint says what to do.
func (e *MissingError) Hint() string { return e.Advice }

// Find looks for wrangler as Node would from folder: in node_modules there and above, where npm, pnpm, yarn and bun put it, or
// hoist it from a workspace. Yarn's Plug'n'Play, which has no node_modules, runs it itself. Where it is not installed, and
// a package.json asks for it, npx gets it, unless another package manager is to install it: *MissingError if there is
// none, or no Node.
func Find(folder string) (*Wrangler, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("find wrangler: %w", err)
	}
	for dir := folder; ; dir = filepath.Dir(dir) {
		pack := filepath.Join(dir, "node_modules", "wrangler")
		var found struct {
			Version string
			Bin     map[string]string
		}
		if readJSON(filepath.Join(pack, "package.json"), &found) && found.Bin["wrangler"] != "" {
			node, err := exec.LookPath("node")
			if err != nil {
				return nil, &MissingError{"wrangler is installed, but Node is not on PATH", "install Node, or put it on PATH"}
			}
			return &Wrangler{Command: []string{node, filepath.Join(pack, found.Bin["wrangler"])}, Version: found.Version, Folder: pack}, nil
		}
		if filepath.Dir(dir) == dir {
			return findUninstalled(folder)
		}
	}
}

func viaNpx(wanted string) (*Wrangler, error) {
	npx, err := exec.LookPath("npx")
	if err != nil {
		return nil, &MissingError{"package.json asks for wrangler, and neither it nor npx is installed", "run `npm install`"}
	}
	if strings.Contains(wanted, ":") { // workspace:, catalog:, file: mean nothing outside of the project
		wanted = "latest"
	}
	return &Wrangler{Command: []string{npx, "--yes", "wrangler@" + wanted}}, nil
}

func readJSON(path string, into any) bool {
	text, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(text, into) == nil
}

// API is the only one that a stage lets commands reach: its address, a token for it, and the account where a
// configuration names none.
type API struct{ BaseURL, Token, Account string }

// Stage is where commands run.
type Stage struct {
	environ  []string
	home     string
	patience time.Duration // with a command that prints nothing; 0 has no end
	ends     bool          // a command whose time is up; else who watches is told that it is silent
}

// Start makes a stage from the caller's environment, as os.Environ gives it. Close removes it. A command that prints
// nothing for as long as patience is ended; 0 lets it be silent.
func Start(api API, environ []string, patience time.Duration) (*Stage, error) {
	home, err := os.MkdirTemp("", "bindery-rehearsal-")
	if err != nil {
		return nil, fmt.Errorf("make a home for wrangler: %w", err)
	}
	return &Stage{environ: environment(api, home, environ), home: home, patience: patience, ends: true}, nil
}

// remindAfter is how long a command in the caller's environment may be silent before it is said that it is.
const remindAfter = time.Minute

// Here is the caller's own environment in place of a stage: what runs in it deploys where the caller's credentials lead.
// It is never ended half way, by what nobody can say whether it is an upload: who watches is told when it is silent.
func Here(environ []string) *Stage { return &Stage{environ: environ, patience: remindAfter} }

// Close removes the stage's home.
func (s *Stage) Close() error { return os.RemoveAll(s.home) }

// environment is the caller's without what could lead anywhere but to api.
func environment(api API, home string, caller []string) []string {
	set := map[string]string{
		"CLOUDFLARE_API_BASE_URL": api.BaseURL,
		"CLOUDFLARE_API_TOKEN":    api.Token,
		"CLOUDFLARE_ACCOUNT_ID":   api.Account,

		"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": home, "APPDATA": home, "WRANGLER_CACHE_DIR": home, "WRANGLER_LOG_PATH": home,
		"CI":                    "1", // asks nothing, and writes no ids into the configuration
		"WRANGLER_SEND_METRICS": "false", "WRANGLER_SEND_ERROR_REPORTS": "false", "WRANGLER_HIDE_BANNER": "true",
		"npm_registry":       "http://127.0.0.1:9/", // where wrangler looks for newer versions, npm does not read it
		"NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1",
	}
	told := map[string]string{}
	var kept []string
	for _, entry := range caller {
		name, value, _ := strings.Cut(entry, "=")
		told[name] = value
		upper := strings.ToUpper(name)
		_, replaced := set[name]
		ours := strings.HasPrefix(upper, "CLOUDFLARE_") || strings.HasPrefix(upper, "CF_") || strings.HasPrefix(upper, "WRANGLER_")
		if !replaced && name != "FORCE_COLOR" && (!ours || name == "CLOUDFLARE_ENV") {
			kept = append(kept, entry)
		}
	}
	// What tools other than wrangler keep at home stays where it is.
	if old := told["HOME"]; old != "" {
		for name, at := range map[string]string{
			"XDG_CACHE_HOME": ".cache", "XDG_DATA_HOME": ".local/share", "COREPACK_HOME": ".cache/node/corepack",
			"npm_config_cache": ".npm", "VOLTA_HOME": ".volta", "ASDF_DATA_DIR": ".asdf",
		} {
			if _, err := os.Stat(filepath.Join(old, at)); err == nil && told[name] == "" {
				set[name] = filepath.Join(old, at)
			}
		}
	}
	for name, value := range set {
		kept = append(kept, name+"="+value)
	}
	return kept
}

// Outcome is how a command ended.
type Outcome struct {
	Code   int    // its exit code; -1 if a signal ended it, or its silence
	Output string // what it printed on both streams
	Took   time.Duration
	Silent time.Duration // it had printed nothing for so long, and was ended; 0 if it ended by itself
}

// Run runs a command in a folder. What it prints goes to watch too, which may be nil. The error is that it did not run, or
// ctx's.
func (s *Stage) Run(ctx context.Context, folder string, command []string, watch func(line string)) (Outcome, error) {
	began := time.Now()
	program := command[0]
	if runtime.GOOS == "windows" && filepath.Ext(program) == "" {
		if found, err := exec.LookPath(program); err == nil {
			program = found
		}
	}
	limited, giveUp := context.WithCancel(ctx)
	defer giveUp()
	output := &output{watch: watch, patience: s.patience, silent: giveUp}
	if !s.ends {
		output.silent = output.remind
	}
	cmd := exec.CommandContext(limited, program, command[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = folder, s.environ, output, output
	withGroup(cmd)
	cmd.WaitDelay = 2 * time.Second // for what it started to end as well
	output.begin()
	err := cmd.Run()
	output.end()
	if ctx.Err() != nil {
		endGroup(cmd)
		return Outcome{}, ctx.Err()
	}
	done := Outcome{Output: plain(output.text), Took: time.Since(began)}
	if limited.Err() != nil && err != nil {
		endGroup(cmd)
		done.Code, done.Silent = -1, s.patience
		return done, nil
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return Outcome{}, fmt.Errorf("run %s: %w", filepath.Base(program), err)
	}
	done.Code = cmd.ProcessState.ExitCode()
	return done, nil
}
