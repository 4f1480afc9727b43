package cli

import (
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/selftest"
)

func (g *gated) passed() bool {
	if len(g.refusals) > 0 || g.outcome != nil && g.outcome.Code != 0 {
		return false
	}
	return selftest.Summarize(g.proof).Data.CriticalTestsPassed || len(g.proof) == 0
}

// printPlan shows what is about to be deployed, before anybody is asked.
func (g *gated) printPlan(s *stream) error {
	if err := g.plan.print(s); err != nil {
		return err
	}
	p := &printer{w: s}
	if len(g.refusals) > 0 {
		p.line("")
	}
	for _, refusal := range g.refusals {
		p.line("%s: %s", s.bad("refused"), refusal)
	}
	return p.err
}

// print is how it ended.
func (g *gated) print(s *stream, dryRun bool) error {
	s = s.visible()
	if len(g.proof) > 0 {
		fmt.Fprintf(s, "\nself-test, in the account\n")
		printProof(s, g.proof, g.titles)
	}
	if len(g.explained) > 0 {
		fmt.Fprintln(s)
		if err := printExplained(s, g.explained); err != nil {
			return err
		}
	}
	p := &printer{w: s}
	p.line("")
	switch account := accountText(g.plan.Account); {
	case len(g.refusals) > 0:
		p.line("%s  nothing was deployed", s.bad("FAIL"))
	case dryRun:
		p.line("%s  %s may be deployed to %s; nothing was", s.good("OK"), label(g.plan.Environment), account)
	case g.outcome.Code != 0:
		p.line("%s  wrangler ended with exit code %d", s.bad("FAIL"), g.outcome.Code)
	case !g.passed():
		p.line("%s  %s is deployed to %s, and a KV binding does not hold", s.bad("FAIL"), label(g.plan.Environment), account)
	default:
		p.line("%s  %s is deployed to %s, %s proven", s.good("PASS"), label(g.plan.Environment), account, plural(len(g.proof), "KV binding", "KV bindings"))
	}
	return p.err
}

type gatedJSON struct {
	Passed   bool             `json:"passed"`
	DryRun   bool             `json:"dry_run"`
	Errors   int              `json:"configuration_errors"`
	Plan     *planReport      `json:"plan"`
	Refusals []string         `json:"refused"`
	Deploy   *gatedDeployJSON `json:"deploy"`              // null: wrangler was not run
	Why      []explanationOf  `json:"explained,omitempty"` // where wrangler failed
	SelfTest *selftest.Data   `json:"self_test"`           // null: it was not run
}

type gatedDeployJSON struct {
	Command  string `json:"command"`
	ExitCode int    `json:"exit_code"`
	Millis   int64  `json:"took_ms"`
}

func (g *gated) json(dryRun bool) gatedJSON {
	j := gatedJSON{Passed: g.passed(), DryRun: dryRun, Plan: g.plan, Refusals: append([]string{}, g.refusals...), Why: g.explained}
	for _, d := range g.findings {
		if d.Severity == check.Error {
			j.Errors++
		}
	}
	if g.outcome != nil {
		j.Deploy = &gatedDeployJSON{strings.Join(g.command, " "), g.outcome.Code, g.outcome.Took.Milliseconds()}
	}
	if len(g.proof) > 0 {
		report := selftest.Summarize(g.proof)
		j.SelfTest = &report.Data
	}
	return j
}
