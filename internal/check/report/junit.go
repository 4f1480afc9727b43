package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"path/filepath"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"` // always 0: what could not be judged is no report
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Failure *junitFailure `xml:"failure"`
	Output  *junitOutput  `xml:"system-out"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

type junitOutput struct {
	Text string `xml:",cdata"`
}

const junitName = "bindery check"

// JUnit writes the XML that GitLab, Jenkins and others take as test results: a suite for each file, in it a test for
// each rule that found something, with all of its findings as text prints them. The test fails if one of them fails
// the run; milder ones are its output. A file without a finding is one test that passes.
func JUnit(w io.Writer, r Run) error {
	files := slices.Clone(r.Files)
	found := map[string][]check.Diagnostic{} // by path
	for _, path := range files {
		found[path] = nil
	}
	for _, d := range r.Diagnostics {
		path := d.File.Path
		if _, judged := found[path]; !judged { // bindery.toml, for instance
			files = append(files, path)
		}
		found[path] = append(found[path], d)
	}
	root := junitSuites{Name: junitName}
	for _, path := range files {
		suite := junitSuiteOf(visible(filepath.ToSlash(path)), found[path], r.Fails)
		root.Tests += suite.Tests
		root.Failures += suite.Failures
		root.Suites = append(root.Suites, suite)
	}
	text, err := xml.MarshalIndent(root, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

// junitSuiteOf holds the tests of one file, in the order of its first findings.
func junitSuiteOf(path string, found []check.Diagnostic, fails check.Severity) junitSuite {
	suite := junitSuite{Name: path}
	var rules []string
	of := map[string][]check.Diagnostic{}
	for _, d := range found {
		if of[d.Rule] == nil {
			rules = append(rules, d.Rule)
		}
		of[d.Rule] = append(of[d.Rule], d)
	}
	for _, rule := range rules {
		c := junitCase{Class: path, Name: rule, File: path}
		if worst := slices.MaxFunc(of[rule], bySeverity); worst.Severity >= fails {
			c.Failure = &junitFailure{worst.Severity.String(), visible(worst.Message), excerpts(of[rule])}
			suite.Failures++
		} else {
			c.Output = &junitOutput{excerpts(of[rule])}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if len(rules) == 0 {
		suite.Cases = []junitCase{{Class: path, Name: junitName, File: path}}
	}
	suite.Tests = len(suite.Cases)
	return suite
}

// excerpts are findings as text prints them, without its closing count. No character in them is one that XML does not take.
func excerpts(ds []check.Diagnostic) string {
	var text bytes.Buffer
	p := newPrinter(&text, false)
	for _, d := range ds {
		p.diagnostic(d)
	}
	_ = p.Flush() // a buffer takes everything
	return text.String()
}
