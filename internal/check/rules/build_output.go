package rules

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// build-output: a build for cf left its output beside a configuration, so that wrangler refuses to deploy from there. What
// the output binds is not compared: it was made from a cloudflare.config.ts, and its layout changes with each version.
var buildOutput = &check.Rule{
	ID:       "build-output",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a build for the cf command line keeps wrangler from deploying",
	Explain:  explain("build-output"),
	Unparsed: true,
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		firsts := map[string]*wrangler.Config{} // by folder: one deletion mends all of its files
		for _, c := range p.Project.Configs {
			if c.Redirect != nil || c.Pages { // pages deploy does not mind
				continue
			}
			dir := filepath.Dir(c.Path)
			if firsts[dir] == nil || wrangler.IsFound(c.Path) && !wrangler.IsFound(firsts[dir].Path) {
				firsts[dir] = c
			}
		}
		for _, dir := range slices.Sorted(maps.Keys(firsts)) {
			if wrangler.BuildOutput(dir) == "" {
				continue
			}
			c := firsts[dir]
			p.Of(c.Top).Report(claim(c), "wrangler deploy refuses to run: a build for cf left .cloudflare/output beside this file").
				Help("delete .cloudflare/output if it is left over, or run `cf deploy`, which does not read this file")
		}
	},
}
