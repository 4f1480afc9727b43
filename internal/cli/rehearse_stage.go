package cli

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/selftest"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// shownLines is how much of what a failed command printed a report shows: its end.
const shownLines = 30

// printDeploy shows what the deployer made of it, in its own words where it failed.
func (r *rehearsal) printDeploy(s *stream) {
	if r.deployed == nil {
		fmt.Fprintf(s, "\n%s\n  not run: %s\n", s.strong("deploy"), r.notDeployed)
		if hint := hintOf(r.notDeployed); hint != "" {
			fmt.Fprintln(s, wrap("      → ", hint))
		}
		return
	}
	d := r.deployed
	fmt.Fprintf(s, "\n%s\n", s.strong("deploy, by "+d.by))
	switch {
	case d.ok():
		fmt.Fprintf(s, "  %s %s%s\n", s.good("✓"), d.shown, s.faint("  "+roundTime(d.outcome.Took)))
	case d.silence() != "":
		fmt.Fprintf(s, "  %s %s\n", s.bad("✗"), d.silence())
		printOutput(s, d.outcome.Output)
		fmt.Fprintln(s, wrap("      → ", d.silenceAdvice()))
	case d.outcome.Code != 0:
		fmt.Fprintf(s, "  %s %s failed with exit code %d\n", s.bad("✗"), d.shown, d.outcome.Code)
		printOutput(s, d.outcome.Output)
	default:
		fmt.Fprintf(s, "  %s %s\n", s.bad("✗"), r.nothingDeployed())
	}
	for _, file := range d.restored {
		fmt.Fprintf(s, "  %s %s was written to, and is again as it was\n", s.warn("!"), file)
	}
}

// printOutput quotes the end of what a command printed.
func printOutput(s *stream, output string) {
	for _, line := range lastLines(output, shownLines) {
		fmt.Fprintf(s, "      %s %s\n", s.faint("│"), line)
	}
}

func (r *rehearsal) nothingDeployed() string {
	return fmt.Sprintf("%s ended well, and account %s has no Worker %q", r.deployed.shown, nameOrID(r.account), r.env.WorkerName())
}

// lastLines is the end of what a command printed, without blank lines that follow each other, and without the place of
// a log that is gone.
func lastLines(text string, most int) (lines []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n ")
		afterBlank := len(lines) == 0 || lines[len(lines)-1] == ""
		if line == "" && afterBlank || strings.Contains(line, "Logs were written to") {
			continue
		}
		lines = append(lines, line)
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines[max(0, len(lines)-most):]
}

// printRun shows what the Worker did on workerd.
func (r *rehearsal) printRun(s *stream) {
	if r.deployed == nil || !r.deployed.ok() {
		return
	}
	fmt.Fprintf(s, "\n%s\n", s.strong("run, on workerd"))
	if r.ran == nil {
		fmt.Fprintf(s, "  not run: %s\n", r.notRun)
		if hint := hintOf(r.notRun); hint != "" {
			fmt.Fprintln(s, wrap("      → ", hint))
		}
		return
	}
	switch {
	case r.ran.silent():
		fmt.Fprintf(s, "  %s GET / is %s\n", s.bad("✗"), noAnswer)
	case r.ran.status < http.StatusInternalServerError:
		fmt.Fprintf(s, "  %s GET / is answered with %d\n", s.good("✓"), r.ran.status)
	default:
		why := ""
		if !r.ran.egress {
			why = "; outbound requests are off, --allow-egress lets them out"
		}
		fmt.Fprintf(s, "  %s GET / is answered with %d%s\n", s.warn("!"), r.ran.status, why)
	}
	r.printInside(s)
	if only := r.onlyDeployed(); len(only) > 0 {
		fmt.Fprintln(s, wrap("  deployed, not proven: ", strings.Join(only, ", ")))
	}
}

// noAnswer says what became of a request that nothing came of.
var noAnswer = fmt.Sprintf("not answered within %s: look for a loop in what answers it", answerTime)

