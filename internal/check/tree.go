package check

import (
	"cmp"
	"context"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
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
	alone, ties, envs := make([]*Result, len(folders)), make([][]uint64, len(folders)), environmentNames{}
	said, seed := newFirsts(o.Rules), maphash.MakeSeed()
	var judged atomic.Int64
	err = inParallel(ctx, load.workers(), len(folders), func(i int) {
		var p *Project
		p, alone[i] = found.judge(ctx, folders[i], load, o)
		alone[i] = alone[i].kept(said)
		for _, c := range p.Configs {
			ties[i] = append(ties[i], tiesOf(c, o.Rules, seed)...)
			if o.Env != nil {
				envs.add(environmentsOf(c))
			}
		}
		ties[i] = slices.Clone(slices.Compact(ties[i])) // no longer than it has to be: all are kept
		if o.Progress != nil {
			o.Progress(int(judged.Add(int64(len(folders[i])))), len(found.entries))
		}
	})
	if err != nil {
		return nil, err
	}
	if o.Env != nil {
		if err := require(*o.Env, slices.Collect(maps.Keys(envs.known))); err != nil {
			return nil, err
		}
	}
	groups := joined(ties)
	err = inParallel(ctx, load.workers(), len(groups), func(i int) {
		var together []entry
		for _, folder := range groups[i] {
			together = append(together, folders[folder]...)
			alone[folder] = nil
		}
		_, alone[groups[i][0]] = found.judge(ctx, together, load, o)
	})
	if err != nil {
		return nil, err
	}
	return found.sum(alone, o.Rules), nil
}

// environmentNames are those that any folder declares.
type environmentNames struct {
	mu    sync.Mutex
	known map[string]bool
}

func (e *environmentNames) add(names []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil {
		e.known = map[string]bool{}
	}
	for _, name := range names {
		e.known[name] = true
	}
}

// judge judges entries by themselves. It returns what it read, which is nothing once ctx is done.
func (l *located) judge(ctx context.Context, entries []entry, load LoadOptions, o Options) (*Project, *Result) {
	of := *l
	of.files = newFiles(load)
	p, err := of.project(ctx, entries, 1)
	if err != nil {
		return &Project{}, nil
	}
	return p, &Result{Diagnostics: Run(p, o), Unread: p.Unread}
}

// kept is what has to be remembered of the result of a folder: of most nothing.
func (r *Result) kept(said *firsts) *Result {
	if r == nil {
		return nil
	}
	if r.Diagnostics = said.sift(r.Diagnostics); len(r.Diagnostics)+len(r.Unread) == 0 {
		return nil
	}
	return r
}

// sum puts the results of folders together, of which any may be nil.
func (l *located) sum(results []*Result, rules []*Rule) *Result {
	all := &Result{Unread: l.unread}
	for _, r := range results {
		if r != nil {
			all.Diagnostics = append(all.Diagnostics, r.Diagnostics...)
			all.Unread = append(all.Unread, r.Unread...)
		}
	}
	for _, e := range l.entries {
		if e.read {
			all.Files = append(all.Files, e.shown())
		}
	}
	slices.Sort(all.Files)
	slices.SortStableFunc(all.Diagnostics, func(a, b Diagnostic) int { return order(&a, &b) })
	all.Diagnostics = newFirsts(rules).sift(all.Diagnostics)
	return all
}

// folders are the entries of each folder: pieces of l.entries, which it puts in the order of their folders.
func (l *located) folders() [][]entry {
	slices.SortStableFunc(l.entries, func(a, b entry) int { return strings.Compare(a.home(), b.home()) })
	var folders [][]entry
	for start, i := 0, 1; i <= len(l.entries); i++ {
		if i == len(l.entries) || l.entries[i].home() != l.entries[start].home() {
			folders = append(folders, l.entries[start:i:i])
			start = i
		}
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

// joined groups elements that have a tie in common, by themselves or through others, in order. An element by itself is no group.
func joined(ties [][]uint64) [][]int {
	root := make([]int32, len(ties))
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	type tied struct {
		tie uint64
		to  int32
	}
	count := 0
	for i := range ties {
		count += len(ties[i])
	}
	all := make([]tied, 0, count) // a map from each tie to the first that has it would take several times the memory
	for i := range ties {
		root[i] = int32(i)
		for _, tie := range ties[i] {
			all = append(all, tied{tie, int32(i)})
		}
	}
	slices.SortFunc(all, func(a, b tied) int { return cmp.Compare(a.tie, b.tie) })
	for i := 1; i < len(all); i++ {
		if all[i].tie == all[i-1].tie {
			a, b := find(all[i].to), find(all[i-1].to)
			root[max(a, b)] = min(a, b)
		}
	}
	members := map[int32][]int{}
	for i := range ties {
		if first := find(int32(i)); int(first) != i {
			if members[first] == nil {
				members[first] = []int{int(first)}
			}
			members[first] = append(members[first], i)
		}
	}
	var groups [][]int
	for _, first := range slices.Sorted(maps.Keys(members)) {
		groups = append(groups, members[first])
	}
	return groups
}
