package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// cron-inherited: an environment for tests runs the cron jobs of the top level, as
// triggers are inherited where bindings are not.
var cronInherited = &check.Rule{
	ID:       "cron-inherited",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "a test environment runs the cron jobs of the top level",
	Explain:  explain("cron-inherited"),
	Seen:     check.Prevalence{Files: 13, Projects: 13},
	Config: func(p *check.Pass) {
		crons := p.Config.Top.Value("triggers").Field("crons")
		if !filled(crons) {
			return
		}
		if envs := heirs(p.Config, "triggers"); len(envs) > 0 {
			reportHeirs(p, envs, crons, "the cron triggers of the top level").
				Label("each deployed Worker runs them").
				Help("if that is not meant, write crons = [] under %s", environmentTables(envs, ".triggers")).
				UnsafeFix("run no cron jobs in "+environmentTables(envs, ""), withoutCrons(envs)...)
		}
	},
}

// withoutCrons writes triggers = { crons = [] } in each environment; nil unless it can be written in all of them.
func withoutCrons(envs []*wrangler.Environment) (edits []syntax.Edit) {
	for _, env := range envs {
		crons := &syntax.Field{Name: "crons", Value: &syntax.Node{Kind: syntax.Array}}
		triggers := &syntax.Node{Kind: syntax.Table, Fields: []*syntax.Field{crons}}
		here := env.Config.File.Add(environmentPath(env), &syntax.Field{Name: "triggers", Value: triggers})
		if len(here) == 0 {
			return nil
		}
		edits = append(edits, here...)
	}
	return edits
}
