//go:build npm

package conformance

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/bindery-dev/bindery/internal/server"
)

// TestClients: clients of Cloudflare's KV API, as their makers publish them, do
// everything they can against one Bindery server. What each is said to have done is
// looked for with our own client; what each can do is docs/compatibility.md.
func TestClients(t *testing.T) {
	h := newHouse(t, server.Throttle{})
	wranglers := newMatrix("wrangler", allCommands)
	libraries := newMatrix("library", calls)
	t.Run("all", func(t *testing.T) {
		for _, r := range []release{older, newest} {
			client := wranglers.column("wrangler " + r.version)
			for _, group := range allCommands {
				t.Run(client, func(t *testing.T) {
					t.Parallel()
					s := h.flat(t, t.Name()).shell(t, r)
					for _, command := range group {
						perform(t, wranglers, client, s, command)
					}
				})
			}
		}
		for _, start := range []func(*testing.T) *library{goSDK, olderGoSDK, typeScriptSDK} {
			l := start(t)
			client := libraries.column(l.name)
			t.Run(client, func(t *testing.T) {
				t.Parallel()
				u := &user{flat: h.flat(t, client), library: l}
				for _, group := range calls {
					for _, call := range group {
						perform(t, libraries, client, u, call)
					}
				}
			})
		}
	})
	checkCompatibility(t, wranglers, libraries)
}

// allCommands are those of wrangler on KV, and on Workers.
var allCommands = slices.Concat(commands, workerCommands)

// compileCache is where Node keeps what it compiled, between starts and between runs.
var compileCache = sync.OnceValue(func() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		folder = os.TempDir()
	}
	return filepath.Join(folder, "bindery-conformance")
})
