package rules

import "github.com/bindery-dev/bindery/internal/check"

// account-mismatch: the team has written down in bindery.toml which account an
// environment belongs to, and wrangler would deploy it to another one.
var accountMismatch = &check.Rule{
	ID:       "account-mismatch",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "account_id is not the account that bindery.toml names",
	Explain:  explain("account-mismatch"),
	Environment: func(p *check.Pass) {
		configured, agreed := p.Project.AccountInConfig(p.Env), p.Project.AccountInSettings(p.Env)
		if agreed.ID == "" || configured.ID == agreed.ID || !hexShape.isGenuine(configured.ID) {
			return
		}
		p.Report(configured.Span, "%s is deployed to %s, but bindery.toml says %s", the(p.Env), configured, agreed).
			NoteIn(agreed.File, agreed.Span, "agreed here").
			Help("wrangler follows account_id: correct whichever of the two is wrong")
	},
}
