package cli

import (
	"cmp"
	"slices"

	"github.com/bindery-dev/bindery/internal/apply"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/deploy"
)

// print says what was done, or would be, and what was not.
func (r *application) print(s *stream, dryRun bool) error {
	s = s.visible()
	p := &printer{w: s}
	p.line("%s of %s", s.strong(r.env.Label()), r.env.config.Path)
	p.line("  in account %s, from %s, as locked\n", nameAndID(r.account), r.by)
	for _, v := range r.stuck {
		p.line("  %s %s  %s%s", s.bad("✗"), v.Binding.Text(), v.Message, codeText(v.Code))
		p.line("      at %s", place(r.env.config.File, v.Span))
		p.line("      → %s", v.Help)
	}
	for _, step := range r.steps {
		p.line("  %s %s  %s", s.good("+"), step.Binding.Text(), r.stepText(step, dryRun))
	}
	for _, name := range r.sealed {
		p.line("  %s %s  sealed with a fingerprint", s.good("+"), name)
	}
	if len(r.files) > 0 {
		p.line("")
		if err := report.Diff(s, r.files); p.err == nil {
			p.err = err
		}
	}
	p.line("")
	switch {
	case len(r.stuck) > 0:
		p.line("%s  nothing was done: %s in the configuration", s.bad("FAIL"), plural(len(r.stuck), "binding has to be corrected", "bindings have to be corrected"))
	case r.failed != nil:
		p.line("%s  not all was done. What was is there to stay; run this again to go on", s.bad("FAIL"))
	case dryRun:
		p.line("%s  %s to be done, and nothing was", s.good("OK"), plural(len(r.steps), "step is", "steps are"))
	case len(r.steps)+len(r.sealed)+len(r.files) == 0:
		p.line("%s  all is there already", s.good("OK"))
	default:
		p.line("%s  every binding has its resource in %s", s.good("OK"), nameOrID(r.account))
	}
	return p.err
}

// stepText says what a step does, or did.
func (r *application) stepText(step deploy.Step, dryRun bool) string {
	what := string(step.Binding.Type) + " " + quotedTitle(step.Name)
	at := slices.IndexFunc(r.done, func(d apply.Done) bool { return d.Binding == step.Binding })
	switch {
	case dryRun && step.Adopts():
		return "would take " + what + ", which is there: " + step.ID
	case dryRun:
		return "would make " + what
	case at < 0:
		return "not done: " + what
	case r.done[at].Made:
		return "made " + what + prefixed(" ", r.done[at].ID)
	}
	return "took " + what + ", which was there: " + r.done[at].ID
}

type applyJSON struct {
	Environment string          `json:"environment"` // "" is the top level
	AccountID   string          `json:"account_id"`
	Account     string          `json:"account_name,omitempty"`
	DryRun      bool            `json:"dry_run"`
	Done        bool            `json:"done"` // all of it, or nothing was to be done
	Steps       []applyStepJSON `json:"steps"`
	Sealed      []string        `json:"sealed"`  // bindings whose namespaces were sealed now
	Written     []string        `json:"written"` // files
	Problems    []lockOpenJSON  `json:"problems"`
}

type applyStepJSON struct {
	Binding string `json:"binding"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	ID      string `json:"id,omitempty"`
	Verb    string `json:"verb"` // create or adopt
	Done    bool   `json:"done"`
}

func (r *application) json(dryRun bool) applyJSON {
	j := applyJSON{
		Environment: r.env.Name, AccountID: r.account.ID, Account: r.account.Name, DryRun: dryRun,
		Done:  r.failed == nil && len(r.stuck) == 0 && (!dryRun || len(r.steps) == 0),
		Steps: []applyStepJSON{}, Sealed: append([]string{}, r.sealed...), Written: []string{}, Problems: []lockOpenJSON{},
	}
	for _, step := range r.steps {
		one := applyStepJSON{Binding: step.Binding.Text(), Type: string(step.Binding.Type), Name: step.Name, ID: step.ID, Verb: "create"}
		if step.Adopts() {
			one.Verb = "adopt"
		}
		if at := slices.IndexFunc(r.done, func(d apply.Done) bool { return d.Binding == step.Binding }); at >= 0 {
			one.ID, one.Done = cmp.Or(r.done[at].ID, one.ID), true
			if !r.done[at].Made {
				one.Verb = "adopt"
			}
		}
		j.Steps = append(j.Steps, one)
	}
	for _, c := range r.files {
		j.Written = append(j.Written, c.Path)
	}
	for _, v := range r.stuck {
		j.Problems = append(j.Problems, lockOpenJSON{v.Binding.Text(), string(v.State), v.Code, v.Message + " " + v.Help})
	}
	return j
}
