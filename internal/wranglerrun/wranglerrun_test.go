//go:build unix

package wranglerrun

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestEnvironment: a command finds the throw-away API, and nothing of the caller's that leads elsewhere.
func TestEnvironment(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".npm"), 0o700); err != nil {
		t.Fatal(err)
	}
	got := environment(API{BaseURL: "http://127.0.0.1:1/client/v4", Token: "ours", Account: "acc"}, "/stage", []string{
		"PATH=/bin", "HOME=" + home, "CLOUDFLARE_API_TOKEN=theirs", "CLOUDFLARE_API_KEY=theirs", "CLOUDFLARE_EMAIL=theirs", "CF_API_TOKEN=theirs",
		"CLOUDFLARE_ACCOUNT_ID=theirs", "cloudflare_anything=theirs", "WRANGLER_API_ENVIRONMENT=theirs", "CLOUDFLARE_API_ENVIRONMENT=theirs",
		"CLOUDFLARE_COMPLIANCE_REGION=theirs", "XDG_CONFIG_HOME=theirs", "CLOUDFLARE_ENV=production", "OTHER=kept", "FORCE_COLOR=theirs",
	})
	for _, want := range []string{
		"PATH=/bin", "OTHER=kept", "CLOUDFLARE_ENV=production", "HOME=/stage", "XDG_CONFIG_HOME=/stage", "npm_config_cache=" + home + "/.npm",
		"CLOUDFLARE_API_BASE_URL=http://127.0.0.1:1/client/v4", "CLOUDFLARE_API_TOKEN=ours", "CLOUDFLARE_ACCOUNT_ID=acc",
		"WRANGLER_SEND_METRICS=false",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("got %q, want %s among them", got, want)
		}
	}
	names := map[string]bool{}
	for _, entry := range got {
		name, _, _ := strings.Cut(entry, "=")
		if names[name] {
			t.Errorf("%s is there twice", name)
		}
		names[name] = true
		if strings.Contains(entry, "theirs") {
			t.Errorf("got %s of the caller's", entry)
		}
	}
}

// TestRun: exit code, output without colours, lines as they come; and the home is gone afterwards.
func TestRun(t *testing.T) {
	s := stage(t)
	var lines []string
	got, err := s.Run(t.Context(), t.TempDir(), []string{"sh", "-c", `printf 'a\n\033[31mb\033[0m\n\n'; echo c >&2; touch "$HOME/login"; exit 3`}, func(line string) { lines = append(lines, line) })
	if err != nil {
		t.Fatal(err)
	}
	if got.Code != 3 || got.Output != "a\nb\n\nc\n" || strings.Join(lines, " ") != "a b c" {
		t.Errorf("got %+v and lines %q", got, lines)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the home %s: %v, want it gone", s.home, err)
	}
	if _, err := s.Run(t.Context(), ".", []string{"bindery-no-such-command"}, nil); err == nil || strings.Contains(err.Error(), "exit") {
		t.Errorf("of a command that is not there: %v", err)
	}
}

// TestRunLong: of what a command prints without end the end is kept.
func TestRunLong(t *testing.T) {
	got, err := stage(t).Run(t.Context(), ".", []string{"sh", "-c", `yes x | head -c 3000000; echo end`}, nil)
	if err != nil || len(got.Output) > maxOutput || !strings.HasSuffix(got.Output, "end\n") {
		t.Errorf("got %d bytes, %v", len(got.Output), err)
	}
}

// TestRunCancelled: what the command started ends with it, even if it ignores being asked.
func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	child := 0
	_, err := stage(t).Run(ctx, ".", []string{"sh", "-c", `trap "" TERM; sleep 600 & echo $!; wait; wait`}, func(line string) {
		child, _ = strconv.Atoi(line)
		cancel()
	})
	if !errors.Is(err, context.Canceled) || child == 0 {
		t.Fatalf("got %v and child %d, want %v and a child", err, child, context.Canceled)
	}
	gone(t, child)
}

