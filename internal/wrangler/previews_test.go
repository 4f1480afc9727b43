package wrangler

import (
	"strings"
	"testing"
)

// What a previews block binds is its own: neither does it inherit from the environment, nor is it inherited.
func TestPreviews(t *testing.T) {
	const src = `
kv_namespaces = [{ binding = "CACHE", id = "deployed" }]

[previews]
kv_namespaces = [{ binding = "CACHE", id = "previewed" }]
queues = { producers = [{ binding = "JOBS", queue = "jobs-preview" }] }
assets = { directory = "dist" }

[env.production]
vars = { A = "b" }

[env.staging.previews]
ai = { binding = "AI" }
`
	c := Parse("wrangler.toml", []byte(src))
	for env, want := range map[*Environment]string{
		c.Top:     "kv_namespace CACHE previewed, queue JOBS jobs-preview",
		c.Envs[0]: "",
		c.Envs[1]: "ai AI ",
	} {
		var got []string
		for _, b := range env.Previews() {
			got = append(got, string(b.Type)+" "+b.Text()+" "+b.Resource().Str())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("previews of %s in%s\nbind %q, want %q", env.Label(), src, got, want)
		}
	}
}
