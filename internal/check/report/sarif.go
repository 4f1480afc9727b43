package report

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/pattern"
	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/syntax"
)

// Where a reader finds us, and the page of a rule.
const (
	homepage  = "https://github.com/bindery-dev/bindery"
	rulePages = homepage + "/blob/main/docs/rules/"
)

// RulePage is the address of a rule's page.
func RulePage(rule string) string { return rulePages + rule + ".md" }

var sarifLevels = map[check.Severity]string{check.Error: "error", check.Warning: "warning", check.Info: "note", check.Off: "none"}

// SARIF writes one run in SARIF 2.1.0, for GitHub code scanning and whoever else reads it: every rule with its page,
// every finding with its notes as related locations and with its fixes, but those whose text is a secret.
//
// Columns count characters (columnKind unicodeCodePoints). Files are relative to %SRCROOT%, the folder bindery ran in,
// which has to be the root of the repository for code scanning to find them. The fingerprint of a finding does not
// depend on its line, so that a reader knows it again when lines move; code scanning takes one of the line's text, which
// github/codeql-action/upload-sarif adds.
// Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
func SARIF(w io.Writer, r Run) error {
	s := sarif{files: r, secrets: newPrinter(io.Discard, false), seen: map[string]int{}}
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "bindery", InformationURI: homepage, Version: r.Version, Rules: make([]sarifRule, 0, len(r.Rules)),
		}},
		ColumnKind: "unicodeCodePoints",
		Bases:      map[string]sarifBase{sourceRoot: {sarifText{Text: "the folder that bindery ran in"}}},
		Results:    make([]sarifResult, 0, len(r.Diagnostics)),
	}
	for _, rule := range r.Rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID:      rule.ID,
			Short:   sarifText{Text: rule.Summary},
			Help:    sarifText{Text: rule.Explain(), Markdown: rule.Explain()},
			HelpURI: RulePage(rule.ID),
			Default: sarifDefault{sarifLevels[rule.Severity]},
		})
	}
	for _, d := range r.Diagnostics {
		run.Results = append(run.Results, s.result(d))
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// sarif turns diagnostics into results.
type sarif struct {
	files   Run
	secrets *printer
	seen    map[string]int // how often a fingerprint was given already
}

func (s *sarif) result(d check.Diagnostic) sarifResult {
	message := d.Message
	if d.Help != "" {
		message += "\n" + d.Help
	}
	result := sarifResult{
		Rule:         d.Rule,
		Level:        sarifLevels[d.Severity],
		Message:      sarifText{Text: message},
		Locations:    []sarifLocation{{Physical: s.place(d.File, d.Span)}},
		Fingerprints: map[string]string{"bindery/v1": s.fingerprint(d)},
	}
	for i, n := range d.Notes {
		result.Related = append(result.Related,
			sarifLocation{ID: i + 1, Physical: s.place(n.File, n.Span), Message: &sarifText{Text: n.Message}})
	}
	for _, f := range s.secrets.printable(d.Fixes) {
		change := sarifChange{Artifact: s.artifact(f.File)}
		for _, e := range f.Edits {
			change.Replacements = append(change.Replacements, sarifReplacement{regionOf(f.File, e.Span), sarifInserted{e.New}})
		}
		result.Fixes = append(result.Fixes, sarifFix{sarifText{Text: f.Title}, []sarifChange{change}, sarifSafety{f.Safe}})
	}
	if d.Env != "" {
		result.Properties = &sarifProperties{Env: secret.Redact(d.Env)}
	}
	return result
}

func (s *sarif) place(f *syntax.File, span syntax.Span) sarifPhysical {
	return sarifPhysical{s.artifact(f), regionOf(f, span)}
}

func regionOf(f *syntax.File, span syntax.Span) sarifRegion {
	at := placeOf(f, span)
	return sarifRegion{at.Line, at.Column, at.EndLine, at.EndColumn}
}

const sourceRoot = "%SRCROOT%"

var windowsRoot = pattern.New(`^[A-Za-z]:[\\/]`)

// artifact is a file by its URI: relative to the source root where it is below it, else absolute.
func (s *sarif) artifact(f *syntax.File) sarifArtifact {
	path := f.Path
	if filepath.IsAbs(path) && s.files.Root != "" {
		if below, err := filepath.Rel(s.files.Root, path); err == nil && filepath.IsLocal(below) {
			path = below
		}
	}
	switch {
	case windowsRoot.MatchString(path):
		path = "/" + strings.ReplaceAll(path, `\`, "/")
	case !filepath.IsAbs(path):
		return sarifArtifact{URI: (&url.URL{Path: filepath.ToSlash(path)}).String(), Base: sourceRoot}
	}
	return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: path}).String()}
}

// fingerprint is the same for a finding when lines move; equal ones of a file are counted.
func (s *sarif) fingerprint(d check.Diagnostic) string {
	hash := sha256.Sum256([]byte(strings.Join([]string{d.Rule, s.artifact(d.File).URI, d.Env, d.Message}, "\x00")))
	key := fmt.Sprintf("%x", hash[:16])
	s.seen[key]++
	return fmt.Sprintf("%s:%d", key, s.seen[key])
}