// gone waits for a process to end.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil && isRunning(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("what the command started still runs")
		}
	}
}

// TestRunSilent: on a stage, what prints nothing for too long is ended with all that it started; what goes on printing is not.
func TestRunSilent(t *testing.T) {
	s := stage(t)
	s.patience = 500 * time.Millisecond
	child := 0
	got, err := s.Run(t.Context(), ".", []string{"sh", "-c", `trap "" TERM; echo before; sleep 600 & echo $!; wait; wait`}, func(line string) {
		child, _ = strconv.Atoi(line)
	})
	if err != nil || got.Silent != s.patience || got.Code != -1 || !strings.HasPrefix(got.Output, "before\n") || child == 0 {
		t.Fatalf("of one that is silent: %+v, %v", got, err)
	}
	gone(t, child)
	got, err = s.Run(t.Context(), ".", []string{"sh", "-c", `for i in 1 2 3 4 5 6 7 8; do sleep 0.1; printf .; done; exit 3`}, nil)
	if err != nil || got.Silent != 0 || got.Code != 3 {
		t.Errorf("of one that prints all the time: %+v, %v", got, err)
	}
}

// TestRunSilentHere: what deploys for good is not ended; who watches is told.
func TestRunSilentHere(t *testing.T) {
	s := Here(os.Environ())
	s.patience = 100 * time.Millisecond
	var lines []string
	got, err := s.Run(t.Context(), ".", []string{"sh", "-c", `echo before; sleep 0.5; echo after`}, func(line string) { lines = append(lines, line) })
	if err != nil || got.Code != 0 || got.Silent != 0 || got.Output != "before\nafter\n" {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(lines) < 3 || !strings.Contains(lines[1], "Ctrl-C") || lines[len(lines)-1] != "after" {
		t.Errorf("who watches sees %q", lines)
	}
}

// isRunning tells a process from one that is dead and that nobody has waited for.
func isRunning(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(text), ") Z ")
}

func TestFind(t *testing.T) {
	write := func(dir, name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	bin := t.TempDir()
	write(bin, "node", "#!/bin/sh\n")
	write(bin, "npx", "#!/bin/sh\n")
	t.Setenv("PATH", bin)

	installed := t.TempDir()
	write(installed, "node_modules/wrangler/package.json", `{"version": "4.86.0", "bin": {"wrangler": "bin/wrangler.js"}}`)
	write(installed, "packages/api/package.json", `{"name": "api"}`)
	got, err := Find(filepath.Join(installed, "packages/api"))
	if err != nil || got.Version != "4.86.0" || got.Command[1] != filepath.Join(installed, "node_modules/wrangler/bin/wrangler.js") {
		t.Errorf("installed above: %+v, %v", got, err)
	}
	asked := t.TempDir()
	for wants, want := range map[string]string{"^4.80.0": "wrangler@^4.80.0", "catalog:": "wrangler@latest"} {
		write(asked, "package.json", `{"devDependencies": {"wrangler": "`+wants+`"}}`)
		if got, err := Find(asked); err != nil || got.Command[0] != filepath.Join(bin, "npx") || got.Command[2] != want {
			t.Errorf("asked for as %s: %+v, %v", wants, got, err)
		}
	}
	var missing *MissingError
	if got, err := Find(t.TempDir()); !errors.As(err, &missing) || missing.Hint() == "" {
		t.Errorf("nowhere: %+v, %v", got, err)
	}
	t.Setenv("PATH", t.TempDir())
	for _, folder := range []string{installed, asked} {
		if got, err := Find(folder); !errors.As(err, &missing) {
			t.Errorf("without Node: %+v, %v", got, err)
		}
	}
}

func stage(t *testing.T) *Stage {
	t.Helper()
	s, err := Start(API{BaseURL: "http://127.0.0.1:1", Token: "t", Account: "a"}, os.Environ(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
