package rules

import (
	"time"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// compatibility-date: the date lies in the future, which Cloudflare refuses; or years back, so that the Worker
// runs on what was since found to be mistakes.
var compatibilityDate = &check.Rule{
	ID:       "compatibility-date",
	Severity: check.Info,
	Since:    "0.1",
	Summary:  "compatibility_date lies in the future, or years back",
	Explain:  explain("compatibility-date"),
	Seen:     check.Prevalence{Files: 14, Projects: 10},
	Unparsed: true,
	Environment: func(p *check.Pass) {
		date := p.Env.Node.Get("compatibility_date") // an inherited one is judged where it stands
		day, err := time.Parse(time.DateOnly, date.Str())
		switch {
		case !date.Is(syntax.String) || err != nil:
		case day.After(latestDay(p.Project.Now())):
			p.Report(date.Span, "compatibility_date %s lies in the future", date.Text).
				Severity(check.Error).
				Label("a deploy fails with code 10021").
				Help("write the day on which the code was last tried, at most today's")
		case day.Before(oldDay):
			p.Report(date.Span, "compatibility_date %s keeps the runtime of that day", date.Text).
				Label("later corrections are not in force").
				Help("move it forward and try the code; single changes can be kept off with compatibility_flags")
		}
	},
}

// oldDay is where old begins: among public configurations nine in ten are later.
var oldDay = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)

// written is when this rule was: a clock that says less is wrong.
var written = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// latestDay is the last day that cannot lie in the future anywhere on earth.
func latestDay(now time.Time) time.Time {
	if now.Before(written) {
		now = written
	}
	return now.UTC().AddDate(0, 0, 1)
}
