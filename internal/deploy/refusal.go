package deploy

import "fmt"

// Refusal is a reason for the gate to stay shut.
type Refusal struct {
	Message string
	// Forcible: a person may override it, and has to say why. What says that the deploy goes to another account than was
	// agreed to, or that the account would refuse it, never is.
	Forcible bool
	Planned  bool // it stands among the plan's problems
}

// Refusals are a plan's reasons for the gate to stay shut. Where nobody is there to look at it (unattended), everything that
// is deployed has to be in the lock, or else, with a plan that was approved, in that one: approved is nil without one.
func (p *Plan) Refusals(unattended bool, approved *Plan) (all []Refusal) {
	for _, o := range p.Problems {
		if o.Error {
			all = append(all, Refusal{Message: o.Message, Forcible: o.Forcible, Planned: true})
		}
	}
	if p.Account.Agreement == Unlocked {
		all = append(all, Refusal{Message: "nobody has agreed which account this environment belongs to: `bindery lock` writes it down"})
	}
	switch {
	case approved != nil:
		all = append(all, Outdated(approved, p)...)
	case unattended:
		for _, b := range p.Bindings {
			if b.Agreement == Unlocked {
				all = append(all, Refusal{
					Message:  fmt.Sprintf("%s is not in the lock, and --auto wants all that is deployed to be agreed: `bindery lock`", b.Name),
					Forcible: true,
				})
			}
		}
	}
	return all
}

// Force takes out of refusals what may be overridden, if that is all of them: a deploy that is refused in any case overrides
// nothing.
func Force(all []Refusal) (left, overridden []Refusal) {
	for _, r := range all {
		if !r.Forcible {
			return all, nil
		}
	}
	return nil, all
}
