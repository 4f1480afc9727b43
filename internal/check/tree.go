package check

import (
	"context"
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/bindery-dev/bindery/internal/wrangler"
)

// Result is what Check found.
type Result struct {
	Diagnostics []Diagnostic
	Files       []string     // the configurations that were judged, sorted
	Unread      []*PathError // what could not be looked at; everything else was judged
}

// Check is [Load] and [Run] in one, for a tree of any size: it judges a folder at a time, several in parallel, and forgets
// what it read. Folders that turn out to be tied (see Rule.Ties) are then judged again, together. So memory grows with
// the largest group of these and with what is found. The result is that of Run over everything.
//
// Errors are those of Load, and *UnknownEnvironmentError for o.Env.
func Check(ctx context.Context, paths []string, load LoadOptions, o Options) (*Result, error) {
	found, err := locate(ctx, paths, newFiles(load))
	if err != nil {
		return nil, err
	}
	folders := found.folders()
	alone, ties, envs := make([]Result, len(folders)), make([][]uint64, len(folders)), make([][]string, len(folders))
	said, seed := newFirsts(o.Rules), maphash.MakeSeed()
	var judged atomic.Int64
	err = inParallel(ctx, load.workers(), len(folders), func(i int) {
		p := found.judge(ctx, folders[i], load, o, &alone[i])
		alone[i].Diagnostics = said.sift(alone[i].Diagnostics)
		for _, c := range p.Configs {
			ties[i] = append(ties[i], tiesOf(c, o.Rules, seed)...)
			if o.Env != nil {
				envs[i] = append(envs[i], environmentsOf(c)...)
			}
		}
		if o.Progress != nil {
			o.Progress(int(judged.Add(int64(len(folders[i])))), len(found.entries))
		}
	})
	if err != nil {
		return nil, err
	}
	if o.Env != nil {
		if err := require(*o.Env, slices.Concat(envs...)); err != nil {
			return nil, err
		}
	}
	groups := joined(ties)
	results := make([]Result, len(groups))
	err = inParallel(ctx, load.workers(), len(groups), func(i int) {
		if len(groups[i]) == 1 {
			results[i] = alone[groups[i][0]]
			return
		}
		var together []entry
		for _, folder := range groups[i] {
			together = append(together, folders[folder]...)
			alone[folder] = Result{}
		}
		found.judge(ctx, together, load, o, &results[i])
	})
	if err != nil {
		return nil, err
	}
	return found.sum(results, o.Rules), nil
}

// judge judges entries by themselves. It returns what it read, which is nothing once ctx is done.
func (l *located) judge(ctx context.Context, entries []entry, load LoadOptions, o Options, result *Result) *Project {
	of := *l
	of.files = newFiles(load)
	p, err := of.project(ctx, entries, 1)
	if err != nil {
		return &Project{}
	}
	*result = Result{Diagnostics: Run(p, o), Unread: p.Unread}
	for _, c := range p.Configs {
		result.Files = append(result.Files, c.Path)
	}
	return p
}

func (l *located) sum(results []Result, rules []*Rule) *Result {
	all := &Result{Unread: l.unread}
	for _, r := range results {
		all.Diagnostics = append(all.Diagnostics, r.Diagnostics...)
		all.Files = append(all.Files, r.Files...)
		all.Unread = append(all.Unread, r.Unread...)
	}
	slices.Sort(all.Files)
	slices.SortStableFunc(all.Diagnostics, func(a, b Diagnostic) int { return order(&a, &b) })
	all.Diagnostics = newFirsts(rules).sift(all.Diagnostics)
	return all
}

// folders are the entries of each folder, in the order of the first of them.
func (l *located) folders() [][]entry {
	var folders [][]entry
	position := map[string]int{}
	for _, e := range l.entries {
		at, ok := position[e.home()]
		if !ok {
			at = len(folders)
			position[e.home()] = at
			folders = append(folders, nil)
		}
		folders[at] = append(folders[at], e)
	}
	return folders
}

// tiesOf are the ties of a configuration under all rules, told apart by rule. They are hashes, as all have to be kept:
// two that are one by chance cost a second look at two folders.
func tiesOf(c *wrangler.Config, rules []*Rule, seed maphash.Seed) []uint64 {
	var all []uint64
	for _, r := range rules {
		switch {
		case r.Project == nil:
		case r.Ties == nil:
			all = append(all, maphash.String(seed, "")) // it wants to see everything
		default:
			for _, tie := range r.Ties(c) {
				all = append(all, maphash.String(seed, r.ID+"\x00"+tie))
			}
		}
	}
	slices.Sort(all)
	return slices.Clip(slices.Compact(all))
}

// joined groups elements that have a tie in common, by themselves or through others, in order.
func joined(ties [][]uint64) [][]int {
	root := make([]int, len(ties))
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	first := map[uint64]int{}
	for i := range ties {
		root[i] = i
		for _, tie := range ties[i] {
			other, ok := first[tie]
			if !ok {
				first[tie] = i
				continue
			}
			a, b := find(i), find(other)
			root[max(a, b)] = min(a, b)
		}
	}
	var groups [][]int
	position := make([]int, len(ties))
	for i := range ties {
		if find(i) == i { // the first of its group
			position[i] = len(groups)
			groups = append(groups, nil)
		}
		at := position[find(i)]
		groups[at] = append(groups[at], i)
	}
	return groups
}
