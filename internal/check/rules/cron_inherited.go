package rules

import "github.com/bindery-dev/bindery/internal/check"

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
				Help("if that is not meant, write crons = [] under %s", environmentTables(envs, ".triggers"))
		}
	},
}
