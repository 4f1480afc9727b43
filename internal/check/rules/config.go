package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// config: what wrangler itself says of the file. An error stops every wrangler
// command; a warning scrolls past, and for an environment only if that one is selected.
var config = &check.Rule{
	ID:       check.Config,
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "wrangler refuses the configuration, or warns about it",
	Explain:  explain(check.Config),
	Config: func(p *check.Pass) {
		repeat(p, p.Config.Problems)
		for _, env := range environments(p.Config) {
			repeat(p.Of(env), env.Problems)
		}
	},
}

func repeat(p *check.Pass, problems []wrangler.Problem) {
	for _, problem := range problems {
		found := p.Report(problem.Span, "%s", problem.Message).Help("%s", problem.Help)
		if !problem.Error {
			found.Severity(check.Warning)
		}
	}
}
