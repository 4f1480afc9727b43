package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// site-legacy: [site] is how static files were served before assets, out of a KV namespace that every deploy fills.
var siteLegacy = &check.Rule{
	ID:       "site-legacy",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "static files are served the old way, with site",
	Explain:  explain("site-legacy"),
	Seen:     check.Prevalence{Files: 10, Projects: 7},
	Unparsed: true,
	Config: func(p *check.Pass) {
		top := p.Config.Top
		site := top.Node.Field("site")
		if p.Config.Pages || !p.Config.File.Root.Get("site", "bucket").Is(syntax.String) {
			return
		}
		for _, env := range environments(p.Config) {
			if assets := env.Node.Field("assets"); filled(assets) {
				p.Of(env).Report(assets.NameAt, "assets %s stands beside site", at(env)).Severity(check.Error).
					Label("a deploy stops: a Worker has one or the other").
					Note(site.NameAt, "the old way").
					Help("take [site] out")
				return
			}
		}
		p.Of(top).Report(site.NameAt, "site is the old way to serve static files").
			Label("each deploy writes them into a KV namespace").
			Help("serve the folder as assets, without any code: assets = { directory = … }")
	},
}
