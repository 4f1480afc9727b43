package cli

import (
	"strings"

	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/selftest"
)

type gatedJSON struct {
	Passed     bool             `json:"passed"`
	ExitCode   int              `json:"exit_code"`
	DryRun     bool             `json:"dry_run"`
	Errors     int              `json:"configuration_errors"`
	Plan       *planReport      `json:"plan"`
	Refusals   []string         `json:"refused"`
	Override   *overrideJSON    `json:"override,omitempty"`
	Approval   string           `json:"approved,omitempty"` // by whom
	Deployed   happened         `json:"deployed"`           // "no" where wrangler was not run
	Version    string           `json:"version_id,omitempty"`
	Calls      []gatedCallJSON  `json:"wrangler"`
	Deploy     *gatedDeployJSON `json:"deploy"`              // the last of these; null: wrangler was not run
	Why        []explanationOf  `json:"explained,omitempty"` // where wrangler failed
	Canary     *proofJSON       `json:"canary,omitempty"`    // its self-test before it served
	RolledBack happened         `json:"rolled_back,omitempty"`
	SelfTest   *selftest.Data   `json:"self_test"` // in the account; null: it was not run
	Worker     *workerJSON      `json:"worker_self_test"`
	Stages     []stageJSON      `json:"stages"`
	Outcome    []string         `json:"outcome"` // as people read it
}

type overrideJSON struct {
	*deploy.Override
	File string `json:"file"`
}

type gatedDeployJSON struct {
	Command  string `json:"command"`
	ExitCode int    `json:"exit_code"`
	Millis   int64  `json:"took_ms"`
}

type gatedCallJSON struct {
	gatedDeployJSON
	Output []string `json:"output"` // its end
}

// workerJSON is what the Worker said of its own bindings.
type workerJSON struct {
	State workerState    `json:"state"` // passed, failed, not asked
	URL   string         `json:"url,omitempty"`
	Why   string         `json:"why,omitempty"`
	Data  *selftest.Data `json:"data"` // null: it said nothing
}

type proofJSON struct {
	SelfTest *selftest.Data `json:"self_test"`
	Worker   *workerJSON    `json:"worker_self_test"`
}

type stageJSON struct {
	Name    string     `json:"name"`
	State   stageState `json:"state"`
	Message string     `json:"message"`
}

func (g *gated) json() gatedJSON {
	j := gatedJSON{
		Passed: g.passed(), ExitCode: g.exit, DryRun: g.dryRun, Errors: g.configurationErrors(), Plan: g.plan, Refusals: []string{},
		Approval: g.approval, Deployed: g.deployed, Version: g.version, Calls: []gatedCallJSON{}, RolledBack: g.rolledBack, Outcome: g.outcome(),
	}
	if j.Deployed == "" {
		j.Deployed = happenedNo
	}
	for _, r := range g.refusals {
		j.Refusals = append(j.Refusals, r.Message)
	}
	if g.override != nil {
		j.Override = &overrideJSON{g.override, g.overrides}
	}
	for _, c := range g.calls {
		one := gatedDeployJSON{strings.Join(c.command, " "), c.outcome.Code, c.outcome.Took.Milliseconds()}
		j.Calls = append(j.Calls, gatedCallJSON{one, c.end()})
		j.Deploy = &one
		j.Why = append(j.Why, c.explained...)
	}
	if g.first != nil {
		j.Canary = &proofJSON{provenBy(g.first.account), g.first.worker.json()}
	}
	if g.proof != nil {
		j.SelfTest, j.Worker = provenBy(g.proof.account), g.proof.worker.json()
	}
	for _, stage := range g.stages() {
		j.Stages = append(j.Stages, stageJSON{stage.name, stage.state, stage.message})
	}
	return j
}

func (w throughWorker) json() *workerJSON {
	if w.state == "" {
		return nil
	}
	j := &workerJSON{State: w.state, URL: w.at.shown(), Why: w.why}
	if w.report != nil {
		j.Data = &w.report.Data
	}
	return j
}

// endLines is how many lines of wrangler's a report has.
const endLines = 20

// end is how wrangler's output ends.
func (c *call) end() []string {
	lines := strings.Split(strings.TrimRight(c.outcome.Output, "\n"), "\n")
	return append([]string{}, lines[max(0, len(lines)-endLines):]...)
}
