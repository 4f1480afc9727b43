package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// rehearsalVersion counts up when a field of the JSON changes its meaning or goes; new ones may come without.
const rehearsalVersion = 1

// rehearsalJSON is a rehearsal for programs; docs/cli.md documents it.
type rehearsalJSON struct {
	Version     int              `json:"version"`
	Passed      bool             `json:"passed"`
	First       string           `json:"first"` // what to do first; "" when passed
	Config      string           `json:"config"`
	Environment string           `json:"environment"` // "" is the top level
	Worker      string           `json:"worker"`
	Account     accountJSON      `json:"account"`
	Inventory   string           `json:"inventory"` // path; "" when there is none
	Check       json.RawMessage  `json:"check"`     // as `bindery check --format json` prints it
	Resources   []verdictJSON    `json:"resources"`
	Unbound     []unboundJSON    `json:"unbound"` // critical, but not bound
	Created     []createdJSON    `json:"created"`
	Deploy      deployJSON       `json:"deploy"`
	Run         *runJSON         `json:"run"`       // null when no Worker ran
	SelfTest    *selftest.Report `json:"self_test"` // null when there is no KV binding
	TookMS      int64            `json:"took_ms"`
}

// deployJSON is the deploy to the rehearsal's server.
type deployJSON struct {
	Ran      bool     `json:"ran"`
	Reason   string   `json:"reason"` // why it did not run; "" if it did
	Command  string   `json:"command"`
	By       string   `json:"by"`
	Passed   bool     `json:"passed"`
	ExitCode int      `json:"exit_code"`
	Output   string   `json:"output"`    // its end
	Restored []string `json:"restored"`  // files that it wrote to, and that are again as they were
	SilentMS int64    `json:"silent_ms"` // it had printed nothing for so long, and was ended; 0 if it ended by itself
	TookMS   int64    `json:"took_ms"`
}

// runJSON is the Worker on workerd.
type runJSON struct {
	Status    int              `json:"status"` // of its answer to GET /; 0 if none came
	Probe     string           `json:"probe"`  // who proved the bindings from inside: own, or stand-in
	SelfTest  *selftest.Report `json:"self_test"`
	Agreement []agreementJSON  `json:"agreement"`
	Unproven  []string         `json:"unproven"` // bindings that are no KV namespaces: deployed, and not called
	WorkerdMS int64            `json:"workerd_ms"`
}

// agreementJSON is whether the Worker and the API see what the other one wrote.
type agreementJSON struct {
	Binding string `json:"binding"`
	ID      string `json:"id"`
	Agrees  bool   `json:"agrees"`
	Message string `json:"message"` // what differs; "" if nothing does
}

type accountJSON struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	By    string `json:"by"`    // who says that it is this one; "nobody" for a stand-in
	Known bool   `json:"known"` // whether the inventory says what it holds
}

type verdictJSON struct {
	Binding  string        `json:"binding"`
	Type     string        `json:"type"`
	State    string        `json:"state"` // exists, create, missing, foreign, invalid, assumed, none
	Resource resourceJSON  `json:"resource"`
	Refused  bool          `json:"refused"`
	Code     int           `json:"code"`    // Cloudflare's; 0 when it would be accepted
	Message  string        `json:"message"` // in Cloudflare's words
	Path     string        `json:"path"`
	Line     int           `json:"line"`
	Column   int           `json:"column"`
	Holders  []holderJSON  `json:"holders"` // the other accounts that hold it
	Meant    *resourceJSON `json:"meant"`   // what was probably meant; null if nothing stands out
	Help     string        `json:"help"`
}

type resourceJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type holderJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type unboundJSON struct {
	Binding string        `json:"binding"`
	Meant   *resourceJSON `json:"meant"`
}

type createdJSON struct {
	Binding string `json:"binding"`
	Title   string `json:"title"`
}

