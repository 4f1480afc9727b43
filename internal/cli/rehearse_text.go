package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/deploy"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// print writes the report for people: what was rehearsed and on what knowledge, what
// was found in the order in which a deploy would meet it, and on the last line
// whether it holds and where to begin.
func (r *rehearsal) print(s *stream) {
	s = s.visible()
	r.printHead(s)
	r.printFindings(s)
	if r.env != nil {
		r.printVerdicts(s)
		r.printDeploy(s)
		r.printCreated(s)
		r.printRun(s)
		r.printProof(s)
	}
	if r.passed() {
		fmt.Fprintf(s, "\n%s  %s: %s%s\n", s.good("PASS"), r.env.Label(), r.rests(), s.faint("  "+r.timesText()))
		return
	}
	fmt.Fprintf(s, "\n%s  %s: %s. First: %s\n", s.bad("FAIL"), r.subject(), r.against(), r.first())
}

func (r *rehearsal) printHead(s *stream) {
	if r.env == nil {
		fmt.Fprintf(s, "Rehearsing %s\n", r.config.Path)
		return
	}
	worker := r.env.WorkerName()
	if worker == "" {
		worker = "a Worker without a name"
	}
	fmt.Fprintf(s, "Rehearsing %s: %s, %s\n", s.strong(worker), r.config.Path, r.env.Label())
	if r.env.Name == "" && len(r.config.Envs) > 0 {
		var names []string
		for _, e := range r.config.Envs {
			names = append(names, e.Name)
		}
		fmt.Fprintf(s, "  %s: --env names one of %s\n", s.warn("no environment is chosen"), strings.Join(names, ", "))
	}
	if r.env.Node == nil {
		fmt.Fprintf(s, "  %s: wrangler takes the top level, with all its bindings\n", s.warn(r.env.Label()+" is not declared"))
	}
	account, list := nameAndID(r.account)+", from "+r.by, r.env.Command("wrangler kv namespace list")
	switch {
	case r.by == "nobody":
		account, list = "no file names one, so a stand-in is used", "CLOUDFLARE_ACCOUNT_ID=… "+list
	case r.env.AccountID == nil: // wrangler does not read bindery.toml
		list = "CLOUDFLARE_ACCOUNT_ID=" + r.account.ID + " " + list
	}
	fmt.Fprintf(s, "  account    %s\n", account)
	switch {
	case r.inventory == "":
		fmt.Fprintf(s, "  inventory  none: what the account holds is not known\n")
	case r.account.Known:
		fmt.Fprintf(s, "  inventory  %s: %s\n", r.inventory, r.knownAccounts())
	default:
		fmt.Fprintf(s, "  inventory  %s: %s, and nothing of this account\n", r.inventory, r.knownAccounts())
	}
	if len(r.assumedNamespaces()) > 0 {
		fmt.Fprintf(s, "             So ids are %s to be right. To know:\n", s.warn("assumed"))
		fmt.Fprintf(s, "             %s > namespaces.json\n", list)
		fmt.Fprintf(s, "             and then rehearse with --inventory namespaces.json\n")
	}
}

// nameAndID shows an account in full.
func nameAndID(a deploy.Account) string {
	if a.Name == "" {
		return a.ID
	}
	return fmt.Sprintf("%q (%s)", a.Name, a.ID)
}

// nameOrID shows an account in a sentence.
func nameOrID(a deploy.Account) string {
	if a.Name == "" {
		return a.ID
	}
	return fmt.Sprintf("%q", a.Name)
}

// knownAccounts names the accounts of which the inventory says what they hold.
func (r *rehearsal) knownAccounts() string {
	var names []string
	for _, a := range r.accounts {
		if a.Known {
			names = append(names, nameOrID(a))
		}
	}
	return cmp.Or(strings.Join(names, ", "), "no account")
}

func (r *rehearsal) printFindings(s *stream) {
	fmt.Fprintf(s, "\n%s\n", s.strong("check"))
	var text bytes.Buffer
	_ = report.Text(&text, r.findings, s.color) // a buffer takes everything
	fmt.Fprint(s, indented("  ", text.String()))
	if n := countAtLeast(r.findings, check.Error) - len(r.blocking()); n > 0 {
		fmt.Fprintf(s, "  %s not in the way of this deploy, and not counted\n", plural(n, "error is", "errors are"))
	}
}

