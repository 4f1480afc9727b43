package check

import (
	"cmp"
	"slices"

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
}

// Run applies the rules and returns the diagnostics ordered by file, offset, rule; equal input gives equal output.
func Run(p *Project, o Options) []Diagnostic {
	found := judge(p, o.Rules)
	found = withoutEchoes(found)
	found = silence(found, p.files(), o.Rules)
	found = slices.DeleteFunc(found, func(d *Diagnostic) bool {
		d.Severity = p.severity(d)
		return d.Severity == Off || o.Env != nil && !d.concerns(*o.Env)
	})
	slices.SortStableFunc(found, order)

	out := make([]Diagnostic, 0, len(found))
	for _, d := range found {
		out = append(out, *d)
	}
	return out
}

// judge runs every rule over what it wants to see.
func judge(p *Project, rules []*Rule) []*Diagnostic {
	var found []*Diagnostic
	all := p.sorted()
	parsed := all.parsed()
	for _, rule := range rules {
		pass := &Pass{Project: parsed, Rules: ids(rules), rule: rule, found: &found}
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
	return &Project{Configs: configs, Settings: p.Settings}
}

// parsed is the project without the files that do not parse.
func (p *Project) parsed() *Project {
	configs := slices.DeleteFunc(slices.Clone(p.Configs), func(c *wrangler.Config) bool { return len(c.File.Errors) > 0 })
	return &Project{Configs: configs, Settings: p.Settings}
}

// withoutEchoes drops what is only wrangler's own warning where a rule of ours says more of the same place.
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
		return d.Rule == Config && d.Severity < Error && ours[place{d.File, d.Span}]
	})
}

// severity is the finding's own, unless the bindery.toml beside its file sets that of its rule.
func (p *Project) severity(d *Diagnostic) Severity {
	if d.Rule == Syntax || d.Rule == Config {
		return d.Severity
	}
	for _, c := range p.Configs {
		s := p.SettingsFor(c)
		if d.File != c.File && d.File != s.File {
			continue
		}
		if set, ok := severityOf(s.Rules[d.Rule]); ok {
			return set
		}
	}
	return d.Severity
}

// files lists every file a finding can be in, each once, but those that do not
// parse: as nothing was looked for in them, no suppression in them can be unused.
func (p *Project) files() []*syntax.File {
	var files []*syntax.File
	add := func(f *syntax.File) {
		if f != nil && len(f.Errors) == 0 && !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	for _, c := range p.Configs {
		add(c.File)
		add(p.SettingsFor(c).File)
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
