package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/selftest"
)

// gated is what became of a deploy, stage by stage. Where it stopped, what follows is empty.
type gated struct {
	dryRun, canary bool

	findings   []check.Diagnostic
	plan       *planReport
	refusals   []deploy.Refusal // what keeps the gate shut
	overridden []deploy.Refusal // what would, but for --force
	override   *deploy.Override // as it was recorded
	overrides  string           // the file that records it
	approval   string           // by whom

	calls    []*call
	deployed happened // "" if wrangler was not run
	now      serving  // what serves, if that was asked for
	unknown  error    // why the account could not be asked
	version  string   // that was deployed, or uploaded

	first      *proof   // of a canary, before anybody is served by it
	proof      *proof   // of what serves
	rolledBack happened // "" if nothing had to be

	failed error // what stopped it
	exit   int
}

// open says whether wrangler is to be run.
func (g *gated) open() bool { return len(g.refusals) == 0 && !g.dryRun }

func (g *gated) passed() bool {
	if len(g.refusals) > 0 || g.failed != nil {
		return false
	}
	return g.dryRun || g.deployed == happenedYes && g.broken() == nil && g.rolledBack == "" && g.proof.holds()
}

// broken is the call of wrangler that failed, nil if none did.
func (g *gated) broken() *call {
	if at := slices.IndexFunc(g.calls, func(c *call) bool { return c.outcome.Code != 0 }); at >= 0 {
		return g.calls[at]
	}
	return nil
}

// configurationErrors counts what `bindery check` calls an error.
func (g *gated) configurationErrors() (n int) {
	for _, d := range g.findings {
		if d.Severity == check.Error {
			n++
		}
	}
	return n
}

// printPlan shows what is about to be deployed, before anybody is asked.
func (g *gated) printPlan(s *stream) error {
	if err := g.plan.print(s); err != nil {
		return err
	}
	s = s.visible()
	p := &printer{w: s}
	if len(g.refusals)+len(g.overridden) > 0 {
		p.line("")
	}
	planned, forcible := false, len(g.refusals) > 0
	for _, r := range g.refusals {
		forcible = forcible && r.Forcible
		if !r.Planned {
			p.line("%s: %s", s.bad("refused"), r.Message)
		} else if !planned {
			planned = true
			p.line("%s: the plan has errors, shown above", s.bad("refused"))
		}
	}
	if forcible {
		p.line("  → if that is meant, `bindery lock` writes it down; --force REASON overrides it once, and is recorded")
	}
	for _, r := range g.overridden {
		p.line("%s: %s", s.warn("overridden by --force"), r.Message)
	}
	return p.err
}

// print is how it ended, after what was printed meanwhile.
func (g *gated) print(s *stream) error {
	s = s.visible()
	g.first.print(s, "before anybody is served by it")
	g.proof.print(s, "")
	for _, c := range g.calls {
		if len(c.explained) > 0 {
			fmt.Fprintln(s)
			if err := printExplained(s, c.explained); err != nil {
				return err
			}
		}
	}
	p := &printer{w: s}
	if g.override != nil {
		p.line("\nThe override is recorded in %s", g.overrides)
	}
	p.line("")
	word := s.good("PASS")
	switch {
	case !g.passed():
		word = s.bad("FAIL")
	case g.dryRun:
		word = s.good("OK")
	}
	for i, line := range g.outcome() {
		if i == 0 {
			p.line("%s  %s", word, line)
		} else {
			p.line("      %s", line)
		}
	}
	return p.err
}

func (p *proof) print(s *stream, when string) {
	if p == nil {
		return
	}
	fmt.Fprintf(s, "\nself-test, in the account%s\n", prefixed(", ", when))
	printProof(s, p.account, p.titles)
	w := p.worker
	switch {
	case w.state == "":
	case w.results == nil:
		fmt.Fprintf(s, "self-test, through the Worker: %s: %s\n", markedState(s, w.state), w.why)
	default:
		fmt.Fprintf(s, "self-test, through the Worker at %s%s\n", w.at.shown(), prefixed(": ", w.why))
		printProof(s, w.results, func(string) string { return "" })
	}
}

