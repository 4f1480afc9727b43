package report_test

import (
	"encoding/json"
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/check/report"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// One line is one finding, and what docs/ci.md tells editors to look for finds its parts.
func TestOnelineIsParsed(t *testing.T) {
	line := regexp.MustCompile(`^(.+?):(\d+):(\d+): (error|warning|info): (.+) \[([a-z0-9-]+)\]$`)
	run := difficult(t)
	lines := strings.Split(strings.TrimSuffix(printed(t, "oneline", run), "\n"), "\n")
	if len(lines) != len(run.Diagnostics) {
		t.Fatalf("%d lines for %d findings: %q", len(lines), len(run.Diagnostics), lines)
	}
	for i, d := range run.Diagnostics {
		parts := line.FindStringSubmatch(lines[i])
		if parts == nil || parts[1] != d.File.Path || parts[4] != d.Severity.String() || parts[6] != d.Rule {
			t.Errorf("line %q gives %q, want path %q, severity %s, rule %s", lines[i], parts, d.File.Path, d.Severity, d.Rule)
		}
	}
}

// A workflow command is read as GitHub's runner does: properties up to the second pair of colons, then the text.
func TestGitHubIsParsed(t *testing.T) {
	command := regexp.MustCompile(`^::(error|warning|notice) ([^:]*)::(.*)$`)
	var severities []string
	for _, line := range strings.Split(strings.TrimSuffix(printed(t, "github", difficult(t)), "\n"), "\n") {
		parts := command.FindStringSubmatch(line)
		if parts == nil {
			t.Fatalf("%q is no workflow command", line)
		}
		severities = append(severities, parts[1])
		properties := map[string]string{}
		for _, property := range strings.Split(parts[2], ",") {
			name, value, _ := strings.Cut(property, "=")
			properties[name] = unescaped(value)
		}
		if !strings.HasSuffix(properties["file"], "wrangler.toml") && !strings.HasSuffix(properties["file"], "wrangler.jsonc") &&
			properties["file"] != "apps/bindery.toml" || properties["line"] == "" || properties["title"] == "" {
			t.Errorf("%q has the properties %q", line, properties)
		}
		if _, columns := properties["col"]; columns != (properties["line"] == properties["endLine"]) {
			t.Errorf("%q: columns are for findings on one line, and for all of them", line)
		}
		if strings.Contains(parts[3], "100") && !strings.HasPrefix(unescaped(parts[3]), `100% of "a,b": ::error::x`) {
			t.Errorf("%q says %q", line, unescaped(parts[3]))
		}
	}
	if want := []string{"error", "error", "error", "warning", "warning", "warning", "warning", "notice"}; !slices.Equal(severities, want) {
		t.Errorf("the severities come as %q, want %q", severities, want)
	}
}

func unescaped(text string) string {
	return strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",").Replace(text)
}

// What fails the run fails a test, and nothing else does.
func TestJUnitFollowsTheExitCode(t *testing.T) {
	for fails, want := range map[check.Severity]int{check.Error: 3, check.Warning: 5, check.Info: 6} {
		run := difficult(t)
		run.Fails = fails
		var suites struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Cases    []struct {
				Failure *struct{} `xml:"failure"`
			} `xml:"testsuite>testcase"`
		}
		text := printed(t, "junit", run)
		if err := xml.Unmarshal([]byte(text), &suites); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		failed := 0
		for _, c := range suites.Cases {
			if c.Failure != nil {
				failed++
			}
		}
		if suites.Failures != want || failed != want || suites.Tests != len(suites.Cases) || suites.Tests != 7 {
			t.Errorf("when %s fails the run: %d failures, %d tests that fail, %d of %d tests, want %d failures of 7 tests",
				fails, suites.Failures, failed, suites.Tests, len(suites.Cases), want)
		}
	}
}

// Whatever stands in a file, a path or a message, every format stays what it is.
func FuzzFormats(f *testing.F) {
	f.Add("wrangler.toml", "id = 1\n", "message", 0, 2)
	f.Add("C:\\a,b\\wrangler.toml", "\xEF\xBB\xBF[vars]\r\nAPI_TOKEN = \"x\"\r", "::error::\r\n%0A", 3, 99)
	f.Add("-\x00/\x1b.jsonc", "{\"a\": \"\xff\u2028\ufffe]]>\"}", "]]>\x00\ufffe\xed\xa0\x80", -1, 12)
	schema := sarifSchema(f)
	f.Fuzz(func(t *testing.T, path, source, message string, start, end int) {
		file := syntax.Parse(path, []byte(source))
		span := syntax.Span{Start: start, End: end}
		d := check.Diagnostic{
			Rule: "rule", Severity: check.Error, File: file, Span: span, Message: message, Label: message, Help: message,
			Notes: []check.Note{{File: file, Span: span, Message: message}},
			Fixes: []check.Fix{{Title: message, File: file, Edits: []syntax.Edit{{Span: span, New: message}}}},
		}
		run := report.Run{Diagnostics: []check.Diagnostic{d, d}, Files: []string{path}, Fails: check.Error}
		for _, format := range report.Formats {
			text := printed(t, format.Name, run)
			var err error
			switch format.Name {
			case "oneline", "github":
				if lines := strings.Count(text, "\n"); lines != 2 || strings.ContainsAny(text, "\r\x00\x1b") {
					t.Errorf("%s prints %d lines for 2 findings: %q", format.Name, lines, text)
				}
			case "json":
				var any map[string]any
				err = json.Unmarshal([]byte(text), &any)
			case "sarif":
				err = schema.Validate(decoded(t, text))
			case "junit":
				err = xml.Unmarshal([]byte(text), new(struct{}))
			}
			if err != nil || !utf8.ValidString(text) {
				t.Errorf("%s: %v in %q", format.Name, err, text)
			}
		}
	})
}
