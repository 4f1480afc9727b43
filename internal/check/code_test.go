package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/source"
)

// Environments and files that share a main share its code, which is read once a run.
func TestCodeIsShared(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"wrangler.toml":      "main = 'index.js'\n[env.staging]\n[env.odd]\nmain = 'odd.js'\n",
		"wrangler.test.toml": "main = './index.js'\n",
		"index.js":           "export default { fetch: (request, env) => env.CACHE.get('a') }",
		"odd.js":             "export default { fetch: (request, env) => env.OTHER.get('a') }",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	project, err := check.LoadProject([]string{filepath.Join(dir, "wrangler.toml"), filepath.Join(dir, "wrangler.test.toml")})
	if err != nil {
		t.Fatal(err)
	}
	places := map[*source.Program]int{}
	rule := &check.Rule{ID: "probe", Environment: func(p *check.Pass) { places[p.Project.Code(p.Env)]++ }}
	check.Run(project, check.Options{Rules: []*check.Rule{rule}})
	if len(places) != 2 || places[nil] != 0 {
		t.Errorf("four environments with two mains have %d programs (%d have none), want 2", len(places), places[nil])
	}
}
