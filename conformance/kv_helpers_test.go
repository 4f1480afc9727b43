//go:build npm

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/server"
)

// house is a server with two accounts, for the real wrangler to talk to.
type house struct {
	server           *server.Server
	test, production string // account ids
}

func newHouse(t *testing.T) house {
	t.Helper()
	s, err := server.Open(server.Options{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the server: %v", err)
		}
	})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	h := house{server: s}
	for name, id := range map[string]*string{"Test": &h.test, "Production": &h.production} {
		a, err := s.Platform().EnsureAccount(t.Context(), name, "")
		if err != nil {
			t.Fatal(err)
		}
		*id = a.ID
	}
	return h
}

// namespace makes a namespace behind wrangler's back.
func (h house) namespace(t *testing.T, account, title string) (id string, ns kv.Namespace) {
	t.Helper()
	info, err := h.server.Platform().CreateNamespace(t.Context(), account, "", title)
	if err != nil {
		t.Fatal(err)
	}
	ns, err = h.server.Platform().Namespace(t.Context(), account, info.ID)
	if err != nil {
		t.Fatal(err)
	}
	return info.ID, ns
}

// shell runs wrangler as somebody who holds a token, on behalf of an account.
type shell struct {
	base, account, token string
	dir                  string // home and working directory
}

// shell returns one whose token may edit the accounts given, and all without any.
func (h house) shell(t *testing.T, account string, tokenFor ...string) shell {
	t.Helper()
	token, _, err := h.server.Platform().CreateToken(t.Context(), platform.TokenInfo{Name: t.Name(), Accounts: tokenFor, Permission: platform.Edit})
	if err != nil {
		t.Fatal(err)
	}
	return shell{base: h.server.BaseURL(), account: account, token: token, dir: t.TempDir()}
}

// file writes a file into the shell's directory and returns its name.
func (s shell) file(t *testing.T, name string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// try runs wrangler with args and returns what it printed, and whether it was content.
func (s shell) try(t *testing.T, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	program, err := filepath.Abs("node_modules/wrangler/bin/wrangler.js")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", append([]string{program}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &out, &complaints
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + s.dir,
		"TMPDIR=" + s.dir, // where it keeps what it found out about newer versions
		"CI=1",            // asks nothing
		"NO_COLOR=1",
		"CLOUDFLARE_API_BASE_URL=" + s.base,
		"CLOUDFLARE_API_TOKEN=" + s.token,
		"WRANGLER_LOG_PATH=" + s.dir,
		"WRANGLER_SEND_METRICS=false",
		"WRANGLER_SEND_ERROR_REPORTS=false",
		"npm_registry=http://127.0.0.1:9/", // where it looks for newer versions; npm's own name for it is not read
	}
	if s.account != "" {
		cmd.Env = append(cmd.Env, "CLOUDFLARE_ACCOUNT_ID="+s.account)
	}
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("wrangler %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), complaints.String(), err == nil
}

// run is try for what has to work; it returns what wrangler printed.
func (s shell) run(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, ok := s.try(t, args...)
	if !ok {
		t.Fatalf("wrangler %s failed:\n%s%s", strings.Join(args, " "), stdout, stderr)
	}
	return stdout
}

// refused is try for what must not work; want has to be among what wrangler prints.
func (s shell) refused(t *testing.T, want string, args ...string) {
	t.Helper()
	stdout, stderr, ok := s.try(t, args...)
	if ok || !strings.Contains(stdout+stderr, want) {
		t.Errorf("wrangler %s: success %v, and said\n%s%s\nwant it refused with %q", strings.Join(args, " "), ok, stdout, stderr, want)
	}
}

// printed runs a command that prints JSON.
func printed[T any](t *testing.T, s shell, args ...string) (v T) {
	t.Helper()
	text := s.run(t, args...)
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("wrangler %s printed no JSON: %v\n%.500s", strings.Join(args, " "), err, text)
	}
	return v
}

func numbered(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("key %04d", i)
	}
	return all
}
