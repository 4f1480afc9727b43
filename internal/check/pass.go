package check

import (
	"fmt"
	"slices"

	"github.com/bindery-dev/bindery/internal/secret"
	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Pass is what a rule sees, and where it reports.
type Pass struct {
	Project *Project
	Config  *wrangler.Config      // nil in Rule.Project
	Env     *wrangler.Environment // nil in Rule.Project and Rule.Config
	Rules   []string              // the ids of all rules of this run

	rule  *Rule
	found *[]*Diagnostic
	facts map[fact]any // of the run; see Fact
}

// Of is the pass for one environment of any file, for rules that look at all of them.
func (p *Pass) Of(env *wrangler.Environment) *Pass {
	of := *p
	of.Config, of.Env = env.Config, env
	return &of
}

// Report adds a finding in the pass's file. What it returns takes the rest of it.
func (p *Pass) Report(at syntax.Span, format string, args ...any) *Draft {
	return p.ReportIn(p.Config.File, at, format, args...)
}

// ReportIn is Report in a file other than the pass's.
func (p *Pass) ReportIn(file *syntax.File, at syntax.Span, format string, args ...any) *Draft {
	d := &Diagnostic{
		Rule:     p.rule.ID,
		Severity: p.rule.Severity,
		File:     file,
		Span:     at,
		Message:  text(format, args),
		config:   p.Config,
	}
	if p.Env != nil {
		d.Env = p.Env.Name
	}
	*p.found = append(*p.found, d)
	return &Draft{d}
}

// text is what a rule says. Many quote from the file; a credential that somebody pasted there is not passed on.
func text(format string, args []any) string {
	if format == "%s" && len(args) == 1 {
		if said, ok := args[0].(string); ok {
			return secret.Redact(said) // not copied
		}
	}
	return secret.Redact(fmt.Sprintf(format, args...))
}

// Settings are those beside the pass's file.
func (p *Pass) Settings() *settings.Settings { return p.Project.SettingsFor(p.Config) }

// Draft is a finding that can still be added to.
type Draft struct{ d *Diagnostic }

// Severity replaces the rule's default.
func (r *Draft) Severity(s Severity) *Draft {
	r.d.Severity = s
	return r
}

// Label is what stands under the caret.
func (r *Draft) Label(format string, args ...any) *Draft {
	r.d.Label = text(format, args)
	return r
}

// Help is what to do now.
func (r *Draft) Help(format string, args ...any) *Draft {
	r.d.Help = text(format, args)
	return r
}

// Note adds a second place in the same file.
func (r *Draft) Note(at syntax.Span, format string, args ...any) *Draft {
	return r.NoteIn(r.d.File, at, format, args...)
}

// NoteIn adds a second place in any file.
func (r *Draft) NoteIn(file *syntax.File, at syntax.Span, format string, args ...any) *Draft {
	r.d.Notes = append(r.d.Notes, Note{File: file, Span: at, Message: text(format, args)})
	return r
}

// Fix adds a safe way out, see [Fix]. Without edits it adds nothing: the file is written in a way that cannot be changed so.
func (r *Draft) Fix(title string, edits ...syntax.Edit) *Draft {
	return r.fix(Fix{Title: title, Safe: true, Edits: edits})
}

// UnsafeFix adds a way out that a person has to agree to, see [Fix]. Without edits it adds nothing.
func (r *Draft) UnsafeFix(title string, edits ...syntax.Edit) *Draft {
	return r.fix(Fix{Title: title, Edits: edits})
}

func (r *Draft) fix(f Fix) *Draft {
	if len(f.Edits) > 0 {
		f.File, f.Title = r.d.File, secret.Redact(f.Title)
		r.d.Fixes = append(r.d.Fixes, f)
	}
	return r
}

// Later has the rest of a finding told when it is shown or repaired: of very many alike, most are only counted. What counts
// by then, its severity and its notes, has to be there at once.
func (r *Draft) Later(tell func(*Draft)) *Draft {
	r.d.later = tell
	return r
}

// whole is a finding with everything told.
func (d *Diagnostic) whole() *Diagnostic {
	if tell := d.later; tell != nil {
		d.later = nil
		tell(&Draft{d})
	}
	return d
}

// Also says which other environments the finding is about: it is shown when one of them is asked for.
func (r *Draft) Also(envs ...*wrangler.Environment) *Draft {
	for _, e := range envs {
		r.d.also = append(r.d.also, e.Name)
	}
	return r
}

// concerns says whether the finding belongs to what `--env name` shows: what is
// said of a file or its top level, and what is said of that environment.
func (d *Diagnostic) concerns(name string) bool {
	return d.Env == "" || d.Env == name || slices.Contains(d.also, name)
}
