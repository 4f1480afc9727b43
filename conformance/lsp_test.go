//go:build npm && unix

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
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rightFile has nothing to find; with the id of wrongFile it has id-invalid.
const (
	rightFile = `name = "api" # 🗝 ключ
main = "src/index.ts"
compatibility_date = "2026-04-01"

[[kv_namespaces]]
binding = "CACHE"
id = "%s"
`
	someID    = "8c4f2e7a91d3450bb6e0f1a2c3d4e5f6"
	unfilled  = "your-kv-id"
	foundOfIt = "id-invalid"
)

// TestEditor: what VS Code speaks the Language Server Protocol with is content with bindery lsp.
func TestEditor(t *testing.T) {
	e := newEditor(t)
	right, wrong, other := folder(t, someID), folder(t, unfilled), folder(t, unfilled)
	for _, test := range []struct {
		scene   string
		folders []string
		want    map[string]any
	}{
		{"session", []string{right}, map[string]any{
			"sync":     1.0,
			"watched":  []any{"workspace/didChangeWatchedFiles"},
			"opened":   []any{},
			"typed":    []any{"config"},
			"hover":    "**config: wrangler refuses the configuration, or warns about it**",
			"links":    []any{"inheritable-keys", "inheritable-keys", "inheritable-keys"},
			"fix":      "rename kv-namespaces to kv_namespaces",
			"restored": true,
			"fixed":    []any{},
			"exit":     0.0,
		}},
		{"folders", []string{wrong, other}, map[string]any{
			"first":   []any{foundOfIt},
			"second":  []any{foundOfIt},
			"unsaved": []any{foundOfIt},
			"removed": []any{},
			"exit":    0.0,
		}},
	} {
		t.Run(test.scene, func(t *testing.T) {
			if diff := cmp.Diff(test.want, e.play(t, test.scene, test.folders...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for name, test := range map[string]func(*testing.T, editor){"typing": testTyping, "latency": testLatency, "kill": testKill} {
		t.Run(name, func(t *testing.T) { test(t, e) })
	}
}

// testTyping: a hundred changes in one go are judged together.
func testTyping(t *testing.T, e editor) {
	got := e.play(t, "typing", folder(t, someID))
	if judged := got["judged"].(float64); judged > 10 {
		t.Errorf("100 changes were judged %v times", judged)
	}
}

// testLatency: in a repository of 50 configurations a finding follows a change before one looks for it.
func testLatency(t *testing.T, e editor) {
	dir := t.TempDir()
	for i := range 50 {
		text := strings.Replace(fmt.Sprintf(rightFile, someID), "api", fmt.Sprint("api", i), 1)
		writeFile(t, filepath.Join(dir, fmt.Sprint("worker", i), "wrangler.toml"), text)
	}
	took := e.play(t, "latency", filepath.Join(dir, "worker0"), dir)["milliseconds"].(float64)
	t.Logf("%v ms from a change to its findings", took)
	if took > 1000 {
		t.Errorf("%v ms from a change to its findings", took)
	}
}

// testKill: whatever kills the editor, the server does not outlive it.
func testKill(t *testing.T, e editor) {
	cmd := e.command(t.Context(), "wait", folder(t, unfilled))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var server struct{ PID int }
	decodeErr := json.NewDecoder(out).Decode(&server)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if decodeErr != nil {
		t.Fatal(decodeErr)
	}
	for range 100 {
		if err := syscall.Kill(server.PID, 0); errors.Is(err, syscall.ESRCH) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = syscall.Kill(server.PID, syscall.SIGKILL)
	t.Error("the server still runs 5 s after its editor was killed")
}

// editor is a program that plays scenes with our language server.
type editor struct{ bindery string }

func newEditor(t *testing.T) editor {
	t.Helper()
	if _, err := os.Stat("node_modules/vscode-languageserver-protocol"); err != nil {
		t.Fatal("vscode-languageserver-protocol is not installed; run: make conformance")
	}
	bindery := filepath.Join(t.TempDir(), "bindery")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bindery, "../cmd/bindery").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return editor{bindery}
}

func (e editor) command(ctx context.Context, scene string, folders ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "node", append([]string{"lsp-client.mjs", e.bindery, scene}, folders...)...)
}

// play returns what a scene came to.
func (e editor) play(t *testing.T, scene string, folders ...string) map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := e.command(ctx, scene, folders...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &complaints)
	}
	var came map[string]any
	if err := json.Unmarshal(out, &came); err != nil {
		t.Fatalf("%s printed %q: %v", cmd, out, err)
	}
	return came
}

// folder holds one configuration that binds the namespace id.
func folder(t *testing.T, id string) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "wrangler.toml"), fmt.Sprintf(rightFile, id))
	return dir
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
