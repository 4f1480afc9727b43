package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bindery-dev/bindery/internal/settings"
	"github.com/bindery-dev/bindery/internal/syntax"
	"github.com/bindery-dev/bindery/internal/wrangler"
)

// maxRounds is how often Repair changes a project and looks again. One round is the rule; a fix that uncovers another
// finding takes one more.
const maxRounds = 10

// RepairOptions choose which findings Repair makes go away.
type RepairOptions struct {
	Options
	Unsafe bool // also by fixes that are not safe
}

// Repaired is what came of Repair. Nothing is written yet: see [Change.Write].
type Repaired struct {
	Project *Project     // as it will be
	Left    []Diagnostic // what is found in it then
	Fixed   []Fixed      // in the order in which it was done
	Changes []Change     // by path
}

// Fixed is a finding that was made go away, and how. Its places are those of the file as it was at that moment.
type Fixed struct {
	Diagnostic Diagnostic
	Fix        Fix
}

// Repair checks p, makes the first fix of each finding that Options show, and checks again, until there is nothing left
// to do. A fix is left out when it overlaps an earlier one of its round (it has its turn in the next), and for good when it would leave
// a file that does not parse, or one with an error that was not there: whatever it was meant to do, it did not.
//
// *UnstableError: the findings did not settle in maxRounds rounds. Or ctx's error.
func Repair(ctx context.Context, p *Project, o RepairOptions) (*Repaired, error) {
	r := &Repaired{Project: p}
	everywhere := o.Options
	everywhere.Env, everywhere.Changed = nil, nil
	for n := 0; ; n++ {
		found := findings(r.Project, everywhere)
		round := &round{from: r.Project, before: harmIn(r.Project, found), options: everywhere}
		for _, fixes := range candidates(r.Project, found, o) {
			if round.make(ctx, fixes); len(round.made) > 0 {
				break
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case len(round.made) == 0:
			r.Left = Run(r.Project, o.Options)
			r.Changes = changes(p, r.Project)
			return r, nil
		case n == maxRounds:
			return nil, &UnstableError{Fixed: round.made}
		}
		r.Project = round.to
		r.Fixed = append(r.Fixed, round.made...)
	}
}

// candidates are the fixes to make next, and those to make if none of these is. A comment that silences nothing has its
// turn when nothing else has, and wrangler understands all of its file: what it is to silence may come to light with
// a key that is spelt right.
func candidates(p *Project, found []*Diagnostic, o RepairOptions) [][]Fixed {
	var first, comments []*Diagnostic
	misread := map[*syntax.File]bool{}
	for _, d := range found {
		misread[d.File] = misread[d.File] || d.Rule == Config
	}
	for _, d := range found {
		switch {
		case d.Rule != Suppression:
			first = append(first, d)
		case !misread[d.File]:
			comments = append(comments, d)
		}
	}
	return [][]Fixed{fixesOf(first, p, o), fixesOf(comments, p, o)}
}

// fixesOf takes of each finding the first fix that is allowed, unless it overlaps an earlier one.
func fixesOf(found []*Diagnostic, p *Project, o RepairOptions) (all []Fixed) {
	planned := p.editable()
	for _, d := range found {
		if o.Env != nil && !d.concerns(*o.Env) || o.Changed != nil && !d.touches(o.Changed) {
			continue
		}
		i := slices.IndexFunc(d.whole().Fixes, func(f Fix) bool { return planned[f.File] != nil && (f.Safe || o.Unsafe) })
		if i < 0 {
			continue
		}
		if fix := d.Fixes[i]; planned[fix.File].add(fix.Edits) {
			all = append(all, Fixed{*d, fix})
		}
	}
	return all
}

// editable lists the files that Repair can read anew from bytes, each with no edits. What a build made is not among them:
// the next one makes it again.
func (p *Project) editable() map[*syntax.File]*plan {
	files := map[*syntax.File]*plan{}
	for _, c := range p.Configs {
		if c.Redirect == nil {
			files[c.File] = &plan{}
		}
		if s := p.SettingsFor(c); s.File != nil {
			files[s.File] = &plan{}
		}
	}
	return files
}

// with is the project with other bytes in some of its files.
func (p *Project) with(sources map[*syntax.File][]byte) *Project {
	next := *p
	next.Configs = slices.Clone(p.Configs)
	for i, c := range next.Configs {
		if source, ok := sources[c.File]; ok {
			next.Configs[i] = wrangler.Parse(c.Path, source)
		}
	}
	next.Settings = make(map[string]*settings.Settings, len(p.Settings))
	for dir, s := range p.Settings {
		if source, ok := sources[s.File]; ok && s.File != nil {
			s = settings.Parse(s.File.Path, source)
		}
		next.Settings[dir] = s
	}
	return &next
}

// changes compares two states of a project, file by file.
func changes(before, after *Project) (all []Change) {
	add := func(old, new *syntax.File) {
		if old != new {
			all = append(all, Change{Path: old.Path, Before: old.Source, After: new.Source})
		}
	}
	for i, c := range before.Configs {
		add(c.File, after.Configs[i].File)
	}
	for dir, s := range before.Settings {
		add(s.File, after.Settings[dir].File)
	}
	slices.SortFunc(all, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// UnstableError: fix after fix, and there was still something to fix.
type UnstableError struct {
	Fixed []Fixed // what the last round would have done
}

func (e *UnstableError) Error() string {
	last := e.Fixed[0]
	return fmt.Sprintf("the fixes did not settle in %d rounds; nothing is written (last: %s in %s, for rule %s)",
		maxRounds, last.Fix.Title, last.Fix.File.Path, last.Diagnostic.Rule)
}

// Hint names the likely causes.
func (e *UnstableError) Hint() string {
	return "either two rules undo each other's fix, or a fix leaves its own finding as it was:" +
		" silence the rule, correct the place by hand, and report it"
}
