package rules

import (
	"maps"
	"slices"

	"github.com/bindery-dev/bindery/internal/check"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// settings: a mistake in bindery.toml. What it says is not in force then, and
// nothing else would tell.
var settingsFile = &check.Rule{
	ID:       "settings",
	Severity: check.Error,
	Since:    "0.1",
	Summary:  "a mistake in bindery.toml",
	Explain:  explain("settings"),
	Ties:     folderAlone,
	Project: func(p *check.Pass) {
		for _, dir := range slices.Sorted(maps.Keys(p.Project.Settings)) {
			s := p.Project.Settings[dir]
			if s.File == nil || len(s.File.Errors) > 0 {
				continue
			}
			for _, problem := range s.Problems {
				found := p.ReportIn(s.File, problem.Span, "%s", problem.Message).Help("%s", problem.Help)
				meant(found, s.File, problem.Span, problem.Meant, problem.Guess)
			}
			judgeRuleNames(p, s)
			judgeEnvironmentNames(p, s)
		}
	},
}

// judgeRuleNames looks at [rules]: is each one a rule, and may it be set?
func judgeRuleNames(p *check.Pass, s *settings.Settings) {
	for _, f := range fields(s.File.Root.Get("rules")) {
		switch {
		case f.Name == check.Syntax || f.Name == check.Config:
			p.ReportIn(s.File, f.NameAt, "rule %q cannot be silenced or changed", f.Name).
				Help("wrangler itself refuses such a file: correct it")
		case !slices.Contains(p.Rules, f.Name):
			found := p.ReportIn(s.File, f.NameAt, "%q is no rule", f.Name).Help("rules: %s", sentence(p.Rules))
			if near, ok := syntax.Nearest(f.Name, p.Rules); ok {
				meant(found.Help("did you mean %s?", near), s.File, f.NameAt, near, false)
			}
		}
	}
}

// judgeEnvironmentNames looks at [environments]: does a configuration beside the file declare each?
func judgeEnvironmentNames(p *check.Pass, s *settings.Settings) {
	var declared []string
	for _, c := range p.Project.Configs {
		if p.Project.SettingsFor(c) == s {
			for _, e := range c.Envs {
				declared = append(declared, e.Name)
			}
		}
	}
	for _, f := range fields(s.File.Root.Get("environments")) {
		if slices.Contains(declared, f.Name) {
			continue
		}
		found := p.ReportIn(s.File, f.NameAt, "no configuration in this folder declares env %q", f.Name).Severity(check.Warning)
		if near, ok := syntax.Nearest(f.Name, declared); ok {
			meant(found.Help("did you mean %q?", near), s.File, f.NameAt, near, true)
		} else if len(declared) > 0 {
			found.Help("declared: %s", sentence(slices.Compact(slices.Sorted(slices.Values(declared)))))
		}
	}
}

// meant adds the fix that writes another word at a span; "" is none. It is a guess where people choose the words.
func meant(found *check.Draft, file *syntax.File, at syntax.Span, word string, guess bool) {
	switch {
	case word == "":
	case guess:
		found.UnsafeFix(renaming(file, at, word), file.Rename(at, word)...)
	default:
		found.Fix(renaming(file, at, word), file.Rename(at, word)...)
	}
}

func fields(n *syntax.Node) []*syntax.Field {
	if n == nil {
		return nil
	}
	return n.Fields
}

// folderAlone are the ties of a rule that compares nothing with another folder.
func folderAlone(*wrangler.Config) []string { return nil }
