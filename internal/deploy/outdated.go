package deploy

import (
	"fmt"
	"slices"
)

// Outdated says what has changed between a plan that was approved and the one of now; nothing if it still holds.
// A plan of another environment or account is none that could be forced.
func Outdated(approved, now *Plan) (reasons []Refusal) {
	add := func(format string, args ...any) {
		reasons = append(reasons, Refusal{Message: fmt.Sprintf(format, args...), Forcible: true})
	}
	switch {
	case approved.Environment != now.Environment:
		add("the plan is of %s, and %s is to be deployed", environmentLabel(approved.Environment), environmentLabel(now.Environment))
		reasons[0].Forcible = false
		return reasons
	case approved.Account.ID != now.Account.ID:
		add("the plan is for account %s, and the deploy would go to %s", approved.Account.ID, now.Account.ID)
		reasons[0].Forcible = false
	case approved.Worker.Name != now.Worker.Name:
		add("the plan is of Worker %q, and %q would be deployed", approved.Worker.Name, now.Worker.Name)
	}
	if approved.Digest != now.Digest {
		add("%s has changed since the plan was made", now.Configuration)
	}
	key := func(b PlannedBinding) [4]string { return [4]string{b.Name, b.Type, b.ID, string(b.State)} }
	for _, b := range now.Bindings {
		if !slices.ContainsFunc(approved.Bindings, func(o PlannedBinding) bool { return key(o) == key(b) }) {
			add("%s is not what the plan says: %s now", b.Name, resourceText(b.Type, b.ID, b.Title)+", "+string(b.State))
		}
	}
	for _, c := range now.Changes {
		if !slices.Contains(approved.Changes, c) {
			add("the deploy would %s %s, which is not in the plan", c.Verb, resourceText(c.Type, "", c.Binding+c.Is))
		}
	}
	return reasons
}
