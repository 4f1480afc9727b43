package check

import (
	"cmp"
	"slices"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Options choose what Run looks at.
type Options struct {
	Rules []*Rule
	// Env shows only what concerns this environment: the findings in it, at the top
	// level ("" is the top level alone) and in the file as such. nil means all.
	// Ask Project.RequireEnvironment first whether it exists.
	Env *string
	// Changed shows only what is in one of these files, or about it: absolute paths without links. A configuration
	// counts as changed with the bindery.toml or the lock beside it. nil means all.
	Changed map[string]bool
	// Progress, if there is one, is told by Check how many of all files are judged, from several goroutines.
	Progress func(judged, all int)
}

// Run applies the rules and returns the diagnostics ordered by file, offset, rule; equal input gives equal output. Of a
// rule that finds more than a hundred things in a file the last one says how many more, see Diagnostic.Stands.
func Run(p *Project, o Options) []Diagnostic { return newFirsts(o.Rules).sift(listed(findings(p, o))) }

// findings are all that there are, in order.
func findings(p *Project, o Options) []*Diagnostic {
	found := judge(p, o.Rules)
	found = p.withoutRepeats(withoutEchoes(found))
	found = silence(found, p.filesWith(found), o.Rules)
	beside := p.settingsByFile()
	found = slices.DeleteFunc(found, func(d *Diagnostic) bool {
		d.Severity = d.severity(beside)
		return d.Severity == Off
	})
	found = withoutLesser(found, o.Rules)
	found = slices.DeleteFunc(found, func(d *Diagnostic) bool {
		return o.Env != nil && !d.concerns(*o.Env) || o.Changed != nil && !d.touches(o.Changed)
	})
	slices.SortStableFunc(found, order)
	return found
}

// judge runs every rule over what it wants to see.
func judge(p *Project, rules []*Rule) []*Diagnostic {
	var found []*Diagnostic
	all := p.sorted()
	parsed, ids, facts := all.parsed(), ids(rules), map[fact]any{}
	for _, rule := range rules {
		pass := &Pass{Project: parsed, Rules: ids, rule: rule, found: &found, facts: facts}
		if rule.Unparsed {
			pass.Project = all
		}
		pass.run()
	}
	return found
}

func (p *Pass) run() {
	if p.rule.Project != nil {
		p.rule.Project(p)
	}
	for _, config := range p.Project.Configs {
		if p.rule.Config != nil {
			of := *p
			of.Config = config
			p.rule.Config(&of)
		}
		if p.rule.Environment != nil {
			for _, env := range append([]*wrangler.Environment{config.Top}, config.Envs...) {
				p.rule.Environment(p.Of(env))
			}
		}
	}
}

// sorted is the project with its files by path, whatever order they were asked for in.
func (p *Project) sorted() *Project {
	configs := slices.SortedStableFunc(slices.Values(p.Configs), func(a, b *wrangler.Config) int { return cmp.Compare(a.Path, b.Path) })
	of := *p
	of.Configs, of.codes = configs, &codes{}
	return &of
}

// parsed is the project without the files that do not parse.
func (p *Project) parsed() *Project {
	configs := slices.DeleteFunc(slices.Clone(p.Configs), func(c *wrangler.Config) bool { return len(c.File.Errors) > 0 })
	of := *p
	of.Configs = configs
	return &of
}

// withoutEchoes drops what is only wrangler's own warning where a rule of ours says more of the same place. A warning with
// a fix is no echo: what the other rule says is something else.
func withoutEchoes(found []*Diagnostic) []*Diagnostic {
	type place struct {
		file *syntax.File
		span syntax.Span
	}
	ours := map[place]bool{}
	for _, d := range found {
		if d.Rule != Config {
			ours[place{d.File, d.Span}] = true
		}
	}
	return slices.DeleteFunc(found, func(d *Diagnostic) bool {
		return d.Rule == Config && d.Severity < Error && ours[place{d.File, d.Span}] && len(d.whole().Fixes) == 0
	})
}

// withoutLesser drops what rules say of a mistake of which a rule that is over them says more, see Rule.Over.
func withoutLesser(found []*Diagnostic, rules []*Rule) []*Diagnostic {
	over := map[string][]string{}
	for _, r := range rules {
		if len(r.Over) > 0 {
			over[r.ID] = r.Over
		}
	}
	type saying struct {
		rule string
		file *syntax.File
		span syntax.Span
	}
	said := map[saying]bool{}
	for _, d := range found {
		for _, rule := range over[d.Rule] {
			said[saying{rule, d.File, d.Span}] = true
			for _, n := range d.Notes {
				said[saying{rule, n.File, n.Span}] = true
			}
		}
	}
	if len(said) == 0 {
		return found
	}
	return slices.DeleteFunc(found, func(d *Diagnostic) bool {
		return said[saying{d.Rule, d.File, d.Span}] ||
			slices.ContainsFunc(d.Notes, func(n Note) bool { return said[saying{d.Rule, n.File, n.Span}] })
	})
}

// withoutRepeats drops from what a build made whatever is found in the file that it was made from, and from a file whose
// place another one of its folder takes what is found in that one: in the same words of the file, by the same rule.
func (p *Project) withoutRepeats(found []*Diagnostic) []*Diagnostic {
	type words struct{ home, rule, text string }
	built, homes := map[*syntax.File]string{}, map[*syntax.File]string{}
	taken := map[string]*wrangler.Config{} // by folder: the one that wrangler reads there
	for _, c := range p.Configs {
		if first := taken[homeOf(c)]; c.Redirect == nil && wrangler.IsFound(c.Path) && (first == nil || wrangler.Before(c.Path, first.Path)) {
			taken[homeOf(c)] = c
		}
	}
	for _, c := range p.Configs {
		if first := taken[homeOf(c)]; c.Redirect != nil || wrangler.IsFound(c.Path) && first != c {
			built[c.File] = homeOf(c)
		} else {
			homes[c.File] = homeOf(c)
		}
	}
	if len(built) == 0 {
		return found
	}
	said := map[words]bool{}
	for _, d := range found {
		if home, ok := homes[d.File]; ok {
			said[words{home, d.Rule, d.File.Slice(d.Span)}] = true
		}
	}
	return slices.DeleteFunc(found, func(d *Diagnostic) bool {
		home, ok := built[d.File]
		return ok && said[words{home, d.Rule, d.File.Slice(d.Span)}]
	})
}

// severity is the finding's own, unless the bindery.toml of its configuration, or beside its file, sets that of its rule.
func (d *Diagnostic) severity(beside map[*syntax.File]*settings.Settings) Severity {
	ours := beside[d.File]
	if ours == nil && d.config != nil { // a script, say
		ours = beside[d.config.File]
	}
	if d.Rule == Syntax || d.Rule == Config || ours == nil {
		return d.Severity
	}
	if set, ok := severityOf(ours.Rules[d.Rule]); ok {
		return set
	}
	return d.Severity
}

// settingsByFile are those that a finding in a file goes by.
func (p *Project) settingsByFile() map[*syntax.File]*settings.Settings {
	beside := map[*syntax.File]*settings.Settings{}
	for _, c := range p.Configs {
		s := p.SettingsFor(c)
		beside[c.File] = s
		if s.File != nil {
			beside[s.File] = s
		}
		if c.Redirect != nil {
			beside[c.Redirect.File] = s
		}
		if l := p.Locks[LockPath(c)]; l != nil {
			beside[l.Source] = s
		}
	}
	return beside
}

// filesWith lists every file a finding can be in, each path once: the configurations and settings, and whatever else
// something was found in.
func (p *Project) filesWith(found []*Diagnostic) []*syntax.File {
	var files []*syntax.File
	known := map[string]bool{}
	add := func(f *syntax.File) {
		if f != nil && !known[f.Path] {
			known[f.Path] = true
			files = append(files, f)
		}
	}
	for _, c := range p.Configs {
		add(c.File)
		add(p.SettingsFor(c).File)
		if l := p.Locks[LockPath(c)]; l != nil {
			add(l.Source)
		}
	}
	for _, d := range found {
		add(d.File)
	}
	return files
}

// order is total over findings that differ in anything but their notes.
func order(a, b *Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.File.Path, b.File.Path),
		cmp.Compare(a.Span.Start, b.Span.Start),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Span.End, b.Span.End),
		cmp.Compare(a.Env, b.Env),
		cmp.Compare(a.Message, b.Message),
	)
}
