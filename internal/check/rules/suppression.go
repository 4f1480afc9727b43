package rules

import "github.com/bindery-dev/bindery/internal/check"

// suppression: a comment meant to silence a rule that silences nothing. check.Run
// reports it, as only it knows what was silenced.
var suppression = &check.Rule{
	ID:       check.Suppression,
	Severity: check.Warning,
	Since:    "0.1",
	Summary:  "a suppression comment that silences nothing",
	Explain:  explain(check.Suppression),
}
