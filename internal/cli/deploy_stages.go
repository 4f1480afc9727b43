package cli

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/selftest"
)

// stageState is what became of a part of a deploy.
type stageState string

const (
	stagePassed stageState = "passed"
	stageFailed stageState = "failed"
	stageNotRun stageState = "not run" // and for a Worker that was not asked
)

// gatedStage is a part of a deploy, as JUnit and Markdown show them.
type gatedStage struct {
	name    string
	state   stageState
	message string // one line
	detail  string // what stands behind it
}

func stateOf(passed bool) stageState {
	if passed {
		return stagePassed
	}
	return stageFailed
}

// stages are the parts of a deploy in their order, those that were not come to among them.
func (g *gated) stages() []gatedStage {
	all := []gatedStage{
		{"check", stateOf(g.configurationErrors() == 0 || len(g.overridden) > 0 && g.open()), plural(g.configurationErrors(), "error", "errors") + " in the configuration", ""},
		g.planStage(), g.lockStage(), g.approvalStage(),
	}
	for _, c := range g.calls {
		all = append(all, c.stage())
		if g.first != nil && c.command[1] == "versions" && c.command[2] == "upload" {
			all = append(all, g.first.stages("canary: ")...)
		}
	}
	if len(g.calls) == 0 {
		all = append(all, gatedStage{"wrangler", stageNotRun, "nothing was deployed", ""})
	}
	if g.proof == nil {
		for _, name := range []string{"self-test in the account", "fingerprints", "self-test through the Worker"} {
			all = append(all, gatedStage{name, stageNotRun, "it was not come to", ""})
		}
		return all
	}
	return append(all, g.proof.stages("")...)
}

func (g *gated) planStage() gatedStage {
	var detail []string
	for _, o := range g.plan.Problems {
		if o.Error {
			detail = append(detail, o.Message+codeText(o.Code)+prefixed("; ", o.Help))
		}
	}
	left := false
	for _, r := range g.refusals {
		left = left || r.Planned
	}
	return gatedStage{"plan", stateOf(!left), g.plan.summary(), strings.Join(detail, "\n")}
}

func (g *gated) lockStage() gatedStage {
	var detail []string
	for _, r := range g.refusals {
		if !r.Planned {
			detail = append(detail, r.Message)
		}
	}
	stage := gatedStage{"lock", stateOf(len(detail) == 0 && g.plan.Account.Agreement == deploy.Agrees), "the account is what was agreed", ""}
	switch {
	case g.plan.Account.Agreement != deploy.Agrees:
		stage.message = "the account is not one that was agreed to"
	case len(g.overridden) > 0:
		for _, r := range g.overridden {
			detail = append(detail, "overridden: "+r.Message)
		}
		stage.message = plural(len(g.overridden), "disagreement", "disagreements") + " overridden by --force"
		if g.override != nil {
			stage.message += " of " + g.override.Who + ": " + g.override.Reason
		}
	case len(detail) > 0:
		stage.message = plural(len(detail), "reason", "reasons") + " to refuse it"
	}
	stage.detail = strings.Join(detail, "\n")
	return stage
}

func (g *gated) approvalStage() gatedStage {
	if g.approval == "" {
		return gatedStage{"approval", stageNotRun, "nobody was asked", ""}
	}
	return gatedStage{"approval", stagePassed, "approved " + g.approval, ""}
}

func (c *call) stage() gatedStage {
	message := fmt.Sprintf("exit code %d after %s", c.outcome.Code, roundTime(c.outcome.Took))
	if c.outcome.Code < 0 {
		message = "it was stopped"
	}
	return gatedStage{strings.Join(c.command[:min(3, len(c.command))], " "), stateOf(c.outcome.Code == 0), message, strings.Join(c.end(), "\n")}
}

func (p *proof) stages(prefix string) []gatedStage {
	return []gatedStage{
		tested(prefix+"self-test in the account", p.account), p.fingerprints(prefix), p.worker.stage(prefix),
	}
}

// tested is what became of the stages of each binding.
func tested(name string, results []selftest.Result) gatedStage {
	failed := 0
	var detail []string
	for _, r := range results {
		if !r.Critical() && !r.Optional {
			failed++
		}
		detail = append(detail, r.Binding+": "+resultWord(r))
		for _, s := range r.Stages {
			if !s.Success && !s.Skipped {
				detail = append(detail, "  "+s.Name+": "+s.Message)
			}
		}
	}
	message := plural(len(results), "KV binding holds", "KV bindings hold")
	if failed > 0 {
		message = fmt.Sprintf("%d of %s", failed, plural(len(results), "KV binding does not hold", "KV bindings do not hold"))
	}
	return gatedStage{name, stateOf(failed == 0), message, strings.Join(detail, "\n")}
}

func (p *proof) fingerprints(prefix string) gatedStage {
	ok, sealed := true, 0
	var detail []string
	for _, r := range p.account {
		if f := r.Fingerprint; f != nil {
			sealed++
			ok = ok && !f.Failed()
			detail = append(detail, fmt.Sprintf("%s: %s: %s", r.Binding, f.State, f.Message))
		}
	}
	if sealed == 0 {
		return gatedStage{prefix + "fingerprints", stageNotRun, "no namespace is sealed", ""}
	}
	return gatedStage{prefix + "fingerprints", stateOf(ok), plural(sealed, "fingerprint", "fingerprints") + " read", strings.Join(detail, "\n")}
}

func (w throughWorker) stage(prefix string) gatedStage {
	name := prefix + "self-test through the Worker"
	switch {
	case w.state == "":
		return gatedStage{name, stageNotRun, "it was not come to", ""}
	case w.state == workerNotAsked:
		return gatedStage{name, stageNotRun, string(workerNotAsked) + ": " + w.why, ""}
	case w.results == nil:
		return gatedStage{name, stageFailed, w.why, ""}
	}
	stage := tested(name, w.results)
	stage.state = stateOf(w.state == workerPassed)
	stage.message += " at " + w.at.shown() + prefixed("; ", w.why)
	return stage
}
