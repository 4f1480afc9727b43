package check

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/bindery-dev/bindery/internal/syntax"
)

// round is one pass of Repair.
type round struct {
	from    *Project
	to      *Project // with what was made
	before  harm     // what was wrong in from
	options Options
	made    []Fixed
}

// make makes the fixes that do no harm. Where the fixes of a file do some, they are halved until those that do are found:
// in all files at once, as a look at the whole project is what costs. Once ctx is done it gives up.
func (r *round) make(ctx context.Context, fixes []Fixed) {
	waiting := map[string][][]Fixed{} // by path, lists to try one after the other
	for _, f := range fixes {
		path := f.Fix.File.Path
		if waiting[path] == nil {
			waiting[path] = [][]Fixed{nil}
		}
		waiting[path][0] = append(waiting[path][0], f)
	}
	for len(waiting) > 0 && ctx.Err() == nil {
		paths := slices.Sorted(maps.Keys(waiting))
		trial := slices.Clone(r.made)
		for _, path := range paths {
			trial = append(trial, waiting[path][0]...)
		}
		_, harmed := r.try(trial)
		blamed := func(path string) bool { return harmed[path] }
		if len(harmed) > 0 && !slices.ContainsFunc(paths, blamed) {
			blamed = func(string) bool { return true } // a fix of one file harms another
		}
		for _, path := range paths {
			list, rest := waiting[path][0], waiting[path][1:]
			switch half := len(list) / 2; {
			case !blamed(path):
				r.made = append(r.made, list...)
			case half > 0:
				rest = append([][]Fixed{list[:half], list[half:]}, rest...)
			}
			if waiting[path] = rest; len(rest) == 0 {
				delete(waiting, path)
			}
		}
	}
	r.settle(ctx)
}

// settle takes back what does harm only now that all is together, file by file.
func (r *round) settle(ctx context.Context) {
	for len(r.made) > 0 && ctx.Err() == nil {
		next, harmed := r.try(r.made)
		if len(harmed) == 0 {
			r.to = next
			return
		}
		kept := slices.DeleteFunc(slices.Clone(r.made), func(f Fixed) bool { return harmed[f.Fix.File.Path] })
		if len(kept) == len(r.made) {
			kept = nil
		}
		r.made = kept
	}
}

// try returns the project with the fixes made, and the paths of the files that have an error then which they had not.
func (r *round) try(fixes []Fixed) (*Project, map[string]bool) {
	edits := map[*syntax.File][]syntax.Edit{}
	for _, f := range fixes {
		edits[f.Fix.File] = append(edits[f.Fix.File], f.Fix.Edits...)
	}
	harmed := map[string]bool{}
	sources := map[*syntax.File][]byte{}
	for file, edits := range edits {
		source, err := syntax.Apply(file.Source, edits)
		if err != nil || bytes.Equal(source, file.Source) {
			harmed[file.Path] = true
			continue
		}
		sources[file] = source
	}
	next := r.from.with(sources)
	for key, n := range harmIn(next, findings(next, r.options)) {
		if n > r.before[key] {
			harmed[key.path] = true
		}
	}
	return next, harmed
}

// harm counts errors, whatever places and words they have.
type harm map[harmKey]int

type harmKey struct{ path, rule, env string }

// harmIn counts the errors among findings, and the places where a file does not parse, whatever the rules are.
func harmIn(p *Project, found []*Diagnostic) harm {
	h := harm{}
	for _, d := range found {
		if d.Severity == Error {
			h[harmKey{d.File.Path, d.Rule, d.Env}]++
		}
	}
	for file := range p.editable() {
		h[harmKey{path: file.Path}] += len(file.Errors)
	}
	for _, s := range p.Settings {
		if s.File != nil && len(s.File.Errors) > 0 { // which is not in force, and so not among the others
			h[harmKey{path: s.File.Path}] += len(s.File.Errors)
		}
	}
	return h
}
