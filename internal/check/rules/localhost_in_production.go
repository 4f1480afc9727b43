package rules

import (
	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// localhost-in-production: a variable of production names the developer's own machine, which a deployed Worker
// cannot reach.
var localhostInProduction = &check.Rule{
	ID:       "localhost-in-production",
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a variable of production names localhost",
	Explain:  explain("localhost-in-production"),
	Environment: func(p *check.Pass) {
		if stageOf(p.Env) != productionStage {
			return
		}
		for _, v := range p.Env.Vars {
			if v.Value.Is(syntax.String) && localAddress.MatchString(v.Value.Text) && !callerNames.MatchString(v.Name) {
				p.Report(v.Value.Span, "variable %q %s names this machine", clip(v.Name), at(p.Env)).
					Label("a deployed Worker cannot reach it").
					Help("write the address that production has; that of your machine goes into .dev.vars")
			}
		}
	},
}

var (
	// localAddress is one address and nothing else: a list may name localhost beside others. One with a password
	// is left out: it would be printed.
	localAddress = pattern.New(`(?i)^([a-z][a-z0-9+.-]*://)?(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?#][^\s,;]*)?$`)
	// callerNames are variables that say who may call, and do not say whom to call.
	callerNames = pattern.New(`(?i)origin|cors|allow|trust|proxy`)
)
