package rules

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// heirs lists the test environments that deploy a Worker of their own with what the top level says under
// any of keys. There are none if the top level itself is for tests.
func heirs(c *wrangler.Config, keys ...string) []*wrangler.Environment {
	if c.Pages || stageOf(c.Top) == testStage {
		return nil
	}
	var all []*wrangler.Environment
	for _, env := range c.Envs {
		if stageOf(env) == testStage && env.WorkerName() != c.Top.WorkerName() && inheritsAll(env, keys) {
			all = append(all, env)
		}
	}
	return all
}

// inheritsAll says that an environment has none of the keys for itself.
func inheritsAll(env *wrangler.Environment, keys []string) bool {
	for _, key := range keys {
		if env.Value(key) != env.Config.Top.Value(key) {
			return false
		}
	}
	return true
}

// reportHeirs says once for all of them what they inherit, at the key of the top level.
func reportHeirs(p *check.Pass, heirs []*wrangler.Environment, key *syntax.Field, what string) *check.Draft {
	var names []string
	for _, env := range heirs {
		names = append(names, the(env))
	}
	verb := " inherits "
	if len(heirs) > 1 {
		verb = " inherit "
	}
	found := p.Of(heirs[0]).Report(key.NameAt, "%s", sentence(firstOf(names))+verb+what).Also(heirs...)
	for _, env := range heirs[:min(shownPlaces, len(heirs))] {
		found.Note(env.NameAt, "%s has none of its own", the(env))
	}
	return found
}

// environmentTables is where environments say something for themselves: "env.dev and env.staging".
func environmentTables(envs []*wrangler.Environment, suffix string) string {
	var tables []string
	for _, env := range envs {
		tables = append(tables, strings.TrimSpace(tablePath(env)+suffix))
	}
	return sentence(firstOf(tables))
}
