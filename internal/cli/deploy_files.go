package cli

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// reportFile is a file of --report. It is opened before anything is deployed, so that nothing is without its report, and
// takes its name when it is whole.
type reportFile struct {
	path, form string
	temporary  *os.File
}

type reportFiles []*reportFile

func (o *deployOptions) openReports() (files reportFiles, err error) {
	forms := map[string]string{".json": formatJSON, ".xml": formatJUnit, ".md": formatMarkdown, ".markdown": formatMarkdown}
	for _, path := range o.reports {
		f := &reportFile{path: path, form: formatText}
		if form, known := forms[strings.ToLower(filepath.Ext(path))]; known {
			f.form = form
		}
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			files.abandon()
			return nil, usagef("--report %s is no file", path)
		}
		if f.temporary, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*"); err != nil {
			files.abandon()
			return nil, fmt.Errorf("write the report: %w", err)
		}
		files = append(files, f)
	}
	return files, nil
}

// abandon removes what did not become a report.
func (files reportFiles) abandon() {
	for _, f := range files {
		_ = f.temporary.Close() // closed already where it has become one
		_ = os.Remove(f.temporary.Name())
	}
}

// report writes all forms of the report: to standard output, and to files.
func (d *delivery) report(files reportFiles) (err error) {
	for _, f := range files {
		one := d.g.write(&stream{Writer: f.temporary}, f.form, true)
		one = errors.Join(one, f.temporary.Chmod(0o644), f.temporary.Sync(), f.temporary.Close())
		if one == nil {
			one = os.Rename(f.temporary.Name(), f.path)
		}
		err = errors.Join(err, one)
	}
	return errors.Join(err, d.g.write(d.out, d.format.name, false))
}

// write writes the report in one form. Text on a terminal has the plan, and what wrangler said, before it already.
func (g *gated) write(s *stream, form string, whole bool) error {
	switch form {
	case formatJSON:
		return writeJSON(s, g.json())
	case formatJUnit:
		return g.printJUnit(s.visible())
	case formatMarkdown:
		return g.printMarkdown(s.visible())
	}
	if whole {
		if err := g.printPlan(s); err != nil {
			return err
		}
		for _, c := range g.calls {
			fmt.Fprintf(s.visible(), "\n%s\n  %s\n", strings.Join(c.command, " "), strings.Join(c.end(), "\n  "))
		}
	}
	return g.print(s)
}

type junitDeploy struct {
	XMLName  xml.Name         `xml:"testsuites"`
	Name     string           `xml:"name,attr"`
	Tests    int              `xml:"tests,attr"`
	Failures int              `xml:"failures,attr"`
	Skipped  int              `xml:"skipped,attr"`
	Suite    junitDeploySuite `xml:"testsuite"`
}

type junitDeploySuite struct {
	Name     string            `xml:"name,attr"`
	Tests    int               `xml:"tests,attr"`
	Failures int               `xml:"failures,attr"`
	Errors   int               `xml:"errors,attr"` // always 0
	Skipped  int               `xml:"skipped,attr"`
	Cases    []junitDeployCase `xml:"testcase"`
	Output   string            `xml:"system-out"`
}

type junitDeployCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Failure *junitReason `xml:"failure"`
	Skipped *junitReason `xml:"skipped"`
	Output  string       `xml:"system-out,omitempty"`
}

type junitReason struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// printJUnit writes a test for each stage; one that was not come to, or a Worker that was not asked, is skipped.
func (g *gated) printJUnit(w io.Writer) error {
	class := "bindery deploy " + label(g.plan.Environment)
	suite := junitDeploySuite{Name: class, Output: strings.Join(g.outcome(), "\n")}
	for _, stage := range g.stages() {
		c := junitDeployCase{Class: class, Name: stage.name}
		switch stage.state {
		case stageFailed:
			suite.Failures++
			c.Failure = &junitReason{stage.message, stage.detail}
		case stageNotRun:
			suite.Skipped++
			c.Skipped = &junitReason{Message: stage.message}
		default:
			c.Output = strings.TrimSpace(stage.message + "\n" + stage.detail)
		}
		suite.Cases = append(suite.Cases, c)
	}
	if suite.Failures == 0 && !g.passed() { // stopped between two stages
		suite.Failures++
		suite.Cases = append(suite.Cases, junitDeployCase{Class: class, Name: "outcome", Failure: &junitReason{Message: g.outcome()[0]}})
	}
	suite.Tests = len(suite.Cases)
	text, err := xml.MarshalIndent(junitDeploy{Name: "bindery deploy", Tests: suite.Tests, Failures: suite.Failures, Skipped: suite.Skipped, Suite: suite}, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

// printMarkdown is the report as a comment on a pull request, or a summary of a job.
func (g *gated) printMarkdown(w io.Writer) error {
	p := &printer{w: w}
	outcome := g.outcome()
	p.line("### Deploy of %s of `%s`: %s\n", label(g.plan.Environment), g.plan.Configuration, map[bool]string{true: "PASS", false: "**FAIL**"}[g.passed()])
	p.line("%s.\n", upperFirst(outcome[0]))
	for _, line := range outcome[1:] {
		p.line("- %s", line)
	}
	if len(outcome) > 1 {
		p.line("")
	}
	p.line("Exit code %d.\n", g.exit)
	p.line("| stage | state | |\n|---|---|---|")
	for _, stage := range g.stages() {
		state := string(stage.state)
		if stage.state == stageFailed {
			state = "**" + state + "**"
		}
		p.line("| %s | %s | %s |", cell(stage.name), state, cell(strings.ReplaceAll(stage.message, "\n", " ")))
	}
	for _, stage := range g.stages() {
		if stage.state == stageFailed && stage.detail != "" {
			p.line("\n%s:\n\n```\n%s\n```", upperFirst(stage.name), strings.ReplaceAll(stage.detail, "```", "'''"))
		}
	}
	for _, c := range g.calls {
		for _, e := range c.explained {
			p.line("\n- %s%s", e.Means, prefixed("; to do: ", strings.Join(e.Cures, "; ")))
		}
	}
	if g.override != nil {
		p.line("\nOverridden by %s, recorded in `%s`: %s", cell(g.override.Who), g.overrides, cell(g.override.Reason))
	}
	return p.err
}