// onlyDeployed are the bindings that are no KV namespaces: the deploy has taken them, and nobody has called them.
func (r *rehearsal) onlyDeployed() (names []string) {
	for _, v := range r.verdicts {
		if v.Binding.Type != wrangler.KVNamespace {
			names = append(names, fmt.Sprintf("%s (%s)", v.Binding.Text(), kindPhrase(v.Binding.Type)))
		}
	}
	return names
}

// printInside shows what the KV bindings are from inside the Worker.
func (r *rehearsal) printInside(s *stream) {
	if len(r.ran.inside) == 0 {
		fmt.Fprintln(s, "  the Worker has no KV bindings")
		return
	}
	prover := "the Worker's own probe"
	if !r.ran.ownProbe {
		prover = "a Worker with the same bindings, as this one mounts no probe with the key in " + probeSecret
	}
	fmt.Fprintf(s, "  from inside, by %s:\n", prover)
	name := 0
	for _, p := range r.ran.inside {
		name = max(name, syntax.Width(p.Binding))
	}
	for _, p := range r.ran.inside {
		printSummary(s, p, name, r.agreement(p))
		if !p.Passed() {
			printStages(s, p)
		}
		if e := r.exchangeOf(p.Binding); e != nil && e.err != nil {
			fmt.Fprintln(s, wrap("      "+s.bad("✗")+" ", e.err.Error()))
		}
	}
}

// agreement says whether both sides see what the other one wrote.
func (r *rehearsal) agreement(p selftest.Result) string {
	switch e := r.exchangeOf(p.Binding); {
	case e == nil:
		return "not bound"
	case e.err != nil:
		return "does not agree with the API"
	}
	return "agrees with the API, both ways"
}

func (r *rehearsal) exchangeOf(binding string) *exchange {
	for i, e := range r.ran.exchanges {
		if e.binding == binding {
			return &r.ran.exchanges[i]
		}
	}
	return nil
}

// firstOfStage is where to begin when the deploy or the run failed.
func (r *rehearsal) firstOfStage() string {
	if d := r.deployed; d != nil && !d.ok() {
		if d.outcome.Code == 0 {
			return r.nothingDeployed()
		}
		if silent := d.silence(); silent != "" {
			return silent + "; " + d.silenceAdvice()
		}
		return fmt.Sprintf("%s: %s", d.shown, cmp.Or(errorLine(d.outcome.Output), fmt.Sprintf("exit code %d", d.outcome.Code)))
	}
	if r.ran == nil {
		return ""
	}
	if r.ran.silent() {
		return fmt.Sprintf("%s: GET / is %s", r.env.WorkerName(), noAnswer)
	}
	for _, e := range r.ran.exchanges {
		if e.err != nil {
			return fmt.Sprintf("%s: %s", e.binding, e.err)
		}
	}
	for _, p := range r.ran.inside {
		for _, stage := range p.Stages {
			if !stage.Success && !p.Optional && !p.Critical() {
				return fmt.Sprintf("%s: %s", p.Binding, stage.Message)
			}
		}
	}
	return ""
}

// errorLine is what a command calls its error: for wrangler the paragraph with a code, if there is one.
func errorLine(output string) string {
	first := ""
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		switch {
		case strings.Contains(line, "[code: "):
			return line
		case first == "" && errorWord.MatchString(line):
			first = line
		}
	}
	return first
}

var errorWord = pattern.New(`(?i)\berror\b`)

// timesText says where the time went.
func (r *rehearsal) timesText() string {
	total := roundTime(r.times.total)
	if r.deployed == nil {
		return total
	}
	parts := []string{"deploy " + roundTime(r.times.deploy)}
	if r.ran != nil {
		parts = append(parts, "workerd "+roundTime(r.times.workerd))
	}
	return fmt.Sprintf("%s (%s, bindery %s)", total, strings.Join(parts, ", "), roundTime(r.times.ours()))
}
