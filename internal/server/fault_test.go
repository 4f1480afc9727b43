package server_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/bindery-dev/bindery/internal/kv/pebblekv"
	"github.com/bindery-dev/bindery/internal/server"
)

// brokenDisk is set in the process that TestDiskFails happens in.
const brokenDisk = "BINDERY_TEST_BROKEN_DISK"

// TestDiskFails: a server whose disk takes no more writes answers each of them 503 with
// its code, says so where it is asked for its health, and goes on answering reads. Started
// again on a mended disk, it has what was acknowledged.
func TestDiskFails(t *testing.T) {
	if os.Getenv(brokenDisk) == "" {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDiskFails$", "-test.v")
		cmd.Env = append(os.Environ(), brokenDisk+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	for name, err := range map[string]error{"disk full": syscall.ENOSPC, "sync fails": syscall.EIO} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var broken atomic.Bool
			disk := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
				isSync := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo
				if broken.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && (isSync || err == syscall.ENOSPC) {
					return &fs.PathError{Op: "write", Path: op.Path, Err: err}
				}
				return nil
			}))
			o := server.OnDisk(server.Options{Data: t.TempDir()}, func(o *pebblekv.Options) { o.FS = disk })
			s, openErr := server.Open(o)
			if openErr != nil {
				t.Fatal(openErr)
			}
			if err := s.Listen(); err != nil {
				t.Fatal(err)
			}
			n := tenantOf(t, s)
			ask := func(method, path, body string, want int, says string) {
				t.Helper()
				status, got, err := fetch(t, method, n.URL()+path, n.token, body)
				if err != nil || status != want || !strings.Contains(got, says) {
					t.Errorf("%s %s: got %d %.200s, %v; want %d …%s…", method, path, status, got, err, want, says)
				}
			}
			ask("PUT", n.namespace+"/values/kept", "kept", 200, "")
			ask("PUT", n.namespace+"/values/gone", "v", 200, "")

			broken.Store(true)
			for range 2 {
				ask("PUT", n.namespace+"/values/new", "v", 503, `"code":10001`)
				ask("PUT", n.namespace+"/values/large", strings.Repeat("v", 200<<10), 503, `"code":10001`)
				ask("PUT", n.namespace+"/bulk", `[{"key":"new","value":"v"}]`, 503, `"code":10001`)
				ask("DELETE", n.namespace+"/values/gone", "", 503, `"code":10001`)
				ask("POST", path.Dir(n.namespace), `{"title":"another"}`, 503, `"code":10001`)
				for _, asked := range []string{"/healthz", "/readyz"} {
					ask("GET", asked, "", 503, `"status":"failing"`)
					ask("GET", asked, "", 503, err.Error())
				}
				ask("GET", n.namespace+"/values/kept", "", 200, "kept")
				ask("GET", n.namespace+"/keys", "", 200, `"kept"`)
				ask("GET", "/metrics", "", 200, "bindery_ready 0")
			}
			if err := s.Close(); err == nil {
				t.Error("Close says nothing of the disk")
			}

			broken.Store(false)
			again, openErr := server.Open(o)
			if openErr != nil {
				t.Fatal(openErr)
			}
			defer func() {
				if err := again.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}()
			if err := again.Listen(); err != nil {
				t.Fatal(err)
			}
			for asked, want := range map[string]string{"/healthz": `"status":"ok"`, n.namespace + "/values/kept": "kept"} {
				status, body, err := fetch(t, "GET", again.URL()+asked, n.token, "")
				if err != nil || status != 200 || !strings.Contains(body, want) {
					t.Errorf("%s after a restart: got %d %s, %v; want 200 %s", asked, status, body, err, want)
				}
			}
		})
	}
}
