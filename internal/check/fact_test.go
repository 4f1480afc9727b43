package check

import (
	"slices"
	"testing"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// What several rules ask of a file is found once a run, and anew in the next.
func TestFact(t *testing.T) {
	var found []string
	ask := func(p *Pass) {
		Fact(p, "path", func() string {
			found = append(found, p.Config.Path)
			return p.Config.Path
		})
	}
	p := &Project{Settings: map[string]*settings.Settings{}}
	for _, path := range []string{"a/wrangler.toml", "b/wrangler.toml"} {
		p.Configs = append(p.Configs, wrangler.Parse(path, []byte("name = \"x\"\n")))
	}
	rules := []*Rule{{ID: "a", Severity: Warning, Config: ask}, {ID: "b", Severity: Warning, Environment: ask}}
	for range 2 {
		found = nil
		Run(p, Options{Rules: rules})
		if want := []string{"a/wrangler.toml", "b/wrangler.toml"}; !slices.Equal(found, want) {
			t.Errorf("found of %q, want once of each of %q", found, want)
		}
	}
}