// printCreated lists what a deploy would make, and what of it was made here.
func (r *rehearsal) printCreated(s *stream) {
	fmt.Fprintf(s, "\n%s\n", s.strong("to be created"))
	for _, c := range r.created {
		fmt.Fprintf(s, "  + KV namespace %q for %s; made here, and proven below\n", c.title, c.binding.Text())
	}
	var others []string
	for _, v := range r.verdicts {
		if v.State == deploy.Create && v.Binding.Type != wrangler.KVNamespace && !v.Refused() {
			others = append(others, v.Resource.Name)
		}
	}
	switch {
	case len(others) > 0 && r.deployed != nil && r.deployed.ok():
		fmt.Fprintln(s, wrap("  + ", strings.Join(others, ", ")+"; by the deploy, as here"))
	case len(others) > 0:
		fmt.Fprintln(s, wrap("  + ", strings.Join(others, ", ")+"; by the deploy only"))
	}
	if len(r.created)+len(others) == 0 {
		fmt.Fprintln(s, "  nothing")
	}
}

// printProof shows the self-test. A binding that was refused above fails at its
// first stage, which needs no second explanation.
func (r *rehearsal) printProof(s *stream) {
	fmt.Fprintf(s, "\n%s\n", s.strong("self-test, over HTTP with a token of this account only"))
	if len(r.proof) == 0 {
		fmt.Fprintln(s, "  the environment has no KV bindings")
		return
	}
	name := 0
	for _, p := range r.proof {
		name = max(name, syntax.Width(p.Binding))
	}
	for _, p := range r.proof {
		printSummary(s, p, name, "")
		if needsWords := !p.Passed() || hasAdvice(p); needsWords && !r.judged(p.Binding) {
			printStages(s, p)
		}
	}
}

// rests says what a pass rests on.
func (r *rehearsal) rests() string {
	proven := len(filter(r.proof, selftest.Result.Passed))
	parts := []string{plural(len(r.verdicts), "binding", "bindings") + " judged", plural(proven, "KV binding", "KV bindings") + " proven"}
	if n := len(r.assumedNamespaces()); n > 0 {
		parts = append(parts, plural(n, "id", "ids")+" only assumed to be right")
	}
	if n := len(r.proof) - proven; n > 0 {
		parts = append(parts, plural(n, "KV binding that is not critical", "KV bindings that are not critical")+" failed")
	}
	if n := len(r.findings); n > 0 {
		parts = append(parts, plural(n, "finding", "findings")+" of check to look at")
	}
	if r.ran != nil {
		parts = append([]string{"deployed", "run"}, parts...)
	} else if r.deployed != nil {
		parts = append([]string{"deployed"}, parts...)
	}
	return strings.Join(parts, ", ")
}

// subject is what failed.
func (r *rehearsal) subject() string {
	if r.env == nil {
		return r.config.Path
	}
	return r.env.Label()
}

// against says how much speaks against the deploy, each thing once.
func (r *rehearsal) against() string {
	var parts []string
	if n := len(r.refused()); n > 0 {
		parts = append(parts, fmt.Sprintf("account %s refuses %d of %d bindings", nameOrID(r.account), n, len(r.verdicts)))
	}
	if n := len(r.unbound); n > 0 {
		parts = append(parts, plural(n, "critical binding", "critical bindings")+" missing")
	}
	if n := len(r.blocking()); n > 0 {
		parts = append(parts, plural(n, "error", "errors")+" in the configuration")
	}
	if r.deployed != nil && !r.deployed.ok() {
		parts = append(parts, "the deploy failed")
	}
	switch {
	case r.ran == nil || r.ran.ok():
	case r.ran.silent():
		parts = append(parts, "the Worker does not answer")
	default:
		parts = append(parts, "its bindings failed from inside")
	}
	unexplained := filter(r.unproven(), func(p selftest.Result) bool { return !r.judged(p.Binding) })
	if n := len(unexplained); n > 0 {
		parts = append(parts, plural(n, "KV binding", "KV bindings")+" failed the self-test")
	}
	return strings.Join(parts, ", ")
}