func (r *rehearsal) writeJSON(w io.Writer) error {
	var findings bytes.Buffer
	if err := report.JSON(&findings, r.findings); err != nil {
		return err
	}
	out := rehearsalJSON{
		Version: rehearsalVersion, Passed: r.passed(), Config: r.config.Path, Inventory: r.inventory,
		Check: findings.Bytes(), Resources: []verdictJSON{}, Unbound: []unboundJSON{}, Created: []createdJSON{},
		TookMS: r.times.total.Milliseconds(), Deploy: r.deployJSON(), Run: r.runJSON(),
	}
	if !out.Passed {
		out.First = r.first()
	}
	if r.env != nil {
		out.Environment, out.Worker = r.env.Name, r.env.WorkerName()
		out.Account = accountJSON{ID: r.account.ID, Name: r.account.Name, By: r.by, Known: r.account.Known}
	}
	for _, v := range r.verdicts {
		out.Resources = append(out.Resources, r.verdictJSON(v))
	}
	for _, u := range r.unbound {
		out.Unbound = append(out.Unbound, unboundJSON{u.name, resourceOrNull(u.meant)})
	}
	for _, c := range r.created {
		out.Created = append(out.Created, createdJSON{c.binding.Text(), c.title})
	}
	if len(r.proof) > 0 {
		proof := selftest.Summarize(r.proof)
		out.SelfTest = &proof
	}
	return writeJSON(w, out)
}

func (r *rehearsal) deployJSON() deployJSON {
	d := r.deployed
	switch {
	case d != nil:
		return deployJSON{
			Ran: true, Command: d.shown, By: d.by, Passed: d.ok(), ExitCode: d.outcome.Code, Restored: append([]string{}, d.restored...),
			Output: strings.Join(lastLines(d.outcome.Output, shownLines), "\n"), TookMS: d.outcome.Took.Milliseconds(),
			SilentMS: d.outcome.Silent.Milliseconds(),
		}
	case r.notDeployed != nil:
		return deployJSON{Reason: r.notDeployed.Error(), Restored: []string{}}
	}
	return deployJSON{Restored: []string{}}
}

func (r *rehearsal) runJSON() *runJSON {
	if r.ran == nil {
		return nil
	}
	j := &runJSON{Status: r.ran.status, Probe: "stand-in", Agreement: []agreementJSON{}, Unproven: []string{}, WorkerdMS: r.times.workerd.Milliseconds()}
	if r.ran.ownProbe {
		j.Probe = "own"
	}
	for _, v := range r.verdicts {
		if v.Binding.Type != wrangler.KVNamespace {
			j.Unproven = append(j.Unproven, v.Binding.Text())
		}
	}
	if len(r.ran.inside) > 0 {
		inside := selftest.Summarize(r.ran.inside)
		j.SelfTest = &inside
	}
	for _, e := range r.ran.exchanges {
		message := ""
		if e.err != nil {
			message = e.err.Error()
		}
		j.Agreement = append(j.Agreement, agreementJSON{e.binding, e.id, e.err == nil, message})
	}
	return j
}

func (r *rehearsal) verdictJSON(v deploy.Verdict) verdictJSON {
	at := r.config.File.Position(v.Span.Start)
	j := verdictJSON{
		Binding: v.Binding.Text(), Type: string(v.Binding.Type), State: string(v.State),
		Resource: resourceJSON(v.Resource), Refused: v.Refused(), Code: v.Code, Message: v.Message,
		Path: r.config.Path, Line: at.Line, Column: at.Column, Holders: []holderJSON{}, Meant: resourceOrNull(v.Meant), Help: v.Help,
	}
	for _, a := range v.Holders {
		j.Holders = append(j.Holders, holderJSON{a.ID, a.Name})
	}
	return j
}

func resourceOrNull(r *deploy.Resource) *resourceJSON {
	if r == nil {
		return nil
	}
	return &resourceJSON{r.ID, r.Name}
}
