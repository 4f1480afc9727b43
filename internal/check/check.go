// Package check judges configurations: rules look at what internal/wrangler read
// and report diagnostics with places, help and notes. It executes nothing of the
// project and needs no network.
//
// Start with [Check], or with [Load] and [Run] to keep what was read. The rules are values in check/rules, one
// file each; the printed forms are in check/report.
//
// A finding is silenced on its own line or on the one above, with the rule and a reason:
//
//	# bindery: ignore kv-id-shared -- both names go when v1 does
//
// in whatever kind of file it is, behind # or //, and in JSON between /* and */. A whole project silences a rule in bindery.toml (rules.ID = "off"),
// which is the only way in a file without comments. What wrangler itself refuses, [Syntax] and [Config], cannot be
// silenced.
package check

import (
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// The rules that this package knows by name.
const (
	Syntax      = "syntax"      // the file does not parse; cannot be silenced
	Config      = "config"      // wrangler refuses it or warns; cannot be silenced
	Suppression = "suppression" // a comment that silences nothing; reported by Run itself
)

// Severity says how sure and how bad: an Error is certain and breaks something, a
// Warning is nearly always right, an Info is worth a look.
type Severity int

const (
	Off Severity = iota
	Info
	Warning
	Error
)

var severityNames = [...]string{Off: "off", Info: "info", Warning: "warning", Error: "error"}

// String is the severity as it is printed, and as bindery.toml writes it.
func (s Severity) String() string { return severityNames[s] }

// severityOf is the inverse of String.
func severityOf(name string) (Severity, bool) {
	for s, n := range severityNames {
		if n == name {
			return Severity(s), true
		}
	}
	return Off, false
}

// Diagnostic is one finding.
type Diagnostic struct {
	Rule     string // "kv-id-shared"; "syntax" and "config" cannot be silenced
	Severity Severity
	Env      string // the environment it was found in, "" for the top level or none in particular
	File     *syntax.File
	Span     syntax.Span
	Message  string // one clause, lower case, no final stop, names the value
	Label    string // what stands under the caret; may be empty
	Help     string // what to do now, as a command where there is one
	Notes    []Note
	Fixes    []Fix // each a way out by itself, the best one first
	// Stands is for how many findings it stands that are not listed, itself none of them; 0 for a finding. See Count.
	Stands int

	also   []string         // other environments that the finding is about
	config *wrangler.Config // the configuration that was judged; nil if all were at once
	later  func(*Draft)     // tells the rest of it, see Draft.Later; nil once it has
}

// Count is how many findings it is: one, or those it stands for.
func (d *Diagnostic) Count() int { return max(1, d.Stands) }

// Note is a second place that belongs to a finding, possibly in another file.
type Note struct {
	File    *syntax.File
	Span    syntax.Span
	Message string
}

// Fix is a change of one file that makes a finding go away. Every byte outside its edits stays.
type Fix struct {
	Title string // an imperative clause, lower case: "move routes to the top level"
	// Safe: what the author certainly meant, so that `check --fix` makes it unasked. A fix that guesses, or that
	// changes which data a deployed Worker reaches, is not safe: it waits for --unsafe-fixes or a person's click.
	Safe  bool
	File  *syntax.File
	Edits []syntax.Edit
}

// Prevalence is how common a mistake is in real projects.
type Prevalence struct{ Files, Projects int }

// Rule is one thing that can be wrong. At most one of the three funcs is set; a
// rule without any is reported by Run itself.
type Rule struct {
	ID       string
	Severity Severity // the default; Report.Severity sets another for one finding
	Since    string   // the version of Bindery that brought it
	Summary  string
	Explain  func() string // docs/rules/ID.md, embedded

	// Seen is in how many of 388 configurations of 195 public projects the mistake was counted; zero if nobody counted.
	Seen Prevalence

	// Unparsed rules also see files that do not parse: they judge what is written there. The others do not: what
	// they miss in such a file may stand behind the mistake.
	Unparsed bool

	// Once: of all its findings that would be shown in a run only the first is. What it says holds for the whole project.
	Once bool

	// Over are rules that may see the same mistake, and say less of it: what they find at a place of which this rule
	// speaks, in its notes or in theirs, is left out. Where this rule is off or silenced they speak.
	Over []string

	Project func(*Pass) // once for all files, or at least for all that Ties brings together
	// Ties of a configuration: Project has to see it together with every other that has one of them, beside those of
	// its folder, which are always together. nil: it has to see all there are, whatever memory that takes.
	Ties        func(*wrangler.Config) []string
	Config      func(*Pass) // once a file; Pass.Config is set
	Environment func(*Pass) // once an environment of a file (top level included); Pass.Env is set too
}
