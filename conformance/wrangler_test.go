//go:build npm

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell runs a wrangler as somebody who holds a token, on behalf of an account.
type shell struct {
	*flat
	wrangler release
	dir      string // home and working directory
	input    string // what is typed
}

// project is what the shells work in: one binding, with a namespace for each use.
const project = `{
	"name": "worker",
	"compatibility_date": "2026-01-01",
	"kv_namespaces": [{ "binding": "KV", "id": "PRODUCTION", "preview_id": "PREVIEW" }],
	"env": { "staging": { "kv_namespaces": [{ "binding": "KV", "id": "STAGING", "preview_id": "SECOND" }] } },
}
`

func (f *flat) shell(t *testing.T, r release) *shell {
	t.Helper()
	s := &shell{flat: f, wrangler: r, dir: t.TempDir()}
	ids := strings.NewReplacer("PRODUCTION", f.production, "PREVIEW", f.preview, "STAGING", f.staging, "SECOND", f.stagingPreview)
	s.file(t, "wrangler.jsonc", []byte(ids.Replace(project)))
	return s
}

// file writes a file into the shell's directory and returns its name.
func (s *shell) file(t *testing.T, name string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// json is file for a value.
func (s *shell) json(t *testing.T, name string, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return s.file(t, name, text)
}

// as returns the shell of somebody else, with another account ("" is none named) or
// token. It has a home of its own: wrangler remembers there which account it found.
func (s *shell) as(t *testing.T, account, token string) *shell {
	t.Helper()
	somebody := *s.flat
	somebody.account, somebody.token = account, token
	return &shell{flat: &somebody, wrangler: s.wrangler, dir: t.TempDir()}
}

// try runs wrangler with args and returns what it printed, and whether it was content.
func (s *shell) try(t *testing.T, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, complaints bytes.Buffer
	cmd := s.command(ctx, t, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("wrangler %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), complaints.String(), err == nil
}

// command is wrangler with args, to be started.
func (s *shell) command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, s.wrangler.node(), append([]string{s.wrangler.program(t)}, args...)...)
	cmd.Dir = s.dir
	cmd.Stdin = strings.NewReader(s.input)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + s.dir,
		"TMPDIR=" + s.dir, // where it keeps what it found out about newer versions
		"CI=1",            // asks nothing
		"NO_COLOR=1",
		"CLOUDFLARE_API_BASE_URL=" + s.house.server.BaseURL(),
		"CLOUDFLARE_API_TOKEN=" + s.token,
		"WRANGLER_LOG_PATH=" + s.dir,
		"WRANGLER_SEND_METRICS=false",
		"WRANGLER_SEND_ERROR_REPORTS=false",
		"npm_registry=http://127.0.0.1:9/",     // where it looks for newer versions; npm's own name for it is not read
		"NODE_COMPILE_CACHE=" + compileCache(), // from Node 22: starts in two thirds of the time
	}
	if s.account != "" {
		cmd.Env = append(cmd.Env, "CLOUDFLARE_ACCOUNT_ID="+s.account)
	}
	return cmd
}

// run is try for what has to work; it returns what wrangler printed.
func (s *shell) run(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, ok := s.try(t, args...)
	if !ok {
		t.Fatalf("wrangler %s failed:\n%s%s", strings.Join(args, " "), stdout, stderr)
	}
	return stdout
}

// refused is try for what must not work; want has to be among what wrangler prints.
func (s *shell) refused(t *testing.T, want string, args ...string) {
	t.Helper()
	stdout, stderr, ok := s.try(t, args...)
	if ok || !strings.Contains(stdout+stderr, want) {
		t.Errorf("wrangler %s: success %v, and said\n%s%s\nwant it refused with %q", strings.Join(args, " "), ok, stdout, stderr, want)
	}
}

// printed runs a command that prints JSON.
func printed[T any](t *testing.T, s *shell, args ...string) (v T) {
	t.Helper()
	text := s.run(t, args...)
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&v); err != nil { // bulk get says Success! after it
		t.Fatalf("wrangler %s printed no JSON: %v\n%.500s", strings.Join(args, " "), err, text)
	}
	return v
}

// program is the script that a user starts.
func (r release) program(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(r.folder, "node_modules", "wrangler", "bin", "wrangler.js"))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("wrangler %s is not installed (%v); run: make conformance", r.version, err)
	}
	return path
}