func markedState(s *stream, state workerState) string {
	if state == workerFailed {
		return s.bad(string(state))
	}
	return s.warn(string(state))
}

// outcome says what was and was not done: the first line how it ended, the others what to know and do.
func (g *gated) outcome() (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	env, account := label(g.plan.Environment), accountText(g.plan.Account)
	version := prefixed(" as version ", g.version)
	broken := g.broken()
	switch {
	case len(g.refusals) > 0:
		say("nothing was deployed")
	case g.dryRun:
		say("%s may be deployed to %s; nothing was", env, account)
	case g.rolledBack != "":
		return g.outcomeOfRollBack()
	case g.deployed == happenedUnknown:
		say("whether %s was deployed to %s is not known: wrangler did not end well, and the account did not answer: %v", env, account, g.unknown)
		say("`wrangler deployments list` shows what serves, once it answers; then run this again")
	case g.first != nil && !g.first.holds():
		say("version %s is uploaded to %s, does not hold, and serves nobody: what served before goes on serving", g.version, account)
	case g.deployed == happenedNo && broken != nil && broken.outcome.Code < 0 && g.failed != nil:
		say("wrangler was stopped; %s was not deployed to %s: %s", env, account, g.still())
	case g.deployed == happenedNo && broken != nil:
		say("wrangler ended with exit code %d; %s was not deployed to %s: %s", broken.outcome.Code, env, account, g.still())
	case g.deployed == happenedNo:
		say("%s was not deployed to %s: %s", env, account, g.still())
	case broken != nil:
		say("wrangler did not end well, and yet %s is deployed to %s%s", env, account, version)
		say("what wrangler does after the upload may be missing: routes, cron triggers, consumers of queues; run this again")
	case g.proof == nil || len(g.proof.account) == 0 && g.failed != nil:
		say("%s is deployed to %s%s, and nothing of it was proven", env, account, version)
	case unanswered(g.proof.account):
		say("%s is deployed to %s%s; whether its KV bindings hold is not known, as nobody answered", env, account, version)
	case !g.proof.holds():
		say("%s is deployed to %s%s, and a KV binding does not hold", env, account, version)
	default:
		say("%s is deployed to %s%s, %s proven", env, account, version, plural(len(g.proof.account), "KV binding", "KV bindings"))
	}
	return append(lines, g.notes()...)
}

// still is what serves when a deploy did not come about.
func (g *gated) still() string {
	if g.now.there() {
		return "what served before goes on serving"
	}
	return "there is no such Worker"
}

func (g *gated) outcomeOfRollBack() (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	switch g.rolledBack {
	case happenedYes:
		say("version %s served for a while and does not hold; what served before serves again", g.version)
	case happenedNo:
		say("version %s does not hold, and what served before could not be brought back: %s serves", g.version, g.version)
	default:
		say("version %s does not hold, and whether what served before serves again is not known: %v", g.version, g.unknown)
	}
	if g.rolledBack != happenedYes {
		say("by hand: %s", strings.Join(g.calls[len(g.calls)-1].command, " "))
	}
	say("not taken back: secrets, resources that were made, migrations, and what the version wrote")
	return lines
}

// notes are what one should know of a deploy with --canary.
func (g *gated) notes() (lines []string) {
	switch {
	case !g.canary || g.dryRun || len(g.refusals) > 0:
	case g.first == nil && len(g.calls) > 0 && g.calls[0].command[1] == "deploy":
		lines = append(lines, "--canary: it was the first deploy of this Worker; there was no version to go back to, so it was deployed as it is")
	case g.deployed == happenedYes && g.passed():
		lines = append(lines, "--canary changes no routes and no cron triggers: `wrangler triggers deploy` does")
	case g.deployed == happenedYes && g.proof == nil:
		lines = append(lines, "to go back: wrangler rollback")
	}
	return lines
}

// provenBy is a self-test's data for programs; nil if it was not run.
func provenBy(results []selftest.Result) *selftest.Data {
	if len(results) == 0 {
		return nil
	}
	report := selftest.Summarize(results)
	return &report.Data
}
