//go:build npm

package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bindery-dev/bindery/internal/kv"
	"github.com/bindery-dev/bindery/internal/kv/memkv"
	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/kvbinding"
)

// TestKVBinding: a Worker that makes every call of a KV binding, right and wrong, sees the
// same on workerd over our namespaces as on miniflare and under wrangler dev, but for
// what kvBindingDifferences says.
func TestKVBinding(t *testing.T) {
	ours := runOnBindery(t, older, memoryNamespace())
	t.Run("on disk as in memory", func(t *testing.T) {
		compareOutcomes(t, ours, runOnBindery(t, older, diskNamespace(t)), nil)
	})
	t.Run("as on miniflare", func(t *testing.T) {
		compareOutcomes(t, ours, runOnMiniflare(t, kvBindingFolder, `{"kvNamespaces":["KV"]}`), differencesFrom(older))
	})
	t.Run("as under wrangler dev "+older.version, func(t *testing.T) {
		compareOutcomes(t, ours, runOnWranglerDev(t, older, kvBindingFolder, kvBindingBindings), differencesFrom(older))
	})
	t.Run("as under wrangler dev "+newest.version, func(t *testing.T) {
		compareOutcomes(t, runOnBindery(t, newest, memoryNamespace()), runOnWranglerDev(t, newest, kvBindingFolder, kvBindingBindings), differencesFrom(newest))
	})
}

// outcome is what the Worker made of a call, as JSON.
type outcome struct{ call, saw string }

func (o *outcome) UnmarshalJSON(text []byte) error {
	var parts [2]json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	var saw bytes.Buffer
	if err := json.Indent(&saw, parts[1], "", " "); err != nil {
		return err
	}
	o.saw = saw.String()
	return json.Unmarshal(parts[0], &o.call)
}

// compareOutcomes wants all the same, but for the calls that differ for a reason.
func compareOutcomes(t *testing.T, ours, theirs []outcome, reasons map[string]string) {
	t.Helper()
	if len(ours) != len(theirs) || len(ours) == 0 {
		t.Fatalf("got %d calls, they made %d", len(ours), len(theirs))
	}
	for i, got := range ours {
		want := theirs[i]
		reason, expected := reasons[got.call]
		switch differs := got != want; {
		case differs && !expected:
			t.Errorf("%s (- theirs, + ours):\n%s", got.call, cmp.Diff(want.saw, got.saw))
		case !differs && expected:
			t.Errorf("%s: both %s; want a difference: %s", got.call, got.saw, reason)
		}
	}
	for call := range reasons {
		if !slices.ContainsFunc(ours, func(o outcome) bool { return o.call == call }) {
			t.Errorf("no call is named %q", call)
		}
	}
}

const (
	kvBindingFolder   = "testdata/kv-binding"
	kvBindingBindings = `"kv_namespaces": [{ "binding": "KV", "id": "00000000000000000000000000000000" }]`
)

func memoryNamespace() kv.Namespace { return memkv.New(memkv.Options{}).Namespace("kv") }

func diskNamespace(t *testing.T) kv.Namespace {
	t.Helper()
	store, err := pebblekv.Open(pebblekv.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store.Namespace("kv")
}

// runOnBindery runs the Worker on a release's workerd, with a namespace of ours behind a socket.
func runOnBindery(t *testing.T, r release, ns kv.Namespace) []outcome {
	t.Helper()
	return runBound(t, r, kvBindingFolder, kvbinding.Handler(func(*http.Request) (kv.Namespace, error) { return ns, nil }, kvbinding.Options{}))
}

// runBound runs the Worker of a folder on a release's workerd, with a handler of ours behind its binding.
func runBound(t *testing.T, r release, folder string, binding http.Handler) []outcome {
	t.Helper()
	dir := shortTempDir(t)
	for _, name := range []string{"worker.js", "config.capnp"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "binding.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: binding}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })

	find := exec.Command(r.node(), "-p", "require('workerd').default")
	find.Dir = r.folder
	program, err := find.Output()
	if err != nil {
		t.Fatalf("workerd is not installed (%v); run: make conformance", err)
	}
	workerd := exec.Command(strings.TrimSpace(string(program)), "serve", "config.capnp", "--control-fd=1")
	workerd.Dir = dir
	startPrinting(t, workerd, regexp.MustCompile(`"event":"listen"`))
	return askWorker(t, "http://worker/", filepath.Join(dir, "main.sock"))
}

// runOnMiniflare runs the Worker of a folder on miniflare, as a program that embeds it would.
func runOnMiniflare(t *testing.T, folder, bindings string) []outcome {
	t.Helper()
	return askWorker(t, startMiniflare(t, filepath.Join(folder, "worker.js"), bindings), "")
}

// startMiniflare returns where a Worker answers that has the bindings given, as miniflare's options.
func startMiniflare(t *testing.T, worker, bindings string) (url string) {
	t.Helper()
	worker, err := filepath.Abs(worker)
	if err != nil {
		t.Fatal(err)
	}
	return startPrinting(t, exec.Command(older.node(), "testdata/kv-binding/miniflare.cjs", worker, bindings), localURL)
}

// runOnWranglerDev runs the Worker of a folder under wrangler dev, as somebody who writes it would.
func runOnWranglerDev(t *testing.T, r release, folder, bindings string) []outcome {
	t.Helper()
	return askWorker(t, startWranglerDev(t, r, func(dir string) {
		text, err := os.ReadFile(filepath.Join(folder, "worker.js"))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "worker.js"), text, 0o600)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "wrangler.jsonc"), fmt.Appendf(nil,
				`{"name": "worker", "main": "worker.js", "compatibility_date": "2026-04-01", %s}`, bindings), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}), "")
}

var localURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// startPrinting starts a program, which the test's end interrupts, and returns what of
// its output says that it is ready.
func startPrinting(t *testing.T, cmd *exec.Cmd, ready *regexp.Regexp) string {
	t.Helper()
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	cmd.WaitDelay = 5 * time.Second // for what it started and left behind
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		defer kill.Stop()
		cmd.Wait()
	})
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if text := ready.FindString(lines.Text()); text != "" {
				select {
				case found <- text:
				default:
				}
			}
		}
	}()
	select {
	case text, ok := <-found:
		if ok {
			return text
		}
	case <-time.After(2 * time.Minute):
	}
	t.Fatalf("%s did not start:\n%s", filepath.Base(cmd.Path), complaints.String())
	return ""
}

// askWorker makes the Worker run, over a unix socket if there is one.
func askWorker(t *testing.T, url, socket string) (outcomes []outcome) {
	t.Helper()
	transport := &http.Transport{}
	if socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, Timeout: 5 * time.Minute}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&outcomes); err != nil {
		t.Fatal(fmt.Errorf("the Worker answered %s: %w", answer.Status, err))
	}
	return outcomes
}

// shortTempDir is a folder whose sockets have names that are short enough.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
